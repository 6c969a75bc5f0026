"""From bins to the slopes of the loss, and from these to the gradient.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .lovasz import class_coefficients
from .lovasz_bins import bin_weights, count_ids
from .lovasz_blocks import Batch, Block
from .lovasz_ruler import fit_ruler, places_of


def slopes_by_bin(
    batch: Batch,
    chosen: Tensor,
    class_weight: Tensor | None,
    losses: Tensor,
) -> Tensor:
    """Fill in the bins, and return the slopes of the loss in p.

    Adds to the losses what does not depend on p: with g the weights, the sum
    of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on background.

    Args:
        batch: The pixels.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        losses: (G,), float64.

    Returns:
        Slopes by the numbers of the bins, (2 · K · rows,).
    """
    others, own = _count(batch)
    counted = (own.sum(-1) > 0) | (not batch.options.only_present)
    factors = class_coefficients(counted & chosen, class_weight)[..., None]
    dtype = batch.probs.dtype
    fg, bg = bin_weights(own, others)
    # Rounded first, so that a perfect prediction's terms cancel.
    fg, bg = (fg.mul_(factors).to(dtype), bg.mul_(factors).to(dtype))
    losses += (own * fg.double()).sum((1, 2))
    return torch.stack([bg, -fg], 2).flatten()


def differentiate(
    batch: Batch, where: Block, slopes: Tensor, losses: Tensor
) -> None:
    """Add p times the slopes to the losses, put the gradient in p's place.

    With s the slopes, the gradient of a pixel's logits is p·(s − Σ p·s), the
    sum over the classes.
    """
    images, pixels = where
    probs = batch.probs[images, :, pixels]
    numbers = _numbers(batch, where)
    product = slopes.index_select(0, numbers.flatten()).view_as(numbers)
    del numbers
    product *= probs
    if batch.entropy_scale is not None:
        label = batch.labels_of(where)[:, None]
        slope = product.gather(1, label) - batch.entropy_scale[where][:, None]
        product.scatter_(1, label, slope)
    total = product.sum(1, keepdim=True)
    if batch.options.per_image:
        losses[images] += total.sum((1, 2), dtype=torch.float64)
    else:
        losses += total.sum(dtype=torch.float64)
    probs.mul_(-total).add_(product)


def _count(batch: Batch) -> tuple[Tensor, Tensor]:
    """Put the errors into bins, and count.

    Returns:
        Number of the valid pixels of other classes, and of those labelled
        with each class, in the bins of their errors, (G, C, K), int64.
    """
    ruler = fit_ruler(batch)
    bins, classes = batch.options.bins, batch.probs.shape[1]
    size = 2 * bins * batch.groups * classes
    counts = batch.own.new_zeros(size, dtype=torch.int64)
    for where in batch.blocks():
        places = places_of(batch, where, ruler.cells)
        images, pixels = where
        batch.bins[images, :, pixels] = ruler.bins(places, batch.rows(images))
        del places
        counts += count_ids(_numbers(batch, where).flatten(), size)
    others, own = counts.view(batch.groups, classes, 2, bins).unbind(2)
    if batch.options.ignore_index is not None:
        void = (batch.labels == batch.options.ignore_index).sum(1)
        others[..., 0] -= void.view(batch.groups, -1).sum(1, keepdim=True)
    return others, own


def _numbers(batch: Batch, where: Block) -> Tensor:
    """Number the bins of a block over all rows, b × C × n, int32."""
    images, pixels = where
    bins = batch.options.bins
    offsets = batch.rows(images) * (2 * bins) + bins
    return batch.bins[images, :, pixels].int().add_(offsets)
