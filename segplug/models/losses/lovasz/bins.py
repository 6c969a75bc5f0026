"""The Lovász extension of the Jaccard loss by counting instead of sorting.

The weight of a pixel's error depends only on how many foreground and how many
background pixels have a larger one, so a histogram of the errors replaces
their order. ``docs/lovasz.md`` derives the method and its error.

Reference: Berman, Triki and Blaschko, "The Lovász-Softmax loss" (CVPR 2018,
https://arxiv.org/abs/1705.08790).
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


def count(table: Tensor, ids: Tensor) -> None:
    """Add to each row of a table how often each id occurs there.

    Integers are added, the order of which does not matter, so the result is
    deterministic on CUDA, too; nothing waits for the device.

    Args:
        table: (…, K), int32.
        ids: From 0 to K − 1, (…, N), int64.
    """
    one = table.new_ones(()).expand(ids.shape)
    table.scatter_add_(-1, ids, one)


def sets_above(
    inner: Tensor, outer: Tensor, foreground: Tensor, background: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the sizes of the intersection and of the union above bins.

    Args:
        inner: Number of foreground pixels up to each bin, (…), float64.
        outer: Number of background pixels up to each bin, the same.
        foreground: Number of all foreground pixels, (…).
        background: Number of all background pixels, (…).
    """
    # A class without foreground is the limit of ever less foreground.
    trace = (foreground == 0).double() * 1e-9
    union = (foreground + background) - outer
    return inner + trace, union.add_(trace)


class Counts(NamedTuple):
    """Pixels in bins, by ascending error, and the sets above each bin."""

    # All (…, K), float64.
    foreground: Tensor  # number of pixels in each bin
    background: Tensor
    intersection: Tensor  # of prediction and truth above each bin
    union: Tensor

    @classmethod
    def of(cls, foreground: Tensor, background: Tensor) -> Counts:
        """Add up what is above each bin.

        Args:
            foreground: Number of pixels in each bin, (…, K), integer.
            background: The same.
        """
        # Integers are added, as sums of floats are not deterministic on CUDA.
        inner, outer = (
            kind.cumsum(-1).double() for kind in (foreground, background)
        )
        above = sets_above(inner, outer, inner[..., -1:], outer[..., -1:])
        return cls(foreground.double(), background.double(), *above)

    def weights(self) -> tuple[Tensor, Tensor]:
        """Compute the weights of the errors in each bin.

        Above a bin, U pixels are in the union and I in the intersection; in
        it are f foreground and b background pixels, in unknown order. A pixel
        gets the mean of its derivative of the Jaccard loss 1 − I/U along the
        straight way from (I, U) to (I − f, U + b), the Aumann–Shapley value:
        ln(1 + b/U)/b for foreground, and for background what remains of the
        bin's rise of the loss. A bin that holds one pixel gets the exact
        weight.

        Returns:
            Weights of foreground and of background pixels, (…, K), float64.
            They sum to 1, multiplied by the counts, in each row that has a
            pixel; a weight without pixels means nothing, but is finite.
        """
        foreground, background, intersection, union = self
        # I/U − (I − f)/(U + b), without its cancellation.
        rise = intersection * background + foreground * union
        rise /= (union + background).mul_(union)
        size = background.clamp_min(1e-9)  # of which 1/U is the limit
        fg = (size / union).log1p_().div_(size)
        return fg, rise.sub_(foreground * fg).div_(size)

    def disorder(self) -> Tensor:
        """Estimate the squared error of all weights in each bin.

        Within a bin the weights 1/U of its f foreground and I/U² of its b
        background pixels change by b/U² and f/U² + 2·I·b/U³, so that mean
        weights are wrong by parts of this. In a bin that doubles the union U
        is not one number: U·(U + b) is taken for its square, and U + b for
        the third factor.

        Returns:
            f·(b/U²)² + b·(f/U² + 2·I·b/U³)², (…, K), float64.
        """
        foreground, background, intersection, union = self
        below = union + background
        change = (intersection / below).mul_(background).mul_(2)
        change += foreground
        square = below.mul_(union)
        error = change.div_(square).square_().mul_(background)
        return error.add_((background / square).square_().mul_(foreground))


def cut_cells(
    counts: Counts, bins: int, steepness: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Share bins among cells so that the gradient's error is least.

    Pixels that share one of a cell's k bins have weights that differ by 1/k
    of how much they change in the cell, so that the squared errors of all
    pixels add up to E/k² with E the cell's :meth:`Counts.disorder`, times the
    steepness' square. The sum of these over the cells is least for k in
    proportion to ∛E.

    Args:
        counts: Pixels in the cells.
        bins: Number of bins, at least that of cells.
        steepness: How much an error changes with the score that it is of, in
            each cell, (cells,); None if everywhere alike.

    Returns:
        The first bin of each cell and how many it has, at least one, int64.
    """
    error = counts.disorder()
    if steepness is not None:
        error *= steepness.square()
    share = error.pow_(1 / 3)
    share /= share.sum(-1, keepdim=True).clamp_min_(1e-300)
    # The small part that is left out makes rounding harmless.
    spare = (bins - share.shape[-1]) * (1 - 1e-6)
    parts = share.mul_(spare).long() + 1
    return parts.cumsum(-1) - parts, parts
