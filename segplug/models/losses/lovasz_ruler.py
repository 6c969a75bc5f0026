"""Bins of the errors of probabilities, narrow where it matters.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .lovasz_bins import count_ids, cut_cells
from .lovasz_blocks import Batch, Block

# The place of an error e is the bit pattern of the odds e/(1 − e), a number
# that grows with them: the exponent in steps of 2²³, and linear in between.
_LEAST = (127 - 24) << 23  # of 2⁻²⁴, about the least 1 − e in float32
_MOST = (127 + 24) << 23
_SAMPLE = 2**15  # pixels of a group that show where its errors are


class Cells(NamedTuple):
    """Cells of equal widths on the axis of places, 2^``shift`` each.

    There are two sets of them in a row: the first for pixels of other
    classes, the second for those labelled with the class, whose places are
    ``width`` further.
    """

    shift: int
    low: int  # number of the first cell
    count: int  # in a set

    @classmethod
    def of(cls, bins: int) -> Cells:
        """Choose at most half as many cells as bins."""
        for shift in range(31):
            low, high = _LEAST >> shift, _MOST >> shift
            if high - low < bins // 2:
                return cls(shift, low, high - low + 1)
        raise ValueError(f'There are no cells for {bins} bins.')

    @property
    def width(self) -> int:
        """Width of a set, in places."""
        return self.count << self.shift

    def places(self, probs: Tensor) -> Tensor:
        """Return the places of errors, int32."""
        rest = 1 - probs
        odds = torch.div(probs, rest, out=rest).float()
        # Puts 0, 1 and NaN in range, too.
        return odds.view(torch.int32).clamp_(self.low << self.shift, _MOST)

    def numbers(self, places: Tensor, rows: Tensor) -> Tensor:
        """Number the cells of places over all rows, int32."""
        return (places >> self.shift).add_(rows * (2 * self.count) - self.low)


class Ruler(NamedTuple):
    """Marks of the bins: each cell is cut into bins of equal widths."""

    cells: Cells
    # Of each cell 2¹⁶ times its first bin plus the number of its bins, int32,
    # since looking up takes more time than all else. The bins of the first
    # set are numbered from −K to −1, those of the second from 0 to K − 1.
    marks: Tensor

    def bins(self, places: Tensor, rows: Tensor) -> Tensor:
        """Return the bins of places, in the memory of the latter."""
        numbers = self.cells.numbers(places, rows)
        marks = self.marks.index_select(0, numbers.flatten())
        marks = marks.view_as(places)
        parts = torch.bitwise_and(marks, 0xFFFF, out=numbers)
        places &= (1 << self.cells.shift) - 1
        places *= parts
        places >>= self.cells.shift
        marks >>= 16
        return places.add_(marks)


def fit_ruler(batch: Batch) -> Ruler:
    """Fit the bins to the errors, and find the places of the labels' classes.

    The pixels of each class are counted, the others estimated from a sample.
    """
    cells = Cells.of(batch.options.bins)
    shape = (batch.groups, batch.probs.shape[1], 2, cells.count)
    own = _count_own(batch, cells).view(shape)[:, :, 1]
    pixels = batch.labels.numel() // batch.groups
    # Odd, as what repeats in a picture often does so in even steps.
    step = pixels // _SAMPLE | 1
    others = _count_all(batch.every(step), cells).view(shape)[:, :, 0] * step
    first, parts = cut_cells(own, others, batch.options.bins)
    first = torch.stack([first - batch.options.bins, first], 2)
    marks = (first << 16) + parts[:, :, None]
    return Ruler(cells, marks.int().flatten())


def _count_own(batch: Batch, cells: Cells) -> Tensor:
    """Fill in the places of the labels' classes, and count their cells.

    A label that is void or no class has the place of the probability of some
    class, that of void being the least.
    """
    numbers = torch.empty_like(batch.own)
    for where in batch.blocks():
        images, pixels = where
        label, valid = batch.labels_of(where), batch.valid(where)
        is_class = label == batch.labels[where]
        probs = batch.probs[images, :, pixels].gather(1, label[:, None])[:, 0]
        if valid is not None:
            probs *= valid
            is_class &= valid
        places = cells.places(torch.where(is_class, 1 - probs, probs))
        places += is_class.int().mul_(cells.width)
        batch.own[where] = places
        rows = batch.rows(images)[:, 0] + label.int()
        numbers[where] = cells.numbers(places, rows)
    size = 2 * cells.count * batch.groups * batch.probs.shape[1]
    return count_ids(numbers.flatten(), size)


def places_of(batch: Batch, where: Block, cells: Cells) -> Tensor:
    """Find the places of all errors of a block; void becomes 0.

    Returns:
        Places, b × C × n, int32. Those of void are the least in the first
        set.
    """
    images, pixels = where
    probs, valid = batch.probs[images, :, pixels], batch.valid(where)
    if valid is not None:
        # Times 0 or 1: faster than a mask where void is scattered.
        probs.mul_(valid[:, None].to(probs.dtype))
    label, own = batch.labels_of(where), batch.own[where]
    return cells.places(probs).scatter_(1, label[:, None], own[:, None])


def _count_all(batch: Batch, cells: Cells) -> Tensor:
    """Count the cells of all pixels, (2 · cells of all rows,), int64."""
    size = 2 * cells.count * batch.groups * batch.probs.shape[1]
    counts = batch.own.new_zeros(size, dtype=torch.int64)
    for where in batch.blocks():
        places = places_of(batch, where, cells)
        numbers = cells.numbers(places, batch.rows(where[0]))
        counts += count_ids(numbers.flatten(), size)
    return counts
