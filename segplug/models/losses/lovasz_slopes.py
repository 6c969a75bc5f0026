"""From bins to the slopes of the loss, and from these to the gradient.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from .lovasz import class_coefficients
from .lovasz_bins import Counts
from .lovasz_blocks import (
    Batch,
    Bins,
    Block,
    Options,
    bits,
    block_size,
)
from .lovasz_own import Entropy
from .lovasz_ruler import Ruler

_ROUNDS = 3  # in which bins are looked for that fit in


def most_marked(classes: int) -> int:
    """Return how many pixels of a group are in marked bins, at most.

    A pixel is taken once for each of its bins that is marked.
    """
    return max(2048, 128 * classes)


class Slopes(NamedTuple):
    """Slopes of a group's loss in the probabilities, one for each bin."""

    factors: Tensor  # factors of the classes' losses, G × C
    # Of pixels of other classes in the first K bins, of those labelled with
    # the class in the other K, G × C × 2·K.
    values: Tensor  # the last bits are marks
    counts: Tensor  # how many pixels have each, int32

    @classmethod
    def of(
        cls,
        counts: Tensor,
        ruler: Ruler,
        chosen: Tensor,
        class_weight: Tensor | None,
        dtype: torch.dtype,
        options: Options,
        losses: Tensor,
    ) -> Slopes:
        """Compute the slopes, and mark the bins whose order matters most.

        Adds to the losses what does not depend on p: with g the weights, the
        sum of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on
        background.

        Args:
            counts: Of :func:`count_bins`.
            ruler: Of the bins.
            chosen: Which classes may count, (C,), bool.
            class_weight: Factor of each class's loss, (C,), float.
            dtype: Type of the slopes.
            options: Whether classes without a pixel count.
            losses: (G,), float64.
        """
        own = counts[..., options.bins :]
        counted = (own > 0).any(-1) | (not options.only_present)
        factors = class_coefficients(counted & chosen, class_weight)
        values = torch.empty_like(counts, dtype=dtype)
        error = torch.empty_like(own, dtype=torch.float32)
        greatest = factors.amax(1, keepdim=True).clamp_min(1e-300)
        for part in _parts(own):
            # Errors relative to others, so that small weights are no zeros.
            scale = ruler.steepness(part, options.bins)
            scale *= (factors / greatest)[:, part, None]
            tables = counts[:, part], values[:, part], error[:, part]
            _fill(*tables, factors[:, part, None], scale)
        marked = _worst(counts, error)
        del error
        bits(values).unflatten(-1, (2, -1)).bitwise_or_(marked[:, :, None])
        # What is rounded is added, so that a perfect prediction's terms
        # cancel.
        slopes = values[..., options.bins :].double()
        losses -= (slopes * own).sum((1, 2))
        return cls(factors, values, counts)


def _parts(counts: Tensor) -> list[slice]:
    """Cut the classes of a table, G × C × K, into parts handled at once."""
    groups, classes, bins = counts.shape
    # A number here takes as much memory as two in a block of pixels, and
    # there are some more temporaries.
    step = max(1, block_size(counts.device) // (8 * groups * bins))
    return [slice(c, c + step) for c in range(0, classes, step)]


def _fill(
    counts: Tensor,
    values: Tensor,
    error: Tensor,
    factor: Tensor,
    scale: Tensor,
) -> None:
    """Fill in the slopes of some classes c, and the error of these.

    Args:
        counts: Of :func:`count_bins`, G × c × 2·K.
        values: Becomes the slopes, rounded so that their last bits are 0,
            G × c × 2·K.
        error: Becomes the squared error of the gradient if the order of the
            pixels in a bin is not known, G × c × K.
        factor: Factors of the classes' losses, G × c × 1.
        scale: Of the gradient in each bin, G × c × K.
    """
    others, own = counts.chunk(2, -1)
    bins = Counts.of(own, others)
    others, own = values.chunk(2, -1)
    fg, bg = bins.weights()
    others.copy_(bg.mul_(factor))
    own.copy_(fg.mul_(-factor))
    number = bits(values)
    number += number >> 1 & 1  # those that end with 11 up, with 01 down
    number &= -2
    error.copy_(bins.disorder().mul_(scale.square_()))


def _worst(counts: Tensor, error: Tensor) -> Tensor:
    """Choose bins with the greatest error for each pixel in them.

    They are taken in this order until one does not fit in. Bins that have no
    room are left out then, and so on with the others.

    Args:
        counts: Of :func:`count_bins`.
        error: Squared errors of the bins, G × C × K. Become those for each
            pixel.

    Returns:
        Whether a bin is chosen, G × C × K, bool. The chosen bins of a group
        have at most :func:`most_marked` pixels together.
    """
    most = most_marked(error.shape[1])
    others, own = counts.chunk(2, -1)
    size = others + own
    error.div_(size).masked_fill_((size < 2) | (size > most), 0)
    error, size = error.flatten(1), size.flatten(1)
    error, bins = error.topk(min(most // 2, error.shape[1]))
    size = torch.where(error > 0, size.gather(1, bins), most + 1)
    room = size.new_full((len(size), 1), most)
    chosen = torch.zeros_like(size, dtype=torch.bool)
    for _ in range(_ROUNDS):
        wanted = torch.where(chosen | (size > room), 0, size)
        taken = (wanted > 0) & (wanted.cumsum(1) <= room)
        room = room - (wanted * taken).sum(1, keepdim=True)
        chosen |= taken
    result = torch.zeros_like(others, dtype=torch.bool)
    result.flatten(1).scatter_(1, bins, chosen)
    return result


def marks(values: Tensor) -> Tensor:
    """Return the last bits of floats, int8."""
    return (bits(values) & 1).to(torch.int8)


def count_bins(batch: Batch, ruler: Ruler) -> tuple[Bins, Tensor]:
    """Put the errors into bins, and count those that are not void.

    Returns:
        The bins; and the number of pixels of other classes, and of those
        labelled with each class, in them, (G, C, 2·K), int32.
    """
    bins, size = Bins.like(batch.probs, batch.labels), batch.options.bins
    counts = batch.own.new_zeros(*batch.tables, 2 * size)
    for where in batch.blocks():
        images, pixels = where
        numbers = ruler.bins(batch, where)
        bins.numbers[images, :, pixels] = numbers
        batch.count(counts, where, numbers.add_(size).long())
        del numbers  # before the next block's
    if batch.valid is not None:
        void = (~batch.valid).view(len(counts), -1).sum(1, dtype=torch.int32)
        counts[..., 0] -= void[:, None]
    return bins, counts


def differentiate(
    batch: Batch,
    bins: Bins,
    where: Block,
    slopes: Tensor,
    entropy: Entropy | None,
    losses: Tensor,
) -> None:
    """Add p times the slopes to the losses, put the gradient in p's place.

    With s the slopes, the gradient of a pixel's logits is p·s − p·Σ p·s, the
    sum over the classes; cross-entropy with factor w takes w off from p·s of
    the pixel's class. Fills in which pixels are in marked bins, too.

    Args:
        batch: The pixels.
        bins: Their bins.
        where: The block that is handled.
        slopes: Values of :class:`Slopes`.
        entropy: Cross-entropy that is to be added.
        losses: (G,), float64.
    """
    images, pixels = where
    probs = batch.probs_of(where)
    numbers = bins.numbers[images, :, pixels].long().add_(batch.options.bins)
    product = batch.look_up(slopes, where, numbers)
    del numbers  # before the next temporary
    marked = marks(product).amax(1)
    if batch.valid is not None:
        marked *= batch.valid[where]
    bins.marked[where] = marked
    product *= probs
    if entropy is not None:
        label = batch.labels_of(where)[:, None]
        own = product.gather(1, label).sub_(entropy.scale[where][:, None])
        product.scatter_(1, label, own)
    total = product.sum(1, keepdim=True)
    batch.add(losses, where, total[:, 0])
    probs.mul_(total.neg_()).add_(product)
