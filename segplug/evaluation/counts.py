"""Count how often each label meets each prediction."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

_BYTE = 256
_EXACT_FLOAT32 = 1 << 24  # pixels; more could exceed a float32 count
_LANES = 4


def count_rows(num_classes: int) -> int:
    """Return the number of label codes that are counted separately.

    Every value of an 8-bit label has its row, so labels that should not
    exist are found by value; the last row takes all that lies outside.
    """
    return max(num_classes, 256) + 1


def count_pairs(pred: Tensor, label: Tensor, num_classes: int) -> Tensor:
    """Count the pixels of every (label, prediction) pair of one image.

    Void pixels are counted like all others and cut off later: selecting
    pixels would cost more than counting them, and on an accelerator it would
    make the host wait.

    Args:
        pred: Class ids, shape (H, W), integers of any type. Ids outside
            [0, ``num_classes``) are counted in the last column.
        label: True ids, shape (H, W), integers of any type. Those that have
            no row of their own are counted in the last one.
        num_classes: Number of classes C.

    Returns:
        Counts, shape (R, C + 1), int64, on the device of ``pred``, where
        R = ``count_rows(num_classes)``.
    """
    shape = count_rows(num_classes), num_classes + 1
    label = label.to(pred.device, non_blocking=True)
    if pred.device.type == 'cpu':
        return _on_host(pred.numpy(), label.numpy(), shape)
    return _on_device(pred, label, shape)


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


def _on_host(
    pred: np.ndarray, label: np.ndarray, shape: tuple[int, int]
) -> Tensor:
    """Count on the host, where reading 64-bit ids costs most of the time."""
    rows, columns = shape
    small = columns <= _BYTE and 0 < label.size <= _EXACT_FLOAT32
    if small and _fit_bytes(label):
        counts = np.zeros(shape, np.int64)
        label = np.ascontiguousarray(label, np.uint8)
        counts[:_BYTE] = _count_bytes(pred, label, columns)
        return torch.from_numpy(counts)
    joint = narrow(label, rows - 1, np.int64)
    joint *= columns
    joint += narrow(pred, columns - 1, np.int64)
    counts = np.bincount(joint.reshape(-1), minlength=rows * columns)
    return torch.from_numpy(counts).view(shape)


def _fit_bytes(ids: np.ndarray) -> bool:
    """Tell whether all ids are in [0, 255]."""
    return ids.dtype == np.uint8 or bool(_unsigned(ids).max() < _BYTE)


def _count_bytes(
    pred: np.ndarray, label: np.ndarray, columns: int
) -> np.ndarray:
    """Count 8-bit labels against predictions, (256, ``columns``).

    Neighbouring pixels mostly hold the same pair. Counting them into one cell
    makes each increment wait for the one before; neighbours that take turns
    between separate histograms do not.
    """
    lanes = min(_LANES, _BYTE // columns)
    turns = np.arange(pred.shape[-1]) % lanes * columns
    pred = np.ascontiguousarray(narrow(pred, columns - 1, np.uint8))
    pred += turns.astype(np.uint8)
    sizes = [_BYTE, lanes * columns]
    ranges = [0, sizes[0], 0, sizes[1]]
    counts = cv2.calcHist([label, pred], [0, 1], None, sizes, ranges)
    return counts.reshape(_BYTE, lanes, columns).sum(1)


def _on_device(pred: Tensor, label: Tensor, shape: tuple[int, int]) -> Tensor:
    """Count on an accelerator; nothing here makes the host wait."""
    rows, columns = shape
    cells = rows * columns
    joint = _within(label, rows - 1) * columns + _within(pred, columns - 1)
    turns = torch.arange(joint.shape[-1], device=joint.device) % _LANES
    joint = (joint + turns * cells).flatten()
    counts = joint.new_zeros(_LANES * cells)
    counts.scatter_add_(0, joint, joint.new_ones(1).expand_as(joint))
    return counts.view(_LANES, cells).sum(0).view(shape)


def _within(ids: Tensor, limit: int) -> Tensor:
    ids = ids.long()
    return torch.where((ids < 0) | (ids > limit), limit, ids)
