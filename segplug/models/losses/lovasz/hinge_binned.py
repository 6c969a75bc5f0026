"""The binary Lovász hinge by counting instead of sorting.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from .bins import Counts, count, cut_cells


def lovasz_hinge_binned(
    logits: Tensor, labels: Tensor, valid: Tensor, bins: int
) -> Tensor:
    """Compute the binary Lovász hinge of every group by counting.

    Args:
        logits: Scores of the foreground, any real number, (G, N), float.
        labels: 1 for foreground, else background, (G, N), integer.
        valid: Whether a pixel counts, (G, N), bool.
        bins: Number of bins, even.

    Returns:
        Losses, (G,), float64.
    """
    is_class = (labels == 1) & valid
    errors = (1 - torch.where(is_class, logits, -logits)).relu()
    with torch.no_grad():
        ids = _crowd_bins(errors, is_class, valid, bins)
        counts, ids = _count(ids, is_class, valid, bins)
        weights = torch.cat(counts.weights(), 1)
        weights = pad(weights.to(errors.dtype), (0, 1)).gather(1, ids)
    # where: a void pixel may be infinite, and zero times that is NaN.
    errors = torch.where(valid, errors, 0)
    return (errors * weights).sum(-1, dtype=torch.float64)


def _crowd_bins(
    errors: Tensor, is_class: Tensor, valid: Tensor, bins: int
) -> Tensor:
    """Put errors of any range into bins that are narrow where it matters.

    Cells, half as many as bins, have equal widths in ln(1 + error), from the
    least to the greatest error of a group. The other half of the bins cuts
    them up, so that the gradient's error is least.

    Args:
        errors: Not negative, (G, N), float.
        is_class: Whether a pixel is foreground, (G, N), bool.
        valid: Whether it counts, (G, N), bool.
        bins: Number of bins, even.

    Returns:
        The bin of each valid pixel's error, growing with it, (G, N), int64.
    """
    cells = bins // 2
    place = errors.log1p().masked_fill_(~valid, torch.inf)
    low = place.amin(-1, keepdim=True)
    high = place.masked_fill(~valid, 0).amax(-1, keepdim=True)
    place = (place - low) * (cells / (high - low).clamp_min(1e-6))
    cell = place.long().clamp_(0, cells - 1)
    counts, _ = _count(cell, is_class, valid, cells)
    first, parts = cut_cells(counts, bins)
    parts, first = parts.gather(1, cell), first.gather(1, cell)
    inside = ((place - cell) * parts).long()
    return first + inside.clamp_min_(0).minimum(parts - 1)  # NaN, rounding


def _count(
    ids: Tensor, is_class: Tensor, valid: Tensor, size: int
) -> tuple[Counts, Tensor]:
    """Count the foreground and the background pixels of each bin.

    Returns:
        Counts in (G, ``size``) bins, and the ids (G, N), with ``size``
        added for background and ``2 · size`` for void.
    """
    void, width = 2 * size, 2 * size + 1
    ids = torch.where(is_class, ids, ids + size).masked_fill_(~valid, void)
    counts = ids.new_zeros(len(ids), width, dtype=torch.int32)
    count(counts, ids)
    return Counts.of(*counts[:, :void].split(size, 1)), ids
