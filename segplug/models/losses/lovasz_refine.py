"""Exact weights in the bins whose order matters most.

In a class of a few pixels each of the largest errors has a large weight, which
changes from one error to the next, so that two that share a bin show in the
gradient. ``docs/lovasz.md`` tells how much.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from .lovasz_bins import Counts, sets_above
from .lovasz_blocks import Batch, Bins
from .lovasz_slopes import Slopes, marks, most_marked

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
    count, most = batch.options.bins, most_marked(groups, classes)
    index, found = _places(bins.marked, most)
    image, pixel = index // size, index % size
    probs = logits[image, :, pixel].double().softmax(-1)  # M × C
    # That of a pixel that is not found may be void, and NaN.
    probs = torch.where(found[:, None], probs, 0)
    channel = torch.arange(classes, device=image.device)
    rows = channel + image[:, None] * (classes if groups > 1 else 0)
    numbers = bins.numbers[image, :, pixel] + (2 * rows + 1) * count
    marked = marks(slopes.values.flatten()[numbers]) * found[:, None]

    # From here on, pairs of a pixel and a class.
    index, found = _places(marked, most)
    number, prob = (x.flatten()[index] for x in (numbers, probs))
    row, own = number // (2 * count), number // count % 2 == 1
    error = torch.where(own, 1 - prob, prob)
    above = _above(slopes.counts, row, number % count)
    bin_ = torch.where(found, row * count + number % count, -1)
    weight = _weights(error, own, bin_, *above)
    weight *= slopes.factors.flatten()[row]
    sign = torch.where(own, -1.0, 1.0).double()
    change = sign * weight - slopes.values.flatten()[number]
    change = torch.where(found, change, 0)
    group = torch.arange(groups, device=row.device)[:, None]
    terms = torch.where(row // classes == group, error * sign * change, 0)
    losses += terms.sum(1)

    # Those that are not found add 0, all to the same number.
    update = torch.zeros_like(probs)
    update.view(-1).scatter_add_(0, index, change)
    update *= probs
    update -= probs * update.sum(1, keepdim=True)
    place = (image[:, None] * classes + channel) * size + pixel[:, None]
    update = update.to(batch.probs.dtype)
    batch.probs.view(-1).index_add_(0, place.flatten(), update.flatten())


def _places(flags: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Find where flags are set, without waiting for the device.

    Args:
        flags: 0 or 1, any shape of N elements, integer; of them at most
            ``most`` 1.
        most: How many places are returned, or N if that is less.

    Returns:
        Places in the flattened flags, (M,), int64, and whether there are so
        many, (M,), bool.
    """
    size = flags.numel()
    lines = pad(flags.flatten(), (0, -size % _LINE)).view(-1, _LINE)
    count = lines.sum(1, dtype=torch.int32).cumsum(0, dtype=torch.int32)
    wanted = torch.arange(min(most, size), device=flags.device) + 1
    found = wanted <= count[-1]
    line = torch.searchsorted(count, wanted).clamp_(max=len(lines) - 1)
    inside = lines[line].cumsum(1, dtype=torch.int32)
    rest = wanted - count[line] + inside[:, -1]
    place = line * _LINE + (inside < rest[:, None]).sum(1)
    return place.clamp_(max=size - 1), found


def _above(counts: Tensor, row: Tensor, bin_: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the sizes of the intersection and of the union above bins.

    Args:
        counts: Numbers of pixels in the bins of other classes and of those
            labelled, G × C × 2·K, int32.
        row: Rows of the bins, of G · C, (M,), int64.
        bin_: From 0 to K − 1, (M,), int64.

    Returns:
        Both, (M,), float64.
    """
    sums = counts.flatten(0, 1).unflatten(1, (2, -1))
    sums = sums.cumsum(-1, dtype=torch.int32)
    outer, inner = sums[row, :, bin_].double().unbind(1)
    background, foreground = sums[row, :, -1].double().unbind(1)
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
        error: Errors, (M,), float64.
        own: Whether each is of a pixel labelled with the class, (M,), bool.
        bin_: Numbers of their bins, different in each row, (M,), int64. Of
            each bin all pixels are here.
        intersection: Size of the intersection above the bins, (M,), float64.
        union: That of the union, the same.

    Returns:
        Weights, (M,), float64.
    """
    order = error.argsort(descending=True, stable=True)
    order = order[bin_[order].argsort(stable=True)]
    error, bin_ = error[order], bin_[order]
    first = bin_.diff(prepend=bin_[:1] - 1) != 0
    new = first | (error.diff(prepend=error[:1]) != 0)  # errors that are equal
    run = new.cumsum(0) - 1
    place = torch.arange(len(run), device=run.device)
    start, run_start = (
        torch.where(x, place, 0).cummax(0).values for x in (first, new)
    )
    inside, above = [], []  # how many are in the run, and in the bin above it
    for kind in (own[order].long(), (~own[order]).long()):
        number = torch.zeros_like(kind).scatter_add_(0, run, kind)
        inside.append(number[run].double())
        before = kind.cumsum(0) - kind
        above.append(before[run_start] - before[start])
    runs = Counts(
        *inside, intersection[order] - above[0], union[order] + above[1]
    )
    weights = torch.where(own[order], *runs.weights())
    return torch.empty_like(weights).scatter_(0, order, weights)
