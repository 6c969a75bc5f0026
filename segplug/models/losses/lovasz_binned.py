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
    one = torch.ones((), dtype=torch.int64, device=ids.device)
    return one.new_zeros(size).index_add_(0, ids, one.expand(ids.shape))


@count_ids.register_fake
def _(ids: Tensor, size: int) -> Tensor:
    return ids.new_empty(size, dtype=torch.int64)


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
        foreground: Number of foreground pixels in each bin, (…, K), float64,
            bins by ascending error.
        background: Number of background pixels, likewise.

    Returns:
        Weights of foreground and of background pixels, (…, K), float64. They
        sum to 1, multiplied by the counts, in each row that has a pixel; a
        weight without pixels means nothing, but is finite.
    """
    # In place where it can be: the tables of many classes are large.
    intersection = foreground.cumsum(-1)
    remainder = intersection - foreground
    # A class without foreground is the limit of ever less foreground.
    trace = (intersection[..., -1:] == 0) * 1e-9
    intersection += trace
    # In this order, as integers and the trace do not mix in one number.
    union = background.sum(-1, keepdim=True) - background.cumsum(-1)
    union += intersection[..., -1:]
    remainder.add_(trace).div_(union + background)
    rise = intersection.div_(union).sub_(remainder)
    del remainder
    size = background.clamp_min(1)
    fg = (background / union).log1p_().div_(size)
    fg += (background == 0).double().div_(union)
    del union
    return fg, rise.sub_(foreground * fg).div_(size)


def lovasz_hinge_binned(
    logits: Tensor, labels: Tensor, valid: Tensor, bins: int
) -> Tensor:
    """Compute the binary Lovász hinge of every group by counting.

    Bins have equal widths in ln(1 + error), from the least to the greatest
    error of a group.

    Args:
        logits: Scores of the foreground, any real number, (G, N), float.
        labels: 1 for foreground, else background, (G, N), integer.
        valid: Whether a pixel counts, (G, N), bool.
        bins: Number of bins; one of them holds the void pixels.

    Returns:
        Losses, (G,), float64.
    """
    is_class = (labels == 1) & valid
    errors = (1 - torch.where(is_class, logits, -logits)).relu()
    with torch.no_grad():
        place = errors.log1p().masked_fill_(~valid, torch.inf)
        low = place.amin(-1, keepdim=True)
        high = place.masked_fill(~valid, 0).amax(-1, keepdim=True)
        scale = (bins - 1) / (high - low).clamp_min(1e-6)
        ids = ((place - low) * scale).to(torch.int32).clamp_(0, bins - 2)
        ids = (ids + 1).masked_fill_(~valid, 0)
        rows = torch.arange(len(ids), device=ids.device, dtype=torch.int32)
        ids += (2 * rows[:, None] + is_class) * bins
        counts = count_ids(ids.flatten(), 2 * len(ids) * bins)
        counts = counts.view(-1, 2, bins).double()
        counts[:, 0, 0] = 0  # void
        weights = torch.stack(bin_weights(counts[:, 1], counts[:, 0])[::-1], 1)
        weights[:, :, 0] = 0
        weights = weights.to(errors.dtype).flatten()
        weights = weights.index_select(0, ids.flatten()).view_as(errors)
    # where: a void pixel may be infinite, and zero times that is NaN.
    errors = torch.where(valid, errors, 0)
    return (errors * weights).sum(-1, dtype=torch.float64)
