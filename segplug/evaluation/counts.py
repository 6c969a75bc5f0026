"""Count how often each label meets each prediction."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

_MAX_UINT16 = np.iinfo(np.uint16).max
_EXACT_FLOAT32 = 1 << 24  # pixels; more could exceed a float32 count
_LANES = 8


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
    if ids.dtype == np.int8:
        ids = ids.astype(np.int16)  # or -1 would become a valid label, 255
    unsigned = ids.view(f'u{ids.itemsize}')  # negative ids become huge
    if limit < 256**ids.itemsize - 1 and ids.size and unsigned.max() > limit:
        return np.where(unsigned > limit, limit, ids).astype(dtype)
    return ids.astype(dtype)


def _on_host(
    pred: np.ndarray, label: np.ndarray, shape: tuple[int, int]
) -> Tensor:
    """Count on the host, where reading 64-bit ids costs most of the time.

    NumPy reads them at the speed of memory, in one thread; threads that wait
    for each other would only help on an idle machine.
    """
    rows, columns = shape
    cells = rows * columns
    small = cells <= _MAX_UINT16 and label.size <= _EXACT_FLOAT32
    dtype = np.uint16 if small else np.int64
    joint = narrow(label, rows - 1, dtype)
    joint *= dtype(columns)
    joint += narrow(pred, columns - 1, dtype)
    if small:
        counts = _histogram(joint, cells)
    else:
        counts = np.bincount(joint.reshape(-1), minlength=cells)
    return torch.from_numpy(counts).view(shape)


def _histogram(joint: np.ndarray, cells: int) -> np.ndarray:
    """Count 16-bit ids of shape (H, W); they are changed.

    Neighbouring pixels mostly hold the same id. Counting them into one cell
    makes each increment wait for the one before; neighbours that take turns
    between separate histograms do not.
    """
    lanes = min(_LANES, _MAX_UINT16 // cells)
    turns = np.arange(joint.shape[-1]) % lanes * cells
    joint += turns.astype(np.uint16)
    ends = [0, lanes * cells]
    counts = cv2.calcHist([joint], [0], None, ends[1:], ends)
    return counts.reshape(lanes, cells).sum(0).astype(np.int64)


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
