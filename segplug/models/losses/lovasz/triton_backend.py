"""The Lovász-Softmax loss by counting, on a GPU through Triton kernels.

Does what :mod:`.counting` does, in three passes over the logits.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import warnings
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from .blocks import Batch, Bins, Options, has_values
from .refine import refine
from .ruler import Cells, Sample, fit_ruler
from .slopes import Slopes
from .torch_backend import fill

_MOST_CLASSES = 256  # tiles of more do not fit into the registers
_MOST_IMAGES = 65535  # in a grid's second dimension
_TILE = 4096  # elements, where there are not too many classes
_LEAST_WIDTH = 16  # pixels of a tile
_WARPS = 8  # threads of 32 for a tile; with 4 they need twice the registers


def is_usable(logits: Tensor) -> bool:
    """Tell whether the kernels can compute the loss of these logits.

    They need values, at most float32, 256 classes and 65535 images, and an
    accelerator that Triton compiles for, or its interpreter, which
    ``TRITON_INTERPRET=1`` chooses.
    """
    images, classes, _ = logits.shape
    return (
        has_values(logits)
        and logits.dtype != torch.float64
        and images <= _MOST_IMAGES
        and classes <= _MOST_CLASSES
        and (logits.is_cuda or os.environ.get('TRITON_INTERPRET') == '1')
        and _has_triton()
        and (logits.is_cuda or _is_interpreted())
    )


@functools.cache
def _has_triton() -> bool:
    found = importlib.util.find_spec('triton') is not None
    if not found:
        warnings.warn(
            "The Lovász loss cannot have backend='triton', as Triton is not "
            'installed: PyTorch computes it.',
            stacklevel=3,
        )
    return found


def _is_interpreted() -> bool:
    """Tell whether the interpreter was chosen before Triton's import."""
    import triton

    return not isinstance(triton.language.sum, triton.JITFunction)


def loss_and_gradient(
    logits: Tensor,
    labels: Tensor,
    chosen: Tensor,
    class_weight: Tensor | None,
    entropy_weight: Tensor | None,
    options: Options,
    losses: Tensor,
) -> Tensor:
    """Add the losses of the groups, and return their gradient.

    Args:
        logits: B × C × N, float, for which :func:`is_usable`.
        labels: Class ids, B × N, integer.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        entropy_weight: Factor of the cross-entropy of a pixel of each class,
            (C,), float; None for no cross-entropy.
        options: What does not change from step to step.
        losses: (G,), float64.

    Returns:
        Gradient, B × C × N, float32.
    """
    from . import triton_kernels as kernels  # imports Triton

    logits, labels = logits.contiguous(), labels.contiguous()
    groups, classes = len(losses), logits.shape[1]
    cells = Cells.of(options.bins)
    launch = _Launch(logits, labels, entropy_weight, cells, options)

    def counters(size: int) -> Tensor:
        return labels.new_zeros(groups, classes, size, dtype=torch.int32)

    in_cells = counters(2 * cells.count)
    launch(kernels.count_own, cells=in_cells)
    if entropy_weight is not None:
        losses += launch.by_group()

    # A sample of the pixels, as PyTorch's operations see it.
    sample = Sample.of(labels, options.per_image)
    some, at, own = map(sample.take, (logits, labels, launch.own))
    probs = some.softmax(1, dtype=torch.float32)
    some = Batch.of(probs, at, own, options)
    ruler = fit_ruler(some, sample.step, in_cells, cells)

    bins, counts = Bins.like(logits, labels), counters(2 * options.bins)
    launch(
        kernels.count_bins,
        marks=ruler.marks,
        bins=bins.numbers,
        counts=counts,
    )
    slopes = Slopes.of(
        counts,
        ruler,
        chosen,
        class_weight,
        torch.float32,
        options,
        losses,
        fill,
    )
    gradient = torch.empty_like(logits, dtype=torch.float32)
    launch(
        kernels.differentiate,
        slopes=slopes.values,
        bins=bins.numbers,
        marked=bins.marked,
        gradient=gradient,
    )
    losses += launch.by_group()
    whole = Batch(gradient, labels, None, launch.own, options)
    refine(whole, bins, logits, slopes, losses)
    return gradient


class _Launch:
    """Starts kernels, giving each those arguments that it has.

    Attributes:
        own: Places of the errors of the labels' classes, B × N, int32,
            filled in by the first kernel.
    """

    def __init__(
        self,
        logits: Tensor,
        labels: Tensor,
        entropy_weight: Tensor | None,
        cells: Cells,
        options: Options,
    ) -> None:
        images, classes, pixels = logits.shape
        height = 1 << (classes - 1).bit_length()
        width = max(_LEAST_WIDTH, _TILE // height)
        tiles = -(-pixels // width)
        self._grid = tiles, images
        self._device = logits.device
        self._per_image = options.per_image
        floats = functools.partial(logits.new_empty, dtype=torch.float32)
        nothing = floats(1)
        has_entropy = entropy_weight is not None
        self.own = torch.empty_like(labels, dtype=torch.int32)
        self._sums = logits.new_empty(images, tiles, dtype=torch.float64)
        ignore = options.ignore_index
        self._arguments = dict(
            logits=logits,
            labels=labels,
            greatest=floats(images, pixels),
            total=floats(images, pixels),
            own=self.own,
            weight=entropy_weight.float() if has_entropy else nothing,
            scale=floats(images, pixels) if has_entropy else nothing,
            sums=self._sums,
            classes=classes,
            pixels=pixels,
            ignore_index=0 if ignore is None else ignore,
            count=cells.count,
            shift=cells.shift,
            least=cells.least,
            most=cells.most,
            number_of_bins=options.bins,
            HAS_IGNORE=ignore is not None,
            HAS_ENTROPY=has_entropy,
            PER_IMAGE=options.per_image,
            BLOCK_C=height,
            BLOCK_N=width,
        )

    def __call__(self, kernel: Any, **tensors: Tensor) -> None:
        """Start a kernel with tensors of its own, by name."""
        known = {**self._arguments, **tensors}
        arguments = {name: known[name] for name in kernel.arg_names}
        on_gpu = self._device.type == 'cuda'
        with torch.cuda.device(self._device) if on_gpu else nullcontext():
            kernel[self._grid](**arguments, num_warps=_WARPS)

    def by_group(self) -> Tensor:
        """Add up the last kernel's sums of the tiles of each group, (G,)."""
        if self._per_image:
            return self._sums.sum(1)
        return self._sums.sum()[None]
