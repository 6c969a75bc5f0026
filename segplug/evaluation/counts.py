"""Count how often each label meets each prediction, in one pass."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

_MAX_INT16 = torch.iinfo(torch.int16).max
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
        pred: Class ids, shape (H, W), of any type, but within 16 bits. Ids
            outside [0, ``num_classes``) are counted in the last column.
        label: True ids, shape (H, W), of any type. Those that have no row
            of their own are counted in the last one.
        num_classes: Number of classes C.

    Returns:
        Counts, shape (R, C + 1), int64, on the device of ``pred``, where
        R = ``count_rows(num_classes)``.
    """
    rows, columns = count_rows(num_classes), num_classes + 1
    cells = rows * columns
    lanes = _lanes(cells)
    narrow = torch.int16 if lanes * cells <= _MAX_INT16 else torch.int32
    label = label.to(pred.device, non_blocking=True)
    joint = _labels(label, rows - 1, narrow).mul_(columns)
    joint.add_(_predictions(pred, num_classes, narrow))
    joint.add_(
        _lane_offsets(joint.shape[-1], lanes, cells, narrow, pred.device)
    )
    counts = _histogram(joint.flatten(), lanes * cells)
    return counts.view(lanes, cells).sum(0).view(rows, columns)


def to_bytes(ids: Tensor) -> Tensor:
    """Narrow ids on the host to uint8, with 255 for all outside [0, 255]."""
    if not _all_within(ids, 256):
        ids = ids.masked_fill((ids < 0) | (ids > 255), 255)
    return ids.to(torch.uint8)


def _labels(ids: Tensor, limit: int, dtype: torch.dtype) -> Tensor:
    """Copy labels to ``dtype``, with ``limit`` for all outside [0, limit)."""
    if ids.dtype == torch.uint8 and limit > 255:
        return ids.to(dtype)
    if ids.device.type == 'cpu' and _all_within(ids, limit):
        return ids.to(dtype, copy=True)
    outside = (ids < 0) | (ids >= limit)
    return ids.to(dtype, copy=True).masked_fill_(outside, limit)


def _predictions(ids: Tensor, limit: int, dtype: torch.dtype) -> Tensor:
    """Narrow predictions to ``dtype``, with ``limit`` for all outside.

    They are the indices of an argmax or come from 8-bit files. So it is
    enough to look at the narrow copy, which takes a tenth of the time.
    """
    narrow = ids.to(dtype)
    if ids.device.type == 'cpu' and _all_within(narrow, limit):
        return narrow
    return torch.where((narrow < 0) | (narrow >= limit), limit, narrow)


def _all_within(ids: Tensor, limit: int) -> bool:
    """Check that all ids are in [0, limit); may miss ids beyond 32 bits.

    Halves of 64-bit integers are compared as 32-bit ones, for which the
    processor has vector instructions.
    """
    if not ids.numel():
        return True
    if ids.dtype == torch.int64 and ids.is_contiguous():
        ids = ids.view(torch.int32)
    low, high = torch.aminmax(ids)
    return bool(low >= 0 and high < limit)


def _lanes(cells: int) -> int:
    """Choose how many histograms to fill in turn.

    Neighbouring pixels mostly hold the same pair. Counting them into one
    cell makes each increment wait for the one before; neighbours that take
    turns between separate histograms do not.
    """
    return min(_LANES, _MAX_INT16 // cells) or _LANES


@lru_cache(maxsize=64)
def _lane_offsets(
    width: int,
    lanes: int,
    cells: int,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    ramp = torch.arange(width, device=device)
    return ramp.remainder_(lanes).mul_(cells).to(dtype)


def _histogram(ids: Tensor, bins: int) -> Tensor:
    """Count ids in [0, bins); on an accelerator without synchronising."""
    if ids.device.type == 'cpu':
        return torch.bincount(ids, minlength=bins)
    ids = ids.long()
    counts = torch.zeros(bins, dtype=torch.int64, device=ids.device)
    return counts.scatter_add_(0, ids, counts.new_ones(1).expand_as(ids))
