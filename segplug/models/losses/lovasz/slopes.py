"""Slopes of the loss in the probabilities, from counts of the bins.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import torch
from torch import Tensor

from .blocks import Options, bits
from .ruler import Ruler
from .sorted import class_coefficients

Fill = Callable[[Tensor, Ruler, Tensor, Tensor, Tensor], None]

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
        fill: Fill,
    ) -> Slopes:
        """Compute the slopes, and mark the bins whose order matters most.

        Adds to the losses what does not depend on p: with g the weights, the
        sum of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on
        background.

        Args:
            counts: Of :func:`.torch_backend.count_bins`.
            ruler: Of the bins.
            chosen: Which classes may count, (C,), bool.
            class_weight: Factor of each class's loss, (C,), float.
            dtype: Type of the slopes.
            options: Whether classes without a pixel count.
            losses: (G,), float64.
            fill: Fills in the slopes, see :func:`.torch_backend.fill`.
        """
        own = counts[..., options.bins :]
        counted = (own > 0).any(-1) | (not options.only_present)
        factors = class_coefficients(counted & chosen, class_weight)
        values = torch.empty_like(counts, dtype=dtype)
        error = torch.empty_like(own, dtype=torch.float32)
        fill(counts, ruler, factors, values, error)
        marked = _worst(counts, error)
        del error
        bits(values).unflatten(-1, (2, -1)).bitwise_or_(marked[:, :, None])
        # What is rounded is added, so that a perfect prediction's terms
        # cancel.
        slopes = values[..., options.bins :].double()
        losses -= (slopes * own).sum((1, 2))
        return cls(factors, values, counts)


def relative(factors: Tensor) -> Tensor:
    """Return factors relative to the greatest of a group, G × C.

    Errors have these, so that those of small factors are no zeros.
    """
    return factors / factors.amax(1, keepdim=True).clamp_min(1e-300)


def _worst(counts: Tensor, error: Tensor) -> Tensor:
    """Choose bins with the greatest error for each pixel in them.

    They are taken in this order until one does not fit in. Bins that have no
    room are left out then, and so on with the others.

    Args:
        counts: Of :func:`.torch_backend.count_bins`.
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
    bins = _greatest(error, min(most // 2, error.shape[1]))
    error, size = error.gather(1, bins), size.gather(1, bins)
    size = torch.where(error > 0, size, most + 1)
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


def _greatest(values: Tensor, count: int) -> Tensor:
    """Return where the greatest values are, of equal ones the first.

    On CUDA ``topk`` promises no order of equal ones.

    Args:
        values: Not negative, (G, N), float32.
        count: How many are wanted.

    Returns:
        Places, by descending value, (G, count), int64.
    """
    size = values.shape[1]
    last = torch.arange(size - 1, -1, -1, device=values.device)
    keys = bits(values).long().bitwise_left_shift_(32).add_(last)
    return size - 1 - (keys.topk(count).values & 0xFFFFFFFF)


def marks(values: Tensor) -> Tensor:
    """Return the last bits of floats, int8."""
    return (bits(values) & 1).to(torch.int8)
