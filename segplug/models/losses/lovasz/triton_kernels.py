"""Triton kernels of the Lovász-Softmax loss by counting.

Each handles tiles of all classes by some pixels of an image, and computes the
probabilities anew from the logits: reading them once more costs less than
keeping what follows from them. ``docs/lovasz.md`` derives the method;
:mod:`.triton_backend` launches them.

In all of them N is the number of pixels of an image, and a tile is
``BLOCK_C`` × ``BLOCK_N``, both powers of 2.
"""

# Triton reads the annotation of a constant itself, so it must be no string.
# ruff: noqa: ANN001, ANN201, ANN202

import triton
import triton.language as tl


@triton.jit
def _tile(classes, pixels, BLOCK_C: tl.constexpr, BLOCK_N: tl.constexpr):
    """Return image, classes (c × 1), pixels (1 × n), and which exist."""
    image = tl.program_id(1).to(tl.int64)
    pixel = (tl.program_id(0) * BLOCK_N + tl.arange(0, BLOCK_N))[None, :]
    index = tl.arange(0, BLOCK_C)[:, None]
    return image, index, pixel, pixel < pixels, index < classes


@triton.jit
def _logits(logits, image, index, pixel, inside, real, classes, pixels):
    """Read a tile of logits, with −∞ for classes that do not exist."""
    where = (image * classes + index) * pixels + pixel
    x = tl.load(logits + where, mask=inside & real, other=0.0)
    return tl.where(real, x.to(tl.float32), float('-inf'))


@triton.jit
def _labels(
    labels, at, inside, classes, ignore_index, HAS_IGNORE: tl.constexpr
):
    """Return indices of classes, whether they are the labels, and valid."""
    label = tl.load(labels + at, mask=inside, other=0).to(tl.int64)
    index = tl.minimum(tl.maximum(label, 0), classes - 1)
    valid = inside
    if HAS_IGNORE:
        valid = valid & (label != ignore_index)
    return index.to(tl.int32), (label == index) & valid, valid


@triton.jit
def _probs(x, greatest, total, at, inside, valid):
    """Return probabilities from logits; that of void is 0."""
    most = tl.load(greatest + at, mask=inside, other=0.0)
    whole = tl.load(total + at, mask=inside, other=1.0)
    return tl.where(valid, tl.div_rn(tl.exp(x - most), whole), 0.0)


@triton.jit
def _places(errors, least, most):
    """Return the places of errors in the first set."""
    # A quotient that is rounded up to more than 1 has no negative odds.
    odds = tl.div_rn(errors, tl.maximum(1 - errors, 0.0))
    bits = odds.to(tl.int32, bitcast=True)
    return tl.minimum(tl.maximum(bits, least), most) - least


@triton.jit
def _row(index, image, classes, PER_IMAGE: tl.constexpr):
    """Return the rows of classes in tables, int64 if each image has some."""
    row = index
    if PER_IMAGE:
        row += image * classes
    return row


@triton.jit
def count_own(
    logits,
    labels,
    weight,
    greatest,
    total,
    own,
    scale,
    cells,
    sums,
    classes,
    pixels,
    ignore_index,
    count,
    shift,
    least,
    most,
    HAS_IGNORE: tl.constexpr,
    HAS_ENTROPY: tl.constexpr,
    PER_IMAGE: tl.constexpr,
    BLOCK_C: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Prepare the softmax; place and count the labels' classes.

    Writes for each pixel the greatest logit, the sum of the exponentials, the
    place of the error of the label's class and, with entropy, its factor. Adds
    to the cells of the labels' classes, and writes each tile's cross-entropy
    (B × tiles, float64).
    """
    image, index, pixel, inside, real = _tile(
        classes, pixels, BLOCK_C, BLOCK_N
    )
    at = image * pixels + pixel
    x = _logits(logits, image, index, pixel, inside, real, classes, pixels)
    peak = tl.max(x, 0)[None, :]
    whole = tl.sum(tl.exp(x - peak), 0)[None, :]
    tl.store(greatest + at, peak, mask=inside)
    tl.store(total + at, whole, mask=inside)

    label, is_class, valid = _labels(
        labels, at, inside, classes, ignore_index, HAS_IGNORE
    )
    x_own = tl.sum(tl.where(index == label, x, 0.0), 0)[None, :] - peak
    p = tl.where(valid, tl.div_rn(tl.exp(x_own), whole), 0.0)
    place = _places(tl.where(is_class, 1 - p, p), least, most)
    place += tl.where(is_class, count << shift, 0)
    tl.store(own + at, place, mask=inside)

    row = _row(label, image, classes, PER_IMAGE)
    number = (place >> shift) + row * 2 * count
    tl.atomic_add(cells + number, 1, mask=is_class, sem='relaxed')

    if HAS_ENTROPY:
        factor = tl.load(weight + label, mask=is_class, other=0.0)
        tl.store(scale + at, factor, mask=inside)
        log_p = x_own - tl.log(whole)
        # where: that of void may be infinite.
        term = tl.where(is_class, factor - factor * log_p, 0.0)
        part = tl.program_id(1) * tl.num_programs(0) + tl.program_id(0)
        tl.store(sums + part, tl.sum(term.to(tl.float64)))


@triton.jit
def count_bins(
    logits,
    labels,
    greatest,
    total,
    own,
    marks,
    bins,
    counts,
    classes,
    pixels,
    ignore_index,
    count,
    shift,
    least,
    most,
    number_of_bins,
    HAS_IGNORE: tl.constexpr,
    PER_IMAGE: tl.constexpr,
    BLOCK_C: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Put the errors into bins, and count those that are not void.

    Errors in the first bin of a class, many of them in a well trained
    network, are added up before they are counted, so that they do not queue
    for one number in memory.
    """
    image, index, pixel, inside, real = _tile(
        classes, pixels, BLOCK_C, BLOCK_N
    )
    at = image * pixels + pixel
    label, _, valid = _labels(
        labels, at, inside, classes, ignore_index, HAS_IGNORE
    )
    x = _logits(logits, image, index, pixel, inside, real, classes, pixels)
    places = _places(
        _probs(x, greatest, total, at, inside, valid), least, most
    )
    place = tl.load(own + at, mask=inside, other=0)
    places = tl.where(index == label, place, places)

    row = _row(index, image, classes, PER_IMAGE)
    tile = inside & real
    numbers = (places >> shift) + row * 2 * count
    mark = tl.load(marks + numbers, mask=tile, other=0)
    inside = (1 << shift) - 1
    found = ((places & (inside - 1)) * (mark & inside) + mark) >> shift
    where = (image * classes + index) * pixels + pixel
    tl.store(bins + where, found.to(tl.int16), mask=tile)

    start = row * 2 * number_of_bins
    counted = tile & valid
    first = counted & (found == -number_of_bins)
    firsts = tl.sum(first.to(tl.int32), 1)[:, None]
    tl.atomic_add(counts + start, firsts, mask=firsts > 0, sem='relaxed')
    tl.atomic_add(
        counts + start + number_of_bins + found,
        1,
        mask=counted & (found != -number_of_bins),
        sem='relaxed',
    )


@triton.jit
def differentiate(
    logits,
    labels,
    greatest,
    total,
    scale,
    bins,
    slopes,
    gradient,
    marked,
    sums,
    classes,
    pixels,
    ignore_index,
    number_of_bins,
    HAS_IGNORE: tl.constexpr,
    HAS_ENTROPY: tl.constexpr,
    PER_IMAGE: tl.constexpr,
    BLOCK_C: tl.constexpr,
    BLOCK_N: tl.constexpr,
):
    """Write the gradient, and each tile's part of the loss.

    With s the slopes, the gradient of a pixel's logits is p·(s − Σ p·s), the
    sum over the classes, which is also the pixel's part of the loss
    (B × tiles, float64). Writes which pixels are in marked bins, too.
    """
    image, index, pixel, inside, real = _tile(
        classes, pixels, BLOCK_C, BLOCK_N
    )
    at = image * pixels + pixel
    label, _, valid = _labels(
        labels, at, inside, classes, ignore_index, HAS_IGNORE
    )
    x = _logits(logits, image, index, pixel, inside, real, classes, pixels)
    p = _probs(x, greatest, total, at, inside, valid)

    row = _row(index, image, classes, PER_IMAGE)
    tile = inside & real
    where = (image * classes + index) * pixels + pixel
    number = tl.load(bins + where, mask=tile, other=0).to(tl.int32)
    number += (2 * row + 1) * number_of_bins
    slope = tl.load(slopes + number, mask=tile, other=0.0)
    mark = slope.to(tl.int32, bitcast=True) & valid
    tl.store(marked + at, tl.max(mark, 0)[None, :].to(tl.int8), mask=inside)
    product = p * slope
    if HAS_ENTROPY:
        factor = tl.load(scale + at, mask=inside, other=0.0)
        product -= tl.where(index == label, factor, 0.0)
    sum_ = tl.sum(product, 0)[None, :]
    tl.store(gradient + where, product - p * sum_, mask=tile)
    # That of pixels that do not exist is 0.
    part = tl.program_id(1) * tl.num_programs(0) + tl.program_id(0)
    tl.store(sums + part, tl.sum(sum_.to(tl.float64)))
