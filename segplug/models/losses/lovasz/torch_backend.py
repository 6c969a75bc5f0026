"""The Lovász-Softmax loss and its gradient, by PyTorch's operations.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import torch
from torch import Tensor

from .blocks import Batch, Bins, Block, Options
from .own import Entropy, count_own
from .refine import refine
from .ruler import Cells, Ruler, Sample, fit_ruler
from .slopes import Fill, Slopes, fill, marks
from .sorted import precise


def count_bins(batch: Batch, ruler: Ruler, bins: Bins, counts: Tensor) -> None:
    """Put the errors into bins, and count those of all pixels.

    Args:
        batch: The pixels.
        ruler: Tells the bins.
        bins: Becomes those of the errors, void being in the first.
        counts: To these are added the numbers of pixels of other classes, and
            of those labelled with each class, in the bins, G × C × 2·K, int32.
    """
    for where in batch.blocks():
        images, pixels = where
        numbers = ruler.bins(batch, where)
        bins.numbers[images, :, pixels] = numbers
        numbers.add_(batch.options.bins)
        batch.count(counts, where, numbers.long())
        del numbers  # before the next block's


def differentiate(
    batch: Batch,
    bins: Bins,
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
        slopes: Values of :class:`.Slopes`.
        entropy: Cross-entropy that is to be added.
        losses: (G,), float64.
    """
    for where in batch.blocks():
        _differentiate(batch, bins, where, slopes, entropy, losses)


def _differentiate(
    batch: Batch,
    bins: Bins,
    where: Block,
    slopes: Tensor,
    entropy: Entropy | None,
    losses: Tensor,
) -> None:
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


class Passes(NamedTuple):
    """Functions that do what those of these names do here."""

    count_bins: Callable[[Batch, Ruler, Bins, Tensor], None] = count_bins
    fill: Fill = fill
    differentiate: Callable[
        [Batch, Bins, Tensor, Entropy | None, Tensor], None
    ] = differentiate


PASSES = Passes()


def loss_and_gradient(
    logits: Tensor,
    labels: Tensor,
    chosen: Tensor,
    class_weight: Tensor | None,
    entropy_weight: Tensor | None,
    options: Options,
    losses: Tensor,
    passes: Passes = PASSES,
) -> Tensor:
    """Add the losses of the groups, (G,), and return their gradient.

    Args:
        logits: B × C × N, float.
        labels: Class ids, B × N, int64.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        entropy_weight: Factor of the cross-entropy of a pixel of each class,
            (C,), float; None for no cross-entropy.
        options: What does not change from step to step.
        losses: (G,), float64.
        passes: What takes most of the time.

    Returns:
        Gradient, B × C × N, made in the place of the probabilities.
    """
    entropy, normalize = None, torch.softmax
    if entropy_weight is not None:
        dtype = precise(logits.dtype)
        scale = torch.empty_like(labels, dtype=dtype)
        entropy = Entropy(entropy_weight.to(dtype), scale)
        normalize = torch.log_softmax
    probs = normalize(logits, 1, dtype=precise(logits.dtype)).contiguous()
    own = torch.empty_like(labels, dtype=torch.int32)
    batch = Batch.of(probs, labels, own, options)
    cells = Cells.of(options.bins)
    in_cells = count_own(batch, cells, entropy, losses)
    sample = Sample.of(labels, options.per_image)
    some = Batch.of(*map(sample.take, (probs, labels, own)), options)
    ruler = fit_ruler(some, sample.step, in_cells, cells)
    del in_cells, sample, some  # and their memory
    bins = Bins.like(probs, labels)
    counts = own.new_zeros(*batch.tables, 2 * options.bins)
    passes.count_bins(batch, ruler, bins, counts)
    if batch.valid is not None:
        void = (~batch.valid).view(len(counts), -1).sum(1, dtype=torch.int32)
        counts[..., 0] -= void[:, None]
    slopes = Slopes.of(
        counts,
        ruler,
        chosen,
        class_weight,
        probs.dtype,
        options,
        losses,
        passes.fill,
    )
    passes.differentiate(batch, bins, slopes.values, entropy, losses)
    refine(batch, bins, logits, slopes, losses)
    return probs
