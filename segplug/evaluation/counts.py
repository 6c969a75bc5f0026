"""Count how often each label meets each prediction."""

from __future__ import annotations

import torch
from torch import Tensor

from .compiled_counts import LANES
from .host_counts import count_on_host


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

    Raises:
        ValueError: If the maps have different shapes, or there is no class.
    """
    if num_classes < 1:
        raise ValueError(
            f'num_classes is {num_classes}, but must be at least 1.'
        )
    if pred.shape != label.shape:
        raise ValueError(
            f'The prediction has shape {tuple(pred.shape)} but the label '
            f'{tuple(label.shape)}: resize one, or crop both.'
        )
    shape = count_rows(num_classes), num_classes + 1
    label = label.to(pred.device, non_blocking=True)
    if pred.device.type == 'cpu':
        return torch.from_numpy(
            count_on_host(pred.numpy(), label.numpy(), shape)
        )
    return _on_device(pred, label, shape)


def _on_device(pred: Tensor, label: Tensor, shape: tuple[int, int]) -> Tensor:
    """Count on an accelerator; nothing here makes the host wait."""
    rows, columns = shape
    cells = rows * columns
    joint = _within(label, rows - 1) * columns + _within(pred, columns - 1)
    turns = torch.arange(joint.shape[-1], device=joint.device) % LANES
    joint = (joint + turns * cells).flatten()
    counts = joint.new_zeros(LANES * cells)
    counts.scatter_add_(0, joint, joint.new_ones(1).expand_as(joint))
    return counts.view(LANES, cells).sum(0).view(shape)


def _within(ids: Tensor, limit: int) -> Tensor:
    ids = ids.long()
    return torch.where((ids < 0) | (ids > limit), limit, ids)
