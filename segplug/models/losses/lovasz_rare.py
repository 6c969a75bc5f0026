"""Exact weights for the largest errors of the rarest classes.

In a class of a few pixels each of the largest errors has a large weight, which
changes from one error to the next, so that two that share a bin show in the
gradient. ``docs/lovasz.md`` tells how much.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from .lovasz_bins import bin_weights
from .lovasz_blocks import Batch

_CLASSES = 4  # of a group
_ERRORS = 512  # of a class
_PARTS = 16  # of an image, in which the largest errors are looked for


class _Errors(NamedTuple):
    """The largest errors of classes, G × S × M."""

    images: Tensor
    pixels: Tensor
    own: Tensor  # whether the pixel is labelled with the class
    used: Tensor  # whether all errors that share its bin are here
    slopes: Tensor  # numbers of the slopes of their bins


def refine(
    batch: Batch,
    logits: Tensor,
    sizes: Tensor,
    factors: Tensor,
    slopes: Tensor,
    losses: Tensor,
) -> None:
    """Give the exact weights to the largest errors of the rarest classes.

    Adds what they change to the losses and to the gradient. Errors of bins
    that are not among the largest as a whole keep those of their bins.

    Args:
        batch: The pixels, with the gradient, B × C × N, as ``probs``.
        logits: B × C × N, float.
        sizes: Number of the pixels labelled with each class, (G, C), int64.
        factors: Factors of the classes' losses, (G, C), float.
        slopes: Of :func:`~.lovasz_slopes.slopes_by_bin`.
        losses: (G,), float64.
    """
    counts = (sizes > 0) & (factors != 0)
    most = torch.iinfo(sizes.dtype).max
    order = sizes.masked_fill(~counts, most).sort(dim=1, stable=True).indices
    classes = order[:, :_CLASSES]
    found = _largest(batch, classes, counts.gather(1, classes))
    column = classes[:, :, None, None].expand(*found.own.shape, 1)
    probs = logits[found.images, :, found.pixels].double().softmax(-1)
    probs = torch.where(found.used[..., None], probs, 0)  # void may be NaN
    prob = probs.gather(-1, column)[..., 0]
    sign = torch.where(found.own, -1.0, 1.0).double()
    errors = torch.where(found.own, 1 - prob, prob)
    weights = _weights(errors, found, sizes.gather(1, classes))
    weights *= factors.gather(1, classes)[..., None]
    change = weights * sign - slopes[found.slopes]
    change.masked_fill_(~found.used, 0)
    losses += (errors * sign * change).sum((1, 2))
    change *= prob
    update = probs.mul_(-change[..., None])
    update.scatter_add_(-1, column, change[..., None])
    update = update.to(batch.probs.dtype)
    # One class after the other, as a pixel may be found in several: a sum
    # of floats in no certain order would not be deterministic.
    parts = (x.unbind(1) for x in (found.images, found.pixels, update))
    for images, pixels, term in zip(*parts):
        batch.probs[images, :, pixels] += term


def _largest(batch: Batch, classes: Tensor, counts: Tensor) -> _Errors:
    """Find the largest errors by the numbers of their bins.

    Args:
        batch: The pixels.
        classes: Classes of each group, (G, S).
        counts: Whether they count, (G, S), bool.
    """
    images, _, pixels = batch.bins.shape
    groups = len(classes)
    bins = batch.options.bins
    image = torch.arange(images, device=classes.device).view(groups, -1)
    # One class after the other, which needs less memory.
    found = [
        _most(batch.bins[image, column].flatten(1), bins)
        for column in classes.split(1, 1)
    ]
    rank, place = (torch.stack(some, 1) for some in zip(*found))
    image = place // pixels + image[:, :1, None]
    pixel = place % pixels
    label = batch.labels[image, pixel]
    own = label == classes[..., None]
    used = counts[..., None].expand_as(own)
    if place.shape[-1] < pixels * (images // groups):
        used = used & (rank > rank[..., -1:])
    if batch.options.ignore_index is not None:
        used = used & (label != batch.options.ignore_index)
    row = batch.rows.view(groups, -1).gather(1, classes)[..., None]
    slopes = rank + torch.where(own, bins, 0) + row * (2 * bins)
    return _Errors(image, pixel, own, used, slopes)


def _most(numbers: Tensor, bins: int) -> tuple[Tensor, Tensor]:
    """Find the numbers of the largest errors.

    Args:
        numbers: Numbers of bins, from −``bins`` on for other classes, from 0
            on for those labelled, (…, N), int16.
        bins: How many bins each of both kinds has.

    Returns:
        Numbers from 0 on of both kinds, and their places, (…, M), int64. If M
        is less than N, which numbers equal to the least are among them is
        not certain.
    """
    size, half = numbers.shape[-1], bins // 2
    # In [−half, half), so that it fits the type.
    ranks = (numbers >> 15).bitwise_or_(1).mul_(-half).add_(numbers)
    width = -(-size // _PARTS)
    if size % _PARTS:
        ranks = pad(ranks, (0, width * _PARTS - size), value=-half - 1)
    # The largest are in columns of which the greatest is among the largest.
    greatest = ranks.unflatten(-1, (_PARTS, width)).amax(-2)
    column = greatest.topk(min(_ERRORS, width)).indices
    starts = torch.arange(_PARTS, device=column.device)[:, None] * width
    places = (column[..., None, :] + starts).flatten(-2)
    rank, chosen = ranks.gather(-1, places).topk(min(_ERRORS, size))
    return rank.long() + half, places.gather(-1, chosen)


def _weights(errors: Tensor, found: _Errors, sizes: Tensor) -> Tensor:
    """Compute the weights of errors, those that are equal having the mean.

    Args:
        errors: Errors of the found pixels, (G, S, M), float64.
        found: The pixels.
        sizes: Numbers of pixels of the classes, (G, S), int64.

    Returns:
        Weights, (G, S, M), float64.
    """
    own, used = found.own, found.used
    ordered, order = errors.masked_fill(~used, -1).sort(-1)
    start = torch.full_like(ordered[..., :1], -1)
    run = ordered.diff(dim=-1, prepend=start).ne(0).cumsum(-1)
    run = torch.empty_like(run).scatter_(-1, order, run)
    # The first bin holds all other errors, which are smaller.
    empty = run.new_zeros(*run.shape[:-1], run.shape[-1] + 1)
    foreground = empty.scatter_add(-1, run, (own & used).long())
    background = empty.scatter_add(-1, run, (~own & used).long())
    foreground[..., 0] += sizes - foreground.sum(-1)
    fg, bg = bin_weights(foreground, background)
    return torch.where(own, fg.gather(-1, run), bg.gather(-1, run))
