"""Passes over the probabilities and the bins by PyTorch's operations."""

from __future__ import annotations

from torch import Tensor

from .bins import Counts
from .blocks import Batch, Bins, Block, bits, block_size
from .counting import Passes
from .own import Entropy
from .ruler import Ruler
from .slopes import marks, relative


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


def fill(
    counts: Tensor,
    ruler: Ruler,
    factors: Tensor,
    values: Tensor,
    error: Tensor,
) -> None:
    """Fill in the slopes, and the error of these.

    Args:
        counts: Of :func:`.torch_backend.count_bins`, G × C × 2·K.
        ruler: Of the bins.
        factors: Factors of the classes' losses, G × C.
        values: Becomes the slopes, rounded so that their last bits are 0,
            G × C × 2·K. Those of empty bins mean nothing, but are finite.
        error: Becomes the squared error of the gradient if the order of the
            pixels in a bin is not known, G × C × K, but for a factor of each
            group.
    """
    share = relative(factors)[..., None]
    for part in _parts(error):
        scale = ruler.steepness(part, error.shape[-1]).mul_(share[:, part])
        tables = counts[:, part], values[:, part], error[:, part]
        _fill(*tables, factors[:, part, None], scale)


def _parts(table: Tensor) -> list[slice]:
    """Cut the classes of a table, G × C × K, into parts handled at once."""
    groups, classes, bins = table.shape
    # A number here takes as much memory as two in a block of pixels, and
    # there are some more temporaries.
    step = max(1, block_size(table) // (8 * groups * bins))
    return [slice(c, c + step) for c in range(0, classes, step)]


def _fill(
    counts: Tensor,
    values: Tensor,
    error: Tensor,
    factor: Tensor,
    scale: Tensor,
) -> None:
    """Fill in those of c classes.

    Args:
        counts: G × c × 2·K.
        values: G × c × 2·K.
        error: G × c × K.
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


PASSES = Passes(count_bins, fill, differentiate)
