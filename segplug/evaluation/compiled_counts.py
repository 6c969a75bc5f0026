"""The loop that counts pairs, compiled by Numba where that is installed."""

from __future__ import annotations

import functools
from typing import Callable, Optional

import numpy as np

from segplug import compiled

Kernel = Callable[[np.ndarray, np.ndarray, int, int], np.ndarray]

#: Histograms between which neighbouring pixels take turns. Most hold the same
#: pair; in one histogram each increment would wait for the one before.
LANES = 4


@functools.cache
def kernel() -> Optional[Kernel]:
    """Return :func:`count` compiled, or None without a Numba that works.

    Compiling takes 0.7 s for the first pair of types in a process, less for
    others; nothing is kept on disk. The compiled loop does not check bounds:
    both maps must have the same size, and there must be a row and a column.
    """
    numba = compiled.numba()
    return None if numba is None else numba.njit(count)


def count(
    pred: np.ndarray, label: np.ndarray, rows: int, columns: int
) -> np.ndarray:
    """Count the pairs of two maps.

    Args:
        pred: Unsigned integers, shape (N). Those that have no column are
            counted in the last one.
        label: The same for the rows.
        rows: Number of rows.
        columns: Number of columns.

    Returns:
        Counts, shape (rows, columns), int64.
    """
    counts = np.zeros((LANES, rows, columns), np.int64)
    last_row, last_column = np.uint64(rows - 1), np.uint64(columns - 1)
    whole = pred.size // LANES * LANES
    for start in range(0, whole, LANES):
        for lane in range(LANES):
            row = min(np.uint64(label[start + lane]), last_row)
            column = min(np.uint64(pred[start + lane]), last_column)
            counts[lane, row, column] += 1
    for rest in range(whole, pred.size):
        row = min(np.uint64(label[rest]), last_row)
        column = min(np.uint64(pred[rest]), last_column)
        counts[0, row, column] += 1
    total = counts[0]
    for lane in range(1, LANES):
        total += counts[lane]
    return total.copy()
