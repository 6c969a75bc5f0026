"""Bins of the errors of probabilities, narrow where it matters.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .lovasz import class_labels
from .lovasz_bins import count_ids, cut_cells
from .lovasz_blocks import Batch, Block

_EPSILON = 2.0**-24  # the distance from 1 to the next smaller float32
_SAMPLE = 2**15  # pixels of a group that show where its errors are


class Ruler(NamedTuple):
    """Marks of the bins on the axis of ln e/(1 − e), e the error.

    Cells, half as many as bins, have equal widths and are symmetric to e = ½:
    the place of an error 1 − p mirrors that of p. Each cell is cut into bins
    of equal widths. Bin 0 stays empty, for void.
    """

    scale: Tensor  # cells per unit, (B or 1) × C × 1
    first: Tensor  # first bin of each cell, all classes', (size / 2,), float
    parts: Tensor  # number of bins of each cell, likewise


def fit_ruler(batch: Batch) -> Ruler:
    """Fit the cells to the probabilities, and the bins to the errors."""
    cells = batch.options.bins // 2
    dims = (2,) if batch.options.per_image else (0, 2)
    high = batch.probs.amax(dims, keepdim=True).logit(_EPSILON)
    low = batch.probs.amin(dims, keepdim=True).logit(_EPSILON)
    reach = torch.maximum(high, -low).clamp_min(1e-4)
    scale = (cells - 1) / 2 / reach
    own, others = _count_cells(batch, scale)
    first, parts = cut_cells(own, others, batch.options.bins - 1)
    dtype = batch.probs.dtype
    return Ruler(
        scale, (first + 1).to(dtype).flatten(), parts.to(dtype).flatten()
    )


def fill_bins(
    batch: Batch, where: Block, ruler: Ruler, label: Tensor, is_class: Tensor
) -> None:
    """Fill in the bins of a block.

    Args:
        batch: The pixels.
        where: The block.
        ruler: Marks of the bins.
        label: Labels of the block, made into indices of classes, b × n, int64.
        is_class: Whether they are the pixels' classes, b × n, bool.
    """
    images, pixels = where
    cells, label = batch.options.bins // 2, label[:, None]
    scale = batch.pick(ruler.scale, images)
    place = _place(batch.probs[images, :, pixels], scale, cells)
    own = place.gather(1, label)
    own = torch.where(is_class[:, None], cells - own, own)
    place.scatter_(1, label, own)
    cell = _cell(place, cells)
    place -= cell
    cell = (cell + batch.pick(batch.rows, images) // 2).flatten()
    place *= ruler.parts.index_select(0, cell).view_as(place)
    place += ruler.first.index_select(0, cell).view_as(place)
    bins = batch.bins[images, :, pixels]
    bins.copy_(place).clamp_(1, batch.options.bins - 1)  # rounding, and NaN
    if batch.options.ignore_index is not None:
        # Times 0 or 1: faster than a mask where void is scattered.
        valid = batch.labels[where] != batch.options.ignore_index
        bins.mul_(valid[:, None].to(bins.dtype))


def _count_cells(batch: Batch, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Count the pixels of each class, and estimate the others from a sample.

    Returns:
        Numbers of pixels in each cell, (G, C, cells), int64.
    """
    images, classes, pixels = batch.probs.shape
    group = pixels if batch.options.per_image else images * pixels
    step, size = max(1, group // _SAMPLE), batch.size // 2
    sample = []
    for where in batch.blocks():
        label, is_class = class_labels(
            batch.labels[where], classes, batch.options.ignore_index
        )
        own = _own_cells(batch, where, scale, label)
        batch.label_numbers[where] = torch.where(is_class, own, size)
        others = _sample_cells(batch, where, scale, step)
        others.scatter_(1, label[:, None, ::step], size)
        others.masked_fill_(~is_class[:, None, ::step], size)
        sample.append(others.flatten())
    own = count_ids(batch.label_numbers.flatten(), size + 1)
    others = count_ids(torch.cat(sample), size + 1) * step
    shape = (-1, classes, batch.options.bins // 2)
    return own[:-1].view(shape), others[:-1].view(shape)


def _own_cells(
    batch: Batch, where: Block, scale: Tensor, label: Tensor
) -> Tensor:
    """Number the cells of 1 − p for the labels' classes, b × n, int32."""
    images, pixels = where
    scale, rows = (
        batch.pick(x, images)[..., 0].expand(len(label), -1).gather(1, label)
        for x in (scale, batch.rows // 2)
    )
    probs = batch.probs[images, :, pixels].gather(1, label[:, None])[:, 0]
    cells = batch.options.bins // 2
    return _cell(_place(probs, -scale, cells), cells).add_(rows)


def _sample_cells(
    batch: Batch, where: Block, scale: Tensor, step: int
) -> Tensor:
    """Number the cells of p for some pixels, b × C × (n / step), int32."""
    images, pixels = where
    probs = batch.probs[images, :, pixels][..., ::step]
    cells = batch.options.bins // 2
    place = _place(probs, batch.pick(scale, images), cells)
    return _cell(place, cells).add_(batch.pick(batch.rows, images) // 2)


def _place(probs: Tensor, scale: Tensor, cells: int) -> Tensor:
    """Return where probabilities are on the axis, in cells."""
    return probs.logit(_EPSILON).mul_(scale).add_(cells / 2)


def _cell(place: Tensor, cells: int) -> Tensor:
    """Return the cells of places, int32."""
    return place.int().clamp_(0, cells - 1)  # rounding, and NaN
