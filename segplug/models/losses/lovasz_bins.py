"""The Lovász extension of the Jaccard loss by counting instead of sorting.

The weight of a pixel's error depends only on how many foreground and how many
background pixels have a larger one, so a histogram of the errors replaces
their order. ``docs/lovasz.md`` derives the method and its error.

Reference: Berman, Triki and Blaschko, "The Lovász-Softmax loss" (CVPR 2018,
https://arxiv.org/abs/1705.08790).
"""

from __future__ import annotations

import torch
from torch import Tensor


@torch.library.custom_op(
    'segplug::count_ids', mutates_args=(), schema='(Tensor x, int n) -> Tensor'
)
def count_ids(ids: Tensor, size: int) -> Tensor:
    """Count how often each id occurs.

    An operator of its own, because the size of ``torch.bincount``'s result
    depends on the data, which ``torch.compile`` cannot trace, and because
    that function waits for the device. Integer counts do not depend on the
    order of addition, so the result is deterministic on CUDA, too.

    Args:
        ids: Numbers from 0 to ``size - 1``, (N,), int32.
        size: Number of different ids.

    Returns:
        Counts, (``size``,), int64.
    """
    if ids.device.type == 'cpu':
        return torch.bincount(ids, minlength=size)
    return count_by_adding(ids, size)


@count_ids.register_fake
def _(ids: Tensor, size: int) -> Tensor:
    return ids.new_empty(size, dtype=torch.int64)


def count_by_adding(ids: Tensor, size: int) -> Tensor:
    """Count as :func:`count_ids`, on any device and without waiting for it."""
    one = torch.ones((), dtype=torch.int64, device=ids.device)
    return one.new_zeros(size).index_add_(0, ids, one.expand(ids.shape))


def bin_weights(
    foreground: Tensor, background: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the weights of the errors in each bin.

    Above a bin, U pixels are in the union and I in the intersection; in it
    are f foreground and b background pixels, in unknown order. A pixel gets
    the mean of its derivative of the Jaccard loss 1 − I/U along the straight
    way from (I, U) to (I − f, U + b), the Aumann–Shapley value: ln(1 + b/U)/b
    for foreground, and for background what remains of the bin's rise of the
    loss. A bin that holds one pixel gets the exact weight.

    Args:
        foreground: Number of foreground pixels in each bin, (…, K), int64,
            bins by ascending error.
        background: Number of background pixels, likewise.

    Returns:
        Weights of foreground and of background pixels, (…, K), float64. They
        sum to 1, multiplied by the counts, in each row that has a pixel; a
        weight without pixels means nothing, but is finite.
    """
    intersection, union = _sets(foreground, background)
    # I/U − (I − f)/(U + b), without its cancellation.
    rise = intersection.mul_(background).add_(foreground * union)
    rise /= (union + background).mul_(union)
    size = background.double().clamp_min_(1e-9)  # of which 1/U is the limit
    fg = union.reciprocal_().mul_(size).log1p_().div_(size)
    return fg, rise.sub_(foreground * fg).div_(size)


def cut_cells(
    foreground: Tensor,
    background: Tensor,
    bins: int,
    steepness: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Share bins among cells so that the gradient's error is least.

    With the sets U and I above a cell, the weights 1/U of its f foreground
    and I/U² of its b background pixels change by b/U² and f/U² + 2·I·b/U³
    within it. Pixels that share one of its k bins differ by 1/k of this, so
    the squared errors of all pixels add up to E/k² with

        E = s²·(f·(b/U²)² + b·(f/U² + 2·I·b/U³)²),

    and the sum of these over the cells is least for k in proportion to ∛E.
    In a cell that doubles the union U is not one number: U·(U + b) is taken
    for its square, and U + b for the third factor.

    Args:
        foreground: Number of foreground pixels in each cell, (…, cells),
            int64, cells by ascending error.
        background: Number of background pixels, likewise.
        bins: Number of bins, at least that of cells.
        steepness: How much an error changes with the score that it is of, s,
            in each cell, (cells,); None if everywhere alike.

    Returns:
        The first bin of each cell and how many it has, at least one, int64.
    """
    intersection, union = _sets(foreground, background)
    below = union + background
    square = union.mul_(below)
    change = foreground + 2 * background * intersection.div_(below)
    error = background * change.div_(square).square_()
    error += foreground * (background / square).square_()
    if steepness is not None:
        error *= steepness.square()
    share = error.pow_(1 / 3)
    share /= share.sum(-1, keepdim=True).clamp_min_(1e-300)
    # The small part that is left out makes rounding harmless.
    spare = (bins - foreground.shape[-1]) * (1 - 1e-6)
    parts = share.mul_(spare).long() + 1
    return parts.cumsum(-1) - parts, parts


def _sets(foreground: Tensor, background: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the sizes of the intersection and of the union above bins.

    Returns:
        Both, (…, K), float64.
    """
    # Integers are added, as sums of floats are not deterministic on CUDA, and
    # in place where it can be: the tables of many classes are large.
    intersection = foreground.cumsum(-1)
    union = background.cumsum(-1).neg_()
    union += intersection[..., -1:] + background.sum(-1, keepdim=True)
    # A class without foreground is the limit of ever less foreground.
    trace = (intersection[..., -1:] == 0).double() * 1e-9
    union = union + trace
    return intersection + trace, union
