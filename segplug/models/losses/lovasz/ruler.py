"""Bins of the errors of probabilities, narrow where it matters.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from .bins import Counts, cut_cells
from .blocks import Batch, Block, bits

# The place of an error e is the bit pattern of the odds e/(1 − e), a number
# that grows with them: by 2²³ where they double, linearly in between. It is
# counted from the least.
_LEAST = (127 - 24) << 23  # of 2⁻²⁴, about the least 1 − e in float32
_MOST = (127 + 24) << 23
_SAMPLE = 2**15  # pixels of a group that show where its errors are
_NEAR = 2  # cells on each side for each pixel that one stands for


class Cells(NamedTuple):
    """Cells of equal widths on the axis of places, 2^``shift`` each.

    Each row has two sets of them: the first for pixels of other classes, the
    second for those labelled with the class, whose places are moved on by
    the first set's width.
    """

    shift: int
    least: int  # bit pattern at place 0
    count: int  # in a set

    @classmethod
    def of(cls, bins: int) -> Cells:
        """Choose at most half as many cells as bins, which are at least 4."""
        for shift in range(29):
            low, high = _LEAST >> shift, _MOST >> shift
            if high - low < bins // 2:
                break
        return cls(shift, low << shift, high - low + 1)

    @property
    def width(self) -> int:
        """Width of a set."""
        return self.count << self.shift

    @property
    def most(self) -> int:
        """Greatest bit pattern of the first set."""
        return _MOST

    def steepness(self, device: torch.device) -> Tensor:
        """Return m·(1 − m) of an error m in each cell, (count,), float64.

        That is by how much it changes with the logit of its class.
        """
        middle = torch.arange(self.count, device=device) * 2 + 1
        middle = (middle << self.shift >> 1) + self.least
        odds = middle.int().view(torch.float32).double()
        return odds / (1 + odds) ** 2

    def places(self, errors: Tensor) -> Tensor:
        """Return the places of errors in the first set, int32."""
        rest = 1 - errors
        odds = torch.div(errors, rest, out=rest).float()
        # Puts those of 0, 1 and NaN in range, too.
        return bits(odds).clamp_(self.least, self.most).sub_(self.least)

    def numbers(self, places: Tensor) -> Tensor:
        """Return the numbers of the cells that places are in, int64."""
        return (places >> self.shift).long()


class Ruler(NamedTuple):
    """Marks of the bins: each cell is cut into bins of equal widths."""

    cells: Cells
    # Of each cell of both sets, G × C × (2 · cells), int32: its first bin,
    # shifted as its places are, plus how many it has. Two in one, since
    # looking up takes more time than all else. In the first set bins are
    # numbered from −K to −1, in the second from 0 to K − 1.
    marks: Tensor

    def steepness(self, classes: slice, bins: int) -> Tensor:
        """Return m·(1 − m) of an error m in each bin.

        Args:
            classes: The classes.
            bins: How many bins, K, each has.

        Returns:
            (G, classes, K), float64.
        """
        first = self.marks[:, classes, self.cells.count :] >> self.cells.shift
        start = first.new_zeros(*first.shape[:2], bins)
        start.scatter_(-1, first.long(), 1)
        cell = start.cumsum(-1, dtype=torch.int32).sub_(1)
        return self.cells.steepness(first.device)[cell]

    def bins(self, batch: Batch, where: Block) -> Tensor:
        """Return the bins of all errors of a block, b × C × n, int32."""
        shift, inside = self.cells.shift, (1 << self.cells.shift) - 1
        places = places_of(batch, where, self.cells)
        marks = batch.look_up(self.marks, where, self.cells.numbers(places))
        # A bin, with how far it is: first + parts · (inner + 1) / 2^shift.
        # The greatest inner is odd, and must not lead out of the cell.
        places &= inside - 1
        places *= marks & inside
        return places.add_(marks).__irshift__(shift)


class Sample(NamedTuple):
    """Pixels that show where the errors of a group are."""

    image: Tensor  # G × M or 1 × M
    pixel: Tensor  # the same
    step: int  # how many pixels there are for each

    @classmethod
    def of(cls, labels: Tensor, per_image: bool) -> Sample:
        """Choose pixels of labels, B × N: of each image, or of the batch.

        Each is somewhere in a step of its own, so that nothing that repeats
        in a picture hides between them: the fractions of the multiples of
        the golden ratio fill an interval evenly.
        """
        images, pixels = labels.shape
        size = labels.numel() // (images if per_image else 1)
        step = max(1, size // _SAMPLE)
        index = torch.arange(0, size, step, device=labels.device)
        number = torch.arange(len(index), device=labels.device)
        # 40503 is 2¹⁶ times the golden ratio less 1.
        index += (number * 40503 & 0xFFFF) * step >> 16
        index = index.clamp_(max=size - 1)[None]
        if per_image:
            image = torch.arange(images, device=labels.device)[:, None]
            return cls(image, index.expand(images, -1), step)
        return cls(index // pixels, index % pixels, step)

    def take(self, values: Tensor) -> Tensor:
        """Return values, B × … × N, of the pixels, G × … × M."""
        return values[self.image, ..., self.pixel].movedim(-1, 1).contiguous()


def fit_ruler(sample: Batch, step: int, own: Tensor, cells: Cells) -> Ruler:
    """Fit the bins to the errors.

    The pixels of other classes are estimated from a sample.

    Args:
        sample: The pixels of a :class:`Sample`, with ``own`` filled in.
        step: How many pixels there are for each of these.
        own: Number of the pixels labelled with each class in the cells of
            both sets, (G, C, 2 · cells), int32.
        cells: The cells.
    """
    bins = sample.options.bins
    others = torch.zeros_like(own)
    for where in sample.blocks():
        numbers = cells.numbers(places_of(sample, where, cells))
        sample.count(others, where, numbers)
    others, scale = _estimate(others[..., : cells.count], step)
    own = own[..., cells.count :].long() * scale
    steepness = cells.steepness(own.device)
    first, parts = cut_cells(Counts.of(own, others), bins, steepness)
    first = torch.cat([first - bins, first], -1)
    marks = (first << cells.shift) + parts.repeat(1, 1, 2)
    return Ruler(cells, marks.int())


def _estimate(sample: Tensor, step: int) -> tuple[Tensor, int]:
    """Estimate how many pixels are in cells of which a sample is known.

    The estimate is the mean of what a cell holds in the sample and of what
    its neighbours do, the latter being at most one pixel, as the sample has
    none in a cell that holds few. So cells between those of the sample's
    largest errors, where single pixels matter in a rare class, get bins.

    Args:
        sample: Number of pixels in each cell, (…, cells), int32.
        step: How many pixels there are for each in the sample.

    Returns:
        Numbers of pixels times a scale, int64, and that scale.
    """
    sample = sample.long()
    if step == 1:
        return sample, 1
    reach = _NEAR * step
    width = 2 * reach + 1
    sums = pad(sample, (reach + 1, reach)).cumsum(-1)
    nearby = (sums[..., width:] - sums[..., :-width]).clamp_(max=width)
    return (sample * width + nearby) * step, 2 * width


def places_of(batch: Batch, where: Block, cells: Cells) -> Tensor:
    """Find the places of all errors of a block; void becomes 0.

    Returns:
        Places, b × C × n, int32. Those of void are the least in the first
        set.
    """
    probs = batch.clear(batch.probs_of(where), where)
    label, own = batch.labels_of(where), batch.own[where]
    return cells.places(probs).scatter_(1, label[:, None], own[:, None])
