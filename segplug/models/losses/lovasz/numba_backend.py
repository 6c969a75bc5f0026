"""The Lovász-Softmax loss by counting, on a CPU through loops of Numba.

PyTorch's operations take some twenty passes over the probabilities where one
loop does.
"""

from __future__ import annotations

import functools
import itertools
import threading
import warnings

import numpy as np
import torch
from torch import Tensor

from segplug import compiled
from segplug.threads import share

from . import torch_backend
from .blocks import Batch, Bins
from .own import Entropy
from .ruler import Ruler
from .slopes import relative

_PART = 2**17  # elements that a thread handles at once, about
_NO_MASK = np.empty((0, 0), np.bool_)
_NO_SCALE = np.empty((0, 0), np.float32)


def is_usable(logits: Tensor) -> bool:
    """Tell whether the loops can compute the loss of these logits.

    They need values (which tensors that only trace do not have) on a CPU, at
    most float32, and Numba. ``torch.compile`` does not see through them.
    """
    return (
        type(logits) is Tensor
        and logits.device.type == 'cpu'
        and logits.dtype != torch.float64
        and not torch.compiler.is_compiling()
        and compiled.numba() is not None
    )


def warn_if_missing() -> None:
    """Say that Numba, which was asked for, is not there."""
    if compiled.numba() is None:
        warnings.warn(
            "The Lovász loss cannot have backend='numba' without Numba: "
            "PyTorch computes it. pip install 'segplug[fast]' brings it.",
            stacklevel=2,
        )


def count_bins(batch: Batch, ruler: Ruler, bins: Bins, counts: Tensor) -> None:
    """Do what :func:`.torch_backend.count_bins` does."""
    from . import numba_loops  # imports Numba

    cells, (_, classes) = ruler.cells, batch.tables
    arrays = batch.probs, batch.labels, batch.own, ruler.marks, bins.numbers
    arrays = [x.numpy() for x in arrays]
    valid, totals = _mask(batch), counts.numpy()
    scratch, lock = threading.local(), threading.Lock()

    def work(image: int, channel: int, start: int, stop: int) -> None:
        if not hasattr(scratch, 'tables'):
            scratch.tables = np.empty((2, totals.shape[-1]), np.int32)
        group = _group(batch, image)
        numba_loops.count_bins(
            *arrays,
            valid,
            scratch.tables,
            (image, group, channel, start, stop),
            (cells.shift, cells.least, cells.most),
        )
        with lock:
            for row in scratch.tables:
                totals[group, channel] += row

    share(
        work,
        (
            (image, channel, start, stop)
            for channel in range(classes)
            for image, start, stop in _parts(batch, 1)
        ),
    )


def fill(
    counts: Tensor,
    ruler: Ruler,
    factors: Tensor,
    values: Tensor,
    error: Tensor,
) -> None:
    """Do what :func:`.slopes.fill` does."""
    from . import numba_loops

    cells = ruler.cells
    steepness = cells.steepness(counts.device)
    arrays = counts, ruler.marks, steepness, factors, relative(factors)
    arrays = [x.numpy() for x in (*arrays, values, error)]

    def work(group: int, channel: int) -> None:
        numba_loops.fill(*arrays, (group, channel), cells.shift)

    groups, classes = factors.shape
    share(work, itertools.product(range(groups), range(classes)))


def differentiate(
    batch: Batch,
    bins: Bins,
    slopes: Tensor,
    entropy: Entropy | None,
    losses: Tensor,
) -> None:
    """Do what :func:`.torch_backend.differentiate` does."""
    from . import numba_loops

    arrays = batch.probs, batch.labels, bins.numbers, bins.marked, slopes
    arrays = [x.numpy() for x in arrays]
    valid = _mask(batch)
    scale = _NO_SCALE if entropy is None else entropy.scale.numpy()
    parts = _parts(batch, batch.probs.shape[1])
    sums = np.empty(len(parts))

    def work(number: int, part: tuple[int, int, int]) -> None:
        image, start, stop = part
        group = _group(batch, image)
        sums[number] = numba_loops.differentiate(
            *arrays, valid, scale, (image, group, start, stop)
        )

    share(work, enumerate(parts))
    # In this order, so that it is the same sum each time.
    for (image, _, _), total in zip(parts, sums.tolist()):
        losses[_group(batch, image)] += total


#: Does what :func:`.torch_backend.loss_and_gradient` does.
loss_and_gradient = functools.partial(
    torch_backend.loss_and_gradient,
    passes=torch_backend.Passes(count_bins, fill, differentiate),
)


def _mask(batch: Batch) -> np.ndarray:
    return _NO_MASK if batch.valid is None else batch.valid.numpy()


def _group(batch: Batch, image: int) -> int:
    return image if batch.options.per_image else 0


def _parts(batch: Batch, classes: int) -> list[tuple[int, int, int]]:
    """Cut the images into stretches of pixels: image, start and stop.

    Args:
        batch: The pixels.
        classes: How many classes are handled at once.
    """
    images, _, pixels = batch.probs.shape
    parts = -(-pixels * classes // _PART)
    width = -(-pixels // parts)
    return [
        (image, start, min(start + width, pixels))
        for image in range(images)
        for start in range(0, pixels, width)
    ]
