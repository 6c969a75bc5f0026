"""Passes over the probabilities and the bins by Numba's loops, on a CPU.

They do what those of :mod:`.torch_backend` do, which are some fifty
operations.
"""

from __future__ import annotations

import itertools
import threading
import warnings

import numpy as np
import torch
from torch import Tensor

from segplug import compiled
from segplug.threads import share

from .blocks import Batch, Bins
from .counting import Passes
from .own import Entropy
from .ruler import Ruler
from .slopes import relative

# For each thread. Where it has to wait for the interpreter's lock after each
# and other programs hold a core, more would make it wait long.
_TASKS = 4
_LEAST = 2**12  # pixels of a task, at least
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

    arrays = batch.probs, batch.labels, batch.own, ruler.marks, bins.numbers
    arrays = [x.numpy() for x in arrays]
    cells = ruler.cells.shift, ruler.cells.least, ruler.cells.most
    valid, totals = _mask(batch), counts.numpy()
    images, classes, pixels = batch.probs.shape
    channels = _cut(classes, _tasks(images))
    parts = _cut(pixels, _tasks(images * len(channels)), _LEAST)
    lock = threading.Lock()

    def work(
        image: int, channels: tuple[int, int], part: tuple[int, int]
    ) -> None:
        group = _group(batch, image)
        sums = totals[group, slice(*channels)]
        tables = np.zeros_like(sums)
        numba_loops.count_bins(
            *arrays, valid, tables, cells, image, group, channels[0], part
        )
        with lock:
            sums += tables

    share(work, itertools.product(range(images), channels, parts))


def fill(
    counts: Tensor,
    ruler: Ruler,
    factors: Tensor,
    values: Tensor,
    error: Tensor,
) -> None:
    """Do what :func:`.torch_backend.fill` does."""
    from . import numba_loops

    cells, (groups, classes) = ruler.cells, factors.shape
    steepness = cells.steepness(counts.device)
    arrays = counts, ruler.marks, steepness, factors, relative(factors)
    arrays = [x.numpy() for x in (*arrays, values, error)]

    def work(group: int, channels: tuple[int, int]) -> None:
        numba_loops.fill(*arrays, cells.shift, group, channels)

    channels = _cut(classes, _tasks(groups))
    share(work, itertools.product(range(groups), channels))


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
    scale = _NO_SCALE if entropy is None else entropy.scale.numpy()
    valid, (images, _, pixels) = _mask(batch), batch.probs.shape
    parts = _cut(pixels, _tasks(images), _LEAST)
    sums = np.zeros((len(losses), images, len(parts)))

    def work(image: int, number: int) -> None:
        group = _group(batch, image)
        sums[group, image, number] = numba_loops.differentiate(
            *arrays, valid, scale, image, group, parts[number]
        )

    share(work, itertools.product(range(images), range(len(parts))))
    losses += torch.from_numpy(sums.sum((1, 2)))


PASSES = Passes(count_bins, fill, differentiate)


def _mask(batch: Batch) -> np.ndarray:
    return _NO_MASK if batch.valid is None else batch.valid.numpy()


def _group(batch: Batch, image: int) -> int:
    return image if batch.options.per_image else 0


def _tasks(number: int) -> int:
    """Return in how many parts each of so many things is handled."""
    return -(-_TASKS * torch.get_num_threads() // number)


def _cut(length: int, number: int, least: int = 1) -> list[tuple[int, int]]:
    """Cut a range into so many, or fewer that have a least length."""
    width = max(least, -(-length // number))
    return [
        (start, min(start + width, length))
        for start in range(0, length, width)
    ]
