"""From bins to the slopes of the loss, and from these to the gradient.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .lovasz import class_coefficients
from .lovasz_bins import bin_weights, count_ids
from .lovasz_blocks import Batch, Block
from .lovasz_own import Entropy
from .lovasz_ruler import Ruler


def slopes_by_bin(
    batch: Batch,
    ruler: Ruler,
    chosen: Tensor,
    class_weight: Tensor | None,
    losses: Tensor,
) -> Tensor:
    """Fill in the bins, and return the slopes of the loss in p.

    Adds to the losses what does not depend on p: with g the weights, the sum
    of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on background.

    Args:
        batch: The pixels.
        ruler: Marks of the bins.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        losses: (G,), float64.

    Returns:
        Slopes of the bins of both sets, (2 · bins of all rows,).
    """
    others, own = _count(batch, ruler)
    counted = (own.sum(-1) > 0) | (not batch.options.only_present)
    factors = class_coefficients(counted & chosen, class_weight)[..., None]
    dtype = batch.probs.dtype
    fg, bg = bin_weights(own, others)
    # Rounded first, so that a perfect prediction's terms cancel.
    fg, bg = (fg.mul_(factors).to(dtype), bg.mul_(factors).to(dtype))
    losses += (own * fg.double()).sum((1, 2))
    return torch.stack([bg, -fg], 2).flatten()


def differentiate(
    batch: Batch,
    where: Block,
    slopes: Tensor,
    entropy: Entropy | None,
    losses: Tensor,
) -> None:
    """Add p times the slopes to the losses, put the gradient in p's place.

    With s the slopes, the gradient of a pixel's logits is p·(s − Σ p·s), the
    sum over the classes.
    """
    images, pixels = where
    probs = batch.probs_of(where)
    numbers = batch.bins[images, :, pixels].int()
    numbers += _offsets(batch, where)
    product = slopes.index_select(0, numbers.flatten()).view_as(numbers)
    del numbers
    product *= probs
    if entropy is not None:
        label = batch.labels_of(where)[:, None]
        own = product.gather(1, label).sub_(entropy.scale[where][:, None])
        product.scatter_(1, label, own)
    total = product.sum(1, keepdim=True)
    batch.add(losses, where, total[:, 0])
    probs.mul_(total.neg_()).add_(product)


def _count(batch: Batch, ruler: Ruler) -> tuple[Tensor, Tensor]:
    """Put the errors into bins, and count.

    Returns:
        Number of the valid pixels of other classes, and of those labelled
        with each class, in the bins of their errors, (G, C, K), int64.
    """
    bins, (groups, classes, _) = batch.options.bins, batch.rows.shape
    size = 2 * bins * groups * classes
    counts = batch.own.new_zeros(size, dtype=torch.int64)
    for where in batch.blocks():
        images, pixels = where
        numbers = ruler.bins(batch, where)
        batch.bins[images, :, pixels] = numbers
        numbers += _offsets(batch, where)
        counts += count_ids(numbers.flatten(), size)
        del numbers  # before the next block's
    others, own = counts.view(groups, classes, 2, bins).unbind(2)
    if batch.options.ignore_index is not None:
        void = (batch.labels == batch.options.ignore_index).sum(1)
        others[..., 0] -= void.view(groups, -1).sum(1, keepdim=True)
    return others, own


def _offsets(batch: Batch, where: Block) -> Tensor:
    """Return what numbers the bins of a block over all rows."""
    bins = batch.options.bins
    return batch.offsets(where, 2 * bins, bins)
