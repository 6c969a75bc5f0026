"""Count on the host how often each label meets each prediction.

Numba's compiled loop reads both maps once. Without Numba, OpenCV's histogram
of bytes takes the images that have at most 256 labels, and NumPy all others.
"""

from __future__ import annotations

import cv2
import numpy as np

from . import compiled_counts
from .compiled_counts import LANES

_BYTE = 256
_EXACT_FLOAT32 = 1 << 24  # pixels; more could exceed a float32 count


def count_on_host(
    pred: np.ndarray, label: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Count the pairs of two maps of the same size.

    Args:
        pred: Integers of any type in the machine's byte order, shape (H, W).
            Those outside [0, columns) are counted in the last column.
        label: The same for the rows.
        shape: Rows and columns, at least one of each.

    Returns:
        Counts, shape (rows, columns), int64.
    """
    rows, columns = shape
    count = compiled_counts.kernel()
    if count is not None:
        return count(_flat(pred), _flat(label), rows, columns)
    small = columns <= _BYTE and 0 < label.size <= _EXACT_FLOAT32
    if small and _fit_bytes(label):
        counts = np.zeros(shape, np.int64)
        label = np.ascontiguousarray(label, np.uint8)
        counts[:_BYTE] = _count_bytes(pred, label, columns)
        return counts
    joint = narrow(label, rows - 1, np.int64)
    joint *= columns
    joint += narrow(pred, columns - 1, np.int64)
    counts = np.bincount(joint.reshape(-1), minlength=rows * columns)
    return counts.reshape(shape)


def narrow(ids: np.ndarray, limit: int, dtype: type) -> np.ndarray:
    """Copy ids to a small type, with ``limit`` for all outside [0, limit].

    Args:
        ids: Integers of any type and shape.
        limit: What stands for everything outside; it must fit ``dtype``.
        dtype: Integer type of the copy.
    """
    ids = _unsigned(ids)
    if limit < 256**ids.itemsize - 1 and ids.size and ids.max() > limit:
        return np.where(ids > limit, limit, ids).astype(dtype)
    return ids.astype(dtype)


def _unsigned(ids: np.ndarray) -> np.ndarray:
    """View ids as unsigned ones, in which negative ids are huge."""
    if ids.dtype == np.int8:
        ids = ids.astype(np.int16)  # or -1 would become a valid label, 255
    return ids.view(f'u{ids.itemsize}')


def _flat(ids: np.ndarray) -> np.ndarray:
    return _unsigned(np.ascontiguousarray(ids)).reshape(-1)


def _fit_bytes(ids: np.ndarray) -> bool:
    """Tell whether all ids are in [0, 255]."""
    return ids.dtype == np.uint8 or bool(_unsigned(ids).max() < _BYTE)


def _count_bytes(
    pred: np.ndarray, label: np.ndarray, columns: int
) -> np.ndarray:
    """Count 8-bit labels against predictions, (256, ``columns``)."""
    lanes = min(LANES, _BYTE // columns)
    turns = np.arange(pred.shape[-1]) % lanes * columns
    pred = np.ascontiguousarray(narrow(pred, columns - 1, np.uint8))
    pred += turns.astype(np.uint8)
    sizes = [_BYTE, lanes * columns]
    ranges = [0, sizes[0], 0, sizes[1]]
    counts = cv2.calcHist([label, pred], [0, 1], None, sizes, ranges)
    return counts.reshape(_BYTE, lanes, columns).sum(1)
