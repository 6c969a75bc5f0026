"""Exact weights in the bins whose order matters most.

In a class of a few pixels each of the largest errors has a large weight, which
changes from one error to the next, so that two that share a bin show in the
gradient. ``docs/lovasz.md`` tells how much.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from .bins import Counts, sets_above
from .blocks import Batch, Bins
from .slopes import Slopes, marks, most_marked

_LINE = 32  # flags that are added up before they are looked at


def refine(
    batch: Batch, bins: Bins, logits: Tensor, slopes: Slopes, losses: Tensor
) -> None:
    """Give the pixels of marked bins their exact weights.

    Adds what these change to the losses and to the gradient.

    Args:
        batch: The pixels, with the gradient, B × C × N, as ``probs``.
        bins: Their bins.
        logits: B × C × N, float.
        slopes: The slopes that the gradient is made with.
        losses: (G,), float64.
    """
    (groups, classes), size = batch.tables, batch.probs.shape[-1]
    count, most = batch.options.bins, most_marked(classes)
    index, found = _places(bins.marked.view(groups, -1), most)  # G × M
    start = torch.arange(groups, device=index.device)[:, None]
    # Only one of these is not 0 if there is more than one group.
    image, pixel = index // size + start, index % size
    probs = logits[image, :, pixel].double().softmax(-1)  # G × M × C
    # That of a pixel that is not found may be void, and NaN.
    probs = torch.where(found[..., None], probs, 0)
    channel = torch.arange(classes, device=index.device)
    rows = channel + start[..., None] * classes
    numbers = bins.numbers[image, :, pixel] + (2 * rows + 1) * count
    marked = marks(slopes.values.flatten()[numbers]) * found[..., None]

    # From here on, pairs of a pixel and a class.
    index, found = _places(marked.flatten(1), most)
    number, prob = (x.flatten(1).gather(1, index) for x in (numbers, probs))
    row, own = number // (2 * count), number // count % 2 == 1
    error = torch.where(own, 1 - prob, prob)
    above = _above(slopes.counts, row, number % count)
    bin_ = torch.where(found, row * count + number % count, -1)
    weight = _weights(error, own, bin_, *above)
    weight *= slopes.factors.flatten()[row]
    sign = torch.where(own, -1.0, 1.0).double()
    change = sign * weight - slopes.values.flatten()[number]
    change = torch.where(found, change, 0)
    losses += (error * sign * change).sum(1)

    # Those that are not found add 0, all to the same number.
    update = torch.zeros_like(probs)
    update.flatten(1).scatter_add_(1, index, change)
    update *= probs
    update -= probs * update.sum(-1, keepdim=True)
    place = (image[..., None] * classes + channel) * size + pixel[..., None]
    update = update.to(batch.probs.dtype)
    batch.probs.view(-1).index_add_(0, place.flatten(), update.flatten())


def _places(flags: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Find where flags are set, without waiting for the device.

    Args:
        flags: 0 or 1, G × N, integer.
        most: How many places M are looked for; N if that is less.

    Returns:
        Places, ascending, (G, M), int64, and whether there are so many,
        (G, M), bool.
    """
    groups, size = flags.shape
    lines = pad(flags, (0, -size % _LINE)).unflatten(1, (-1, _LINE))
    count = lines.sum(2, dtype=torch.int32).cumsum(1, dtype=torch.int32)
    wanted = torch.arange(min(most, size), device=flags.device) + 1
    wanted = wanted.int().repeat(groups, 1)
    found = wanted <= count[:, -1:]
    line = torch.searchsorted(count, wanted).clamp_(max=count.shape[1] - 1)
    group = torch.arange(groups, device=flags.device)[:, None]
    inside = lines[group, line].cumsum(2, dtype=torch.int32)
    rest = wanted - count.gather(1, line) + inside[..., -1]
    place = line * _LINE + (inside < rest[..., None]).sum(2)
    return place.clamp_(max=size - 1), found


def _above(counts: Tensor, row: Tensor, bin_: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the sizes of the intersection and of the union above bins.

    Args:
        counts: Numbers of pixels in the bins of other classes and of those
            labelled, G × C × 2·K, int32.
        row: Rows of the bins, of G · C, (G, M), int64.
        bin_: From 0 to K − 1, (G, M), int64.

    Returns:
        Both, (G, M), float64.
    """
    sums = counts.flatten(0, 1).unflatten(1, (2, -1))
    sums = sums.cumsum(-1, dtype=torch.int32)
    outer, inner = sums[row, :, bin_].double().unbind(-1)
    background, foreground = sums[row, :, -1].double().unbind(-1)
    return sets_above(inner, outer, foreground, background)


def _weights(
    error: Tensor,
    own: Tensor,
    bin_: Tensor,
    intersection: Tensor,
    union: Tensor,
) -> Tensor:
    """Compute the weights of errors, those that are equal having the mean.

    Args:
        error: Errors, (G, M), float64.
        own: Whether each is of a pixel labelled with the class, (G, M), bool.
        bin_: Numbers of their bins, different in each row, (G, M), int64. Of
            each bin all pixels are here.
        intersection: Size of the intersection above each bin, (G, M), float64.
        union: That of the union, the same.

    Returns:
        Weights, (G, M), float64.
    """
    order = error.argsort(descending=True, stable=True)
    order = order.gather(1, bin_.gather(1, order).argsort(stable=True))
    error, own, bin_, intersection, union = (
        x.gather(1, order) for x in (error, own, bin_, intersection, union)
    )
    first = bin_.diff(prepend=bin_[:, :1] - 1) != 0
    new = first | (error.diff(prepend=error[:, :1]) != 0)
    run = new.cumsum(1) - 1  # of errors that are equal, in the same bin
    place = torch.arange(run.shape[1], device=run.device)
    start, run_start = (
        torch.where(x, place, 0).cummax(1).values for x in (first, new)
    )
    inside, above = [], []  # how many are in the run, and in the bin above it
    for kind in (own.long(), (~own).long()):
        number = torch.zeros_like(kind).scatter_add_(1, run, kind)
        inside.append(number.gather(1, run).double())
        before = kind.cumsum(1) - kind
        above.append(before.gather(1, run_start) - before.gather(1, start))
    runs = Counts(*inside, intersection - above[0], union + above[1])
    weights = torch.where(own, *runs.weights())
    return torch.empty_like(weights).scatter_(1, order, weights)
