"""Bins of the errors of probabilities, narrow where it matters.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from .lovasz_bins import count_ids, cut_cells
from .lovasz_blocks import Batch, Block

# The place of an error e is the bit pattern of the odds e/(1 − e), a number
# that grows with them: by 2²³ where they double, linearly in between.
_LEAST = (127 - 24) << 23  # of 2⁻²⁴, about the least 1 − e in float32
_MOST = (127 + 24) << 23
_SAMPLE = 2**16  # pixels of a group that show where its errors are
_SPREAD = 8  # cells for each pixel that one of them stands for


class Cells(NamedTuple):
    """Cells of equal widths on the axis of places, 2^``shift`` each.

    Each row has two sets of them: the first for pixels of other classes, the
    second for those labelled with the class, whose places are moved on by
    the first set's width.
    """

    shift: int
    low: int  # number of the first cell, if 0 is at place 0
    count: int  # in a set

    @classmethod
    def of(cls, bins: int) -> Cells:
        """Choose at most half as many cells as bins, which are at least 4."""
        for shift in range(29):
            low, high = _LEAST >> shift, _MOST >> shift
            if high - low < bins // 2:
                break
        return cls(shift, low, high - low + 1)

    @property
    def width(self) -> int:
        """Width of a set."""
        return self.count << self.shift

    @property
    def least(self) -> int:
        """Least place in the first set."""
        return self.low << self.shift

    @property
    def most(self) -> int:
        """Greatest place in the first set."""
        return _MOST

    def steepness(self, device: torch.device) -> Tensor:
        """Return m·(1 − m) of an error m in each cell, (count,), float64.

        That is by how much it changes with the logit of its class.
        """
        middle = (self.low + torch.arange(self.count, device=device)) * 2 + 1
        odds = (middle << self.shift >> 1).int().view(torch.float32).double()
        return odds / (1 + odds) ** 2

    def places(self, errors: Tensor) -> Tensor:
        """Return the places of errors in the first set, int32."""
        rest = 1 - errors
        odds = torch.div(errors, rest, out=rest).float()
        # Puts those of 0, 1 and NaN in range, too.
        return odds.view(torch.int32).clamp_(self.least, self.most)

    def numbers(self, places: Tensor, offsets: Tensor) -> Tensor:
        """Number the cells of places from the rows' offsets on, int32."""
        return (places >> self.shift).add_(offsets)


class Ruler(NamedTuple):
    """Marks of the bins: each cell is cut into bins of equal widths."""

    cells: Cells
    # 2¹⁶ times the first bin of each cell, plus how many it has, int32. Two
    # in one, since looking up takes more time than all else. In the first
    # set bins are numbered from −K to −1, in the second from 0 to K − 1.
    marks: Tensor

    def bins(self, batch: Batch, where: Block) -> Tensor:
        """Return the bins of all errors of a block, b × C × n, int32."""
        shift, low, count = self.cells
        places = places_of(batch, where, self.cells)
        numbers = self.cells.numbers(
            places, batch.offsets(where, 2 * count, -low)
        )
        marks = self.marks.index_select(0, numbers.flatten())
        marks = marks.view_as(places)
        parts = torch.bitwise_and(marks, 0xFFFF, out=numbers)
        places &= (1 << shift) - 1
        places *= parts
        places >>= shift
        marks >>= 16
        return places.add_(marks)


def sample_step(pixels: int) -> int:
    """Return which of a group's pixels show where its errors are: each n-th.

    The number is odd, as what repeats in a picture often does so in even
    steps.

    Args:
        pixels: How many pixels the group has.
    """
    return pixels // _SAMPLE | 1


def fit_ruler(sample: Batch, step: int, own: Tensor, cells: Cells) -> Ruler:
    """Fit the bins to the errors.

    The pixels of other classes are estimated from a sample.

    Args:
        sample: One of ``step`` pixels of each image, with ``own`` filled in.
        step: Of :func:`sample_step`.
        own: Number of the pixels labelled with each class in the cells of
            both sets, (2 · cells of all rows,), int64.
        cells: The cells.
    """
    bins = sample.options.bins
    shape = *sample.rows.shape[:2], 2, cells.count
    others = torch.zeros_like(own)
    for where in sample.blocks():
        numbers = cells.numbers(
            places_of(sample, where, cells),
            sample.offsets(where, 2 * cells.count, -cells.low),
        )
        others += count_ids(numbers.flatten(), len(own))
    others, scale = _estimate(others.view(shape)[:, :, 0], step)
    own = own.view(shape)[:, :, 1] * scale
    steepness = cells.steepness(own.device)
    first, parts = cut_cells(own, others, bins, steepness)
    first = torch.stack([first - bins, first], 2)
    marks = (first << 16) + parts[:, :, None]
    return Ruler(cells, marks.int().flatten())


def _estimate(sample: Tensor, step: int) -> tuple[Tensor, int]:
    """Estimate how many pixels are in cells of which a sample is known.

    Half of the pixels are spread over the neighbours, so that cells between
    those of the sample's largest errors, where single pixels matter in a rare
    class, get bins.

    Args:
        sample: Number of pixels in each cell, (…, cells), int64.
        step: How many pixels there are for each in the sample.

    Returns:
        Numbers of pixels times a scale, int64, and that scale.
    """
    if step == 1:
        return sample, 1
    reach = _SPREAD * step
    width = 2 * reach + 1
    sums = pad(sample, (reach + 1, reach)).cumsum(-1)
    spread = sums[..., width:] - sums[..., :-width]
    return (sample * width + spread) * step, 2 * width


def places_of(batch: Batch, where: Block, cells: Cells) -> Tensor:
    """Find the places of all errors of a block; void becomes 0.

    Returns:
        Places, b × C × n, int32. Those of void are the least in the first
        set.
    """
    probs, valid = batch.probs_of(where), batch.valid(where)
    if valid is not None:
        # Times 0 or 1: faster than a mask where void is scattered.
        probs.mul_(valid[:, None].to(probs.dtype))
    label, own = batch.labels_of(where), batch.own[where]
    return cells.places(probs).scatter_(1, label[:, None], own[:, None])
