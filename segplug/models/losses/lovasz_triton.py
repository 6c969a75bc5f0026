"""The Lovász-Softmax loss by counting, on a GPU through Triton kernels.

Does what :mod:`.lovasz_softmax_binned` does with PyTorch's operations, in
three passes over the logits.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import warnings
from contextlib import nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .lovasz_blocks import Batch, Options
from .lovasz_ruler import Cells, fit_ruler, sample_step
from .lovasz_slopes import slopes_by_bin

_MOST_CLASSES = 1024
_TILE = 4096  # elements, where there are not too many classes
_LEAST_WIDTH = 16  # pixels of a tile
_WARPS = 8  # threads of 32 for a tile; with 4 they need twice the registers


def is_usable(logits: Tensor) -> bool:
    """Tell whether the kernels can compute the loss of these logits.

    They need an accelerator that Triton compiles for (or its interpreter,
    which ``TRITON_INTERPRET=1`` chooses), at most float32 and 1024 classes;
    ``torch.compile`` does not see through them.
    """
    if not logits.is_cuda and os.environ.get('TRITON_INTERPRET') != '1':
        return False
    fits = logits.dtype != torch.float64 and logits.shape[1] <= _MOST_CLASSES
    return fits and not torch.compiler.is_compiling() and _has_triton()


@functools.cache
def _has_triton() -> bool:
    found = importlib.util.find_spec('triton') is not None
    if not found:
        warnings.warn(
            "The Lovász loss cannot have backend='triton', as Triton is not "
            'installed: PyTorch computes it.',
            stacklevel=2,
        )
    return found


class _Pixels(NamedTuple):
    """Tensors that the kernels share."""

    logits: Tensor  # B × C × N
    labels: Tensor  # B × N
    greatest: Tensor  # of a pixel's logits, B × N
    total: Tensor  # sum of their exponentials over that of it, B × N
    own: Tensor  # places of the errors of the labels' classes, B × N, int32
    scale: Tensor  # factor of each pixel's cross-entropy, B × N


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
    from . import lovasz_kernels as kernels  # imports Triton

    logits, labels = logits.contiguous(), labels.contiguous()
    images, classes, pixels = logits.shape
    floats = functools.partial(logits.new_empty, dtype=torch.float32)
    data = _Pixels(
        logits,
        labels,
        floats(images, pixels),
        floats(images, pixels),
        torch.empty_like(labels, dtype=torch.int32),
        floats((images, pixels) if entropy_weight is not None else (1, 1)),
    )
    groups = len(losses)
    cells = Cells.of(options.bins)
    launch = _Launch(data, options, entropy_weight is not None)

    def counters(size: int) -> Tensor:
        return labels.new_zeros(groups * classes * size, dtype=torch.int32)

    in_cells, sums = counters(2 * cells.count), launch.sums()
    weight = data.scale if entropy_weight is None else entropy_weight.float()
    launch(
        kernels.count_own,
        *(logits, labels, weight, *data[2:], in_cells, sums),
        cells=cells,
        entropy=True,
    )
    if entropy_weight is not None:
        losses += launch.by_group(sums)

    # A sample of the pixels, as PyTorch's operations see it.
    step = sample_step(labels.numel() // groups)
    some, at, own = (x[..., ::step] for x in (logits, labels, data.own))
    sample = Batch.of(some.softmax(1, dtype=torch.float32), at, options)
    sample = sample._replace(own=own)
    marks = fit_ruler(sample, step, in_cells.long(), cells).marks

    bins = torch.empty_like(logits, dtype=torch.int16)
    counts = counters(2 * options.bins)
    launch(
        kernels.count_bins,
        *(*data[:5], marks, bins, counts),
        cells=cells,
        number_of_bins=options.bins,
    )
    shape = groups, classes, 2, options.bins
    others, mine = counts.long().view(shape).unbind(2)
    slopes = slopes_by_bin(
        sample, (others, mine), chosen, class_weight, losses
    )
    gradient = torch.empty_like(logits, dtype=torch.float32)
    launch(
        kernels.differentiate,
        *(*data[:4], data.scale, bins, slopes, gradient, sums),
        number_of_bins=options.bins,
        entropy=True,
    )
    losses += launch.by_group(sums)
    return gradient


class _Launch:
    """Starts kernels with the arguments that all of them have."""

    def __init__(self, data: _Pixels, options: Options, entropy: bool) -> None:
        images, classes, pixels = data.logits.shape
        height = 1 << (classes - 1).bit_length()
        width = max(_LEAST_WIDTH, _TILE // height)
        self._grid = -(-pixels // width), images
        self._device = data.logits.device
        self._per_image = options.per_image
        self._entropy = entropy
        ignore = options.ignore_index
        self._common = dict(
            classes=classes,
            pixels=pixels,
            ignore_index=0 if ignore is None else ignore,
            HAS_IGNORE=ignore is not None,
            PER_IMAGE=options.per_image,
            BLOCK_C=height,
            BLOCK_N=width,
            num_warps=_WARPS,
        )

    def __call__(
        self,
        kernel: Any,
        *tensors: Tensor,
        cells: Cells | None = None,
        entropy: bool = False,
        **others: int,
    ) -> None:
        """Start a kernel, with what it wants to know of cells and entropy."""
        if cells is not None:
            others.update(cells._asdict(), least=cells.least, most=cells.most)
        if entropy:
            others.update(HAS_ENTROPY=self._entropy)
        on_gpu = self._device.type == 'cuda'
        with torch.cuda.device(self._device) if on_gpu else nullcontext():
            kernel[self._grid](*tensors, **self._common, **others)

    def sums(self) -> Tensor:
        """Make room for a number of each tile, B × tiles, float64."""
        tiles, images = self._grid
        return torch.empty(
            images, tiles, dtype=torch.float64, device=self._device
        )

    def by_group(self, sums: Tensor) -> Tensor:
        """Add up the numbers of the tiles of each group, (G,)."""
        return sums.sum(1) if self._per_image else sums.sum()[None]
