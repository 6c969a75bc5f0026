"""From bins to the slopes of the loss, and from these to the gradient.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .lovasz import class_coefficients, class_labels
from .lovasz_bins import bin_weights, count_ids
from .lovasz_blocks import Batch, Block
from .lovasz_ruler import fill_bins, fit_ruler


def slopes_by_bin(
    batch: Batch,
    chosen: Tensor,
    class_weight: Tensor | None,
    losses: Tensor,
) -> tuple[Tensor, Tensor]:
    """Fill in the bins, and return the slopes of the loss in p.

    Adds to the losses what does not depend on p: with g the weights, the sum
    of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on background.

    Args:
        batch: The pixels.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        losses: (G,), float64.

    Returns:
        The slopes of pixels of other classes by the number of their bin,
        (size,), and those of pixels by their label number, (2 · size,).
    """
    own, others = _count(batch)
    counted = (own.sum(-1) > 0) | (not batch.options.only_present)
    factors = class_coefficients(counted & chosen, class_weight)[..., None]
    dtype = batch.probs.dtype
    fg, bg = bin_weights(own, others)
    # Rounded first, so that a perfect prediction's terms cancel.
    fg, bg = (fg.mul_(factors).to(dtype), bg.mul_(factors).to(dtype))
    bg[..., 0] = 0  # void
    losses += (own * fg).sum((1, 2), dtype=torch.float64)
    bg = bg.flatten()
    return bg, torch.cat([-fg.flatten(), bg])


def differentiate(
    batch: Batch,
    where: Block,
    slopes: tuple[Tensor, Tensor],
    losses: Tensor,
) -> None:
    """Add p times the slopes to the losses, put the gradient in p's place.

    With s the slopes, the gradient of a pixel's logits is p·(s − Σ p·s), the
    sum over the classes.
    """
    images, pixels = where
    probs = batch.probs[images, :, pixels]
    numbers = batch.numbers(where)
    product = slopes[0].index_select(0, numbers.flatten()).view_as(numbers)
    del numbers
    product.mul_(probs)
    label = batch.labels[where].clamp(0, probs.shape[1] - 1).long()[:, None]
    own = batch.label_numbers[where][:, None]
    slope = slopes[1].index_select(0, own.flatten()).view_as(own)
    slope *= probs.gather(1, label)
    if batch.entropy_scale is not None:
        slope -= batch.entropy_scale[where][:, None]
    total = product.scatter_(1, label, slope).sum(1, keepdim=True)
    if batch.options.per_image:
        losses[images] += total.sum((1, 2), dtype=torch.float64)
    else:
        losses += total.sum(dtype=torch.float64)
    probs.mul_(-total).add_(product)


def _count(batch: Batch) -> tuple[Tensor, Tensor]:
    """Put the errors into bins, and count.

    Returns:
        Number of the pixels labelled with each class, and of the other valid
        pixels, in the bins of their errors, (G, C, K), int64.
    """
    every = batch.rows.new_zeros(batch.size, dtype=torch.int64)
    ruler = fit_ruler(batch)
    classes = batch.probs.shape[1]
    for where in batch.blocks():
        label, is_class = class_labels(
            batch.labels[where], classes, batch.options.ignore_index
        )
        fill_bins(batch, where, ruler, label, is_class)
        numbers = batch.numbers(where)
        every += count_ids(numbers.flatten(), batch.size)
        own = numbers.gather(1, label[:, None])[:, 0]
        own += (~is_class).int().mul_(batch.size)
        batch.label_numbers[where] = own
    every[:: batch.options.bins] = 0  # void
    own = count_ids(batch.label_numbers.flatten(), 2 * batch.size)
    own = own[: batch.size]
    every -= own
    shape = (-1, classes, batch.options.bins)
    return own.view(shape), every.view(shape)
