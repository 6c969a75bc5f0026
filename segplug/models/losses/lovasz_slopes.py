"""From bins to the slopes of the loss, and from these to the gradient.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .lovasz import class_coefficients
from .lovasz_bins import bin_weights, count_ids
from .lovasz_blocks import Batch, Block, Options
from .lovasz_own import Entropy
from .lovasz_ruler import Ruler


def count_bins(batch: Batch, ruler: Ruler) -> tuple[Tensor, Tensor]:
    """Put the errors into bins, and count.

    Returns:
        Number of the valid pixels of other classes, and of those labelled
        with each class, in the bins of their errors, (G, C, K), int64.
    """
    bins, (groups, classes, _) = batch.options.bins, batch.rows.shape
    counts = batch.own.new_zeros(2 * bins * groups * classes, dtype=torch.long)
    void = batch.own.new_zeros(groups, dtype=torch.double)
    for where in batch.blocks():
        images, pixels = where
        numbers = ruler.bins(batch, where)
        batch.bins[images, :, pixels] = numbers
        numbers += _offsets(batch, where)
        counts += count_ids(numbers.flatten(), len(counts))
        del numbers  # before the next block's
        valid = batch.valid(where)
        if valid is not None:
            batch.add(void, where, ~valid)
    others, own = counts.view(groups, classes, 2, bins).unbind(2)
    others[..., 0] -= void[:, None].long()
    return others, own


def class_factors(
    sizes: Tensor,
    chosen: Tensor,
    class_weight: Tensor | None,
    options: Options,
) -> Tensor:
    """Return the factors of the classes' losses in that of a group, (G, C).

    Args:
        sizes: Number of pixels labelled with each class, (G, C).
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        options: Whether classes without a pixel count.
    """
    counted = (sizes > 0) | (not options.only_present)
    return class_coefficients(counted & chosen, class_weight)


def slopes_by_bin(
    batch: Batch,
    counts: tuple[Tensor, Tensor],
    factors: Tensor,
    losses: Tensor,
) -> Tensor:
    """Compute the slopes of the loss in the probabilities.

    Adds to the losses what does not depend on p: with g the weights, the sum
    of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on background.

    Args:
        batch: The pixels.
        counts: Of :func:`count_bins`.
        factors: Of :func:`class_factors`.
        losses: (G,), float64.

    Returns:
        Slopes of the bins of both sets, (2 · bins of all rows,).
    """
    others, own = counts
    factors = factors[..., None]
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


def _offsets(batch: Batch, where: Block) -> Tensor:
    """Return what numbers the bins of a block over all rows."""
    bins = batch.options.bins
    return batch.offsets(where, 2 * bins, bins)
