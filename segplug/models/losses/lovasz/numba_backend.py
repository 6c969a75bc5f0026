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

from .blocks import Batch, Bins, has_values
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

    They need values on a CPU, at most float32, and Numba.
    """
    return (
        has_values(logits)
        and logits.device.type == 'cpu'
        and logits.dtype != torch.float64
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
    _, classes, pixels = batch.probs.shape
    groups = _groups(batch)
    channels = _cut(classes, _tasks(len(groups)))
    parts = _cut(pixels, _tasks(len(groups) * len(channels)), _LEAST)
    lock = threading.Lock()

    def work(
        group: int, channels: tuple[int, int], part: tuple[int, int]
    ) -> None:
        sums = totals[group, slice(*channels)]
        tables = np.zeros_like(sums)
        numba_loops.count_bins(
            *arrays,
            valid,
            tables,
            cells,
            groups[group],
            group,
            channels[0],
            part,
        )
        with lock:
            sums += tables

    share(work, itertools.product(range(len(groups)), channels, parts))


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
    rows = _cut(images, _tasks(1))
    parts = _cut(pixels, _tasks(len(rows)), _LEAST)
    sums = np.zeros((len(parts), images))

    def work(images: tuple[int, int], number: int) -> None:
        numba_loops.differentiate(
            *arrays,
            valid,
            scale,
            sums[number],
            images,
            batch.options.per_image,
            parts[number],
        )

    share(work, itertools.product(rows, range(len(parts))))
    for group, (first, stop) in enumerate(_groups(batch)):
        losses[group] += sums[:, first:stop].sum()


PASSES = Passes(count_bins, fill, differentiate)


def _mask(batch: Batch) -> np.ndarray:
    return _NO_MASK if batch.valid is None else batch.valid.numpy()


def _groups(batch: Batch) -> list[tuple[int, int]]:
    """Return the first image of each group, and that after its last."""
    images = len(batch.probs)
    return _cut(images, images if batch.options.per_image else 1)


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
