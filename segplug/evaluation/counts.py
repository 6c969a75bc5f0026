"""Count how often each label meets each prediction."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_MAX_INT16 = np.iinfo(np.int16).max
_LANES = 4
_SHORT_RUNS = 10  # pixels; runs shorter than this are not worth finding
_SAMPLED = 16  # every so many rows are looked at to choose


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
        pred: Class ids, shape (H, W), integers of any type, but within 16
            bits. Ids outside [0, ``num_classes``) are counted in the last
            column.
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
    unsigned = ids.view(f'u{ids.itemsize}')  # negative ids become huge
    if ids.size and unsigned.max() > limit:
        return np.where(unsigned > limit, limit, ids).astype(dtype)
    return ids.astype(dtype)


def _on_host(
    pred: np.ndarray, label: np.ndarray, shape: tuple[int, int]
) -> Tensor:
    """Count on the host, where reading 64-bit ids costs most of the time.

    NumPy converts and compares them at the speed of memory, in one thread;
    threads that wait for each other would only help on an idle machine.
    """
    rows, columns = shape
    cells = rows * columns
    dtype = np.int16 if cells <= _MAX_INT16 else np.int32
    joint = narrow(label, rows - 1, dtype)
    joint *= dtype(columns)
    joint += _narrow_predictions(pred, columns - 1, dtype)
    sample = joint[::_SAMPLED]
    if np.count_nonzero(_changes(sample)) * _SHORT_RUNS < sample.size:
        counts = _count_runs(joint.reshape(-1), cells)
    else:
        counts = _count_in_turn(joint, cells)
    return torch.from_numpy(counts).view(shape)


def _narrow_predictions(
    ids: np.ndarray, limit: int, dtype: type
) -> np.ndarray:
    """Copy predictions to ``dtype``, with ``limit`` for all outside.

    They are the indices of an argmax or come from 8-bit files. So it is
    enough to look at the narrow copy, which takes a tenth of the time.
    """
    ids = ids.astype(dtype)
    unsigned = ids.view(f'u{ids.itemsize}')
    if ids.size and unsigned.max() > limit:
        ids[unsigned > limit] = limit
    return ids


def _changes(joint: np.ndarray) -> np.ndarray:
    """Mark where a pixel and the next one in its row differ."""
    return joint[..., 1:] != joint[..., :-1]


def _count_runs(joint: np.ndarray, cells: int) -> np.ndarray:
    """Count pairs run by run, for maps made of regions, given flat."""
    ends = np.append(np.flatnonzero(_changes(joint)), joint.size - 1)
    lengths = np.diff(ends, prepend=-1)
    counts = np.zeros(cells, np.int64)
    np.add.at(counts, joint[ends], lengths)
    return counts


def _count_in_turn(joint: np.ndarray, cells: int) -> np.ndarray:
    """Count pairs pixel by pixel, for noisy maps.

    Neighbouring pixels mostly hold the same pair. Counting them into one
    cell makes each increment wait for the one before; neighbours that take
    turns between separate histograms do not.
    """
    lanes = min(_LANES, np.iinfo(joint.dtype).max // cells)
    turns = np.arange(joint.shape[-1]) % lanes * cells
    joint += turns.astype(joint.dtype)
    joint = torch.from_numpy(joint.reshape(-1))
    counts = torch.bincount(joint, minlength=lanes * cells)
    return counts.numpy().reshape(lanes, cells).sum(0)


def _on_device(pred: Tensor, label: Tensor, shape: tuple[int, int]) -> Tensor:
    """Count on an accelerator; nothing here makes the host wait."""
    rows, columns = shape
    cells = rows * columns
    joint = _within(label, rows - 1) * columns + _within(pred, columns - 1)
    joint += (
        torch.arange(joint.shape[-1], device=joint.device) % _LANES * cells
    )
    joint = joint.flatten()
    counts = joint.new_zeros(_LANES * cells)
    counts.scatter_add_(0, joint, joint.new_ones(1).expand_as(joint))
    return counts.view(_LANES, cells).sum(0).view(shape)


def _within(ids: Tensor, limit: int) -> Tensor:
    ids = ids.long()
    return torch.where((ids < 0) | (ids > limit), limit, ids)
