"""Errors of the labels' classes, and the cross-entropy, which is of them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .blocks import Batch, Block
from .ruler import Cells


class Entropy(NamedTuple):
    """Cross-entropy that is computed with the loss."""

    weight: Tensor  # factor for a pixel of each class, (C,)
    scale: Tensor  # factor for each pixel, B × N


def count_own(
    batch: Batch, cells: Cells, entropy: Entropy | None, losses: Tensor
) -> Tensor:
    """Fill in the places of the labels' classes, and count their cells.

    A label that is void or no class has the place of the probability of some
    class, that of void being the least.

    Args:
        batch: The pixels.
        cells: The cells.
        entropy: Makes logarithms of the probabilities into probabilities,
            adds the cross-entropy to the losses and fills in the pixels'
            factors. None for no cross-entropy.
        losses: (G,), float64.

    Returns:
        Number of pixels in the cells of both sets, (G, C, 2 · cells), int32.
    """
    size = 2 * cells.count
    counts = batch.own.new_zeros(*batch.tables, size)
    table = counts.flatten(1)[:, None]  # one row for all classes
    for where in batch.blocks(classes=1):
        label = batch.labels_of(where)
        is_class = label == batch.labels[where]
        if batch.valid is not None:
            is_class &= batch.valid[where]
        probs = batch.probs_of(where)
        own = probs.gather(1, label[:, None])[:, 0]
        if entropy is not None:
            _add_entropy(batch, where, entropy, own, label, is_class, losses)
            probs.exp_()
            own.exp_()
        batch.clear(own[:, None], where)
        places = cells.places(torch.where(is_class, 1 - own, own))
        places.add_(is_class, alpha=cells.width)
        batch.own[where] = places
        numbers = cells.numbers(places).add_(label, alpha=size)
        batch.count(table, where, numbers[:, None])
    return counts


def _add_entropy(
    batch: Batch,
    where: Block,
    entropy: Entropy,
    log_probs: Tensor,
    label: Tensor,
    is_class: Tensor,
    losses: Tensor,
) -> None:
    """Add the entropy of a block to the losses, and fill in its factors."""
    scale = entropy.weight.index_select(0, label.flatten()).view_as(label)
    scale *= is_class
    entropy.scale[where] = scale
    # where: that of void may be infinite. The gradient's part of the entropy
    # takes off the scale, which is therefore added.
    terms = torch.where(is_class, scale - scale * log_probs, 0)
    batch.add(losses, where, terms)
