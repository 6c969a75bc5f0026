"""Loops over pixels of the Lovász-Softmax loss, compiled by Numba.

``docs/lovasz.md`` derives the method; :mod:`.numba_backend` starts them. They
do not check bounds. Loops that are kept apart use a processor's wide
registers, those that look up or count cannot.
"""

from __future__ import annotations

import functools

import numpy as np
from numba import njit

_WIDTH = 1024  # pixels whose numbers are in a CPU's nearest cache at once

# Types are given so that all is compiled here, not by the first of several
# threads that comes to it.
_compile = functools.partial(njit, nogil=True, error_model='numpy')


@_compile(
    'void(float32[:, :, ::1], int64[:, ::1], int32[:, ::1],'
    ' int32[:, :, ::1], int16[:, :, ::1], boolean[:, ::1], int32[:, ::1],'
    ' UniTuple(int64, 3), UniTuple(int64, 2), int64, int64,'
    ' UniTuple(int64, 2))'
)
def count_bins(
    probs: np.ndarray,
    labels: np.ndarray,
    own: np.ndarray,
    marks: np.ndarray,
    numbers: np.ndarray,
    valid: np.ndarray,
    tables: np.ndarray,
    cells: tuple[int, int, int],
    images: tuple[int, int],
    group: int,
    channel: int,
    part: tuple[int, int],
) -> None:
    """Put the errors of some classes into bins, and count them.

    Args:
        probs: B × C × N, float32; that of void becomes 0.
        labels: B × N, int64.
        own: Places of the errors of the labels' classes, B × N, int32.
        marks: Of a :class:`.Ruler`, G × C × (2 · cells), int32.
        numbers: Becomes the bins, B × C × N, int16.
        valid: Which pixels count, B × N, bool; none for all.
        tables: To these are added the numbers of pixels in the bins, c × 2·K,
            int32.
        cells: Their shift, least and most.
        images: The first image, and that after the last.
        group: Their group.
        channel: The first of the c classes.
        part: The first pixel of each image, and that after the last.
    """
    shift, least, most = np.int32(cells[0]), np.int32(cells[1]), cells[2]
    inside = np.int32((1 << shift) - 1)
    even = np.int32(inside - 1)
    one, first = np.float32(1), np.int32(tables.shape[1] // 2)
    odds = np.empty(_WIDTH, np.float32)
    place = odds.view(np.int32)
    # Neighbours, most of which have the same bin, are counted in turn in two
    # tables, as each addition would wait for the one before.
    other = np.empty(tables.shape[1], np.int32)
    for c in range(channel, channel + len(tables)):
        mark, table = marks[group, c], tables[c - channel]
        other[:] = 0
        for image in range(images[0], images[1]):
            for begin in range(part[0], part[1], _WIDTH):
                size = min(_WIDTH, part[1] - begin)
                here = slice(begin, begin + size)
                prob, label = probs[image, c, here], labels[image, here]
                number, is_own = numbers[image, c, here], own[image, here]
                if valid.size:
                    count = valid[image, here]
                    for i in range(size):
                        prob[i] = prob[i] if count[i] else np.float32(0)
                for i in range(size):
                    odds[i] = prob[i] / (one - prob[i])
                for i in range(size):
                    place[i] = (
                        min(max(place[i], least), np.int32(most)) - least
                    )
                for i in range(size):
                    place[i] = is_own[i] if label[i] == c else place[i]
                for i in range(size):
                    found = mark[np.uint32(place[i] >> shift)]
                    moved = (place[i] & even) * (found & inside) + found
                    place[i] = moved >> shift
                for i in range(size):
                    number[i] = place[i]
                for i in range(size):
                    place[i] += first
                for i in range(0, size - 1, 2):
                    table[np.uint32(place[i])] += 1
                    other[np.uint32(place[i + 1])] += 1
                if size % 2:
                    table[np.uint32(place[size - 1])] += 1
        for i in range(len(other)):
            table[i] += other[i]


@_compile(
    'void(int32[:, :, ::1], int32[:, :, ::1], float64[::1],'
    ' float64[:, ::1], float64[:, ::1], float32[:, :, ::1],'
    ' float32[:, :, ::1], int64, int64, UniTuple(int64, 2))'
)
def fill(
    counts: np.ndarray,
    marks: np.ndarray,
    steepness: np.ndarray,
    factors: np.ndarray,
    relative: np.ndarray,
    values: np.ndarray,
    error: np.ndarray,
    shift: int,
    group: int,
    channels: tuple[int, int],
) -> None:
    """Fill in the slopes of some classes, and their error.

    The terms are those of :class:`.Counts`.

    Args:
        counts: Number of pixels in the bins, G × C × 2·K, int32.
        marks: Of a :class:`.Ruler`, G × C × (2 · cells), int32.
        steepness: m·(1 − m) of an error m in each cell, (cells,), float64.
        factors: Factors of the classes' losses, G × C, float64.
        relative: These, relative to the greatest of a group.
        values: Becomes the slopes, G × C × 2·K, float32; 0 where there is no
            pixel.
        error: Becomes their error, G × C × K, float32.
        shift: Of the cells.
        group: The group.
        channels: The first class, and that after the last.
    """
    size, cells = error.shape[2], len(steepness)
    for c in range(channels[0], channels[1]):
        others, own = counts[group, c, :size], counts[group, c, size:]
        value, wrong = values[group, c], error[group, c]
        mark, factor = marks[group, c, cells:], factors[group, c]
        foreground, background = own.sum(), others.sum()
        trace = 1e-9 if foreground == 0 else 0.0
        # Integers are kept apart, as a trace is lost beside large ones.
        intersection, whole = trace, float(foreground + background)
        for cell in range(cells):
            scale = steepness[cell] * relative[group, c]
            first = mark[cell] >> shift
            stop = mark[cell + 1] >> shift if cell + 1 < cells else size
            for k in range(first, stop):
                f, b = float(own[k]), float(others[k])
                value[k] = value[size + k] = wrong[k] = 0
                intersection += f
                whole -= b
                union = whole + trace
                if f + b == 0:
                    continue
                inverse = 1 / ((union + b) * union)
                rise = (intersection * b + f * union) * inverse
                if f > 0:
                    fg = np.log1p(b / union) / b if b > 0 else 1 / union
                    value[size + k] = -fg * factor
                    rise -= f * fg
                if b > 0:
                    value[k] = rise / b * factor
                change = 2 * intersection * union * inverse * b + f
                square = (change * change * b + b * b * f) * inverse * inverse
                wrong[k] = square * scale * scale
        number = value.view(np.int32)
        for i in range(len(number)):
            number[i] = (number[i] + (number[i] >> 1 & 1)) & -2


@_compile(
    'void(float32[:, :, ::1], int64[:, ::1], int16[:, :, ::1],'
    ' int8[:, ::1], float32[:, :, ::1], boolean[:, ::1],'
    ' float32[:, ::1], float64[::1], UniTuple(int64, 2), boolean,'
    ' UniTuple(int64, 2))'
)
def differentiate(
    probs: np.ndarray,
    labels: np.ndarray,
    numbers: np.ndarray,
    marked: np.ndarray,
    slopes: np.ndarray,
    valid: np.ndarray,
    scale: np.ndarray,
    sums: np.ndarray,
    images: tuple[int, int],
    per_image: bool,
    part: tuple[int, int],
) -> None:
    """Put the gradient of some pixels in the place of their probabilities.

    Args:
        probs: B × C × N, float32.
        labels: B × N, int64.
        numbers: Bins, B × C × N, int16.
        marked: Becomes which pixels are in a marked bin, B × N, int8.
        slopes: Values of :class:`.Slopes`, G × C × 2·K, float32.
        valid: Which pixels count, B × N, bool; none for all.
        scale: Factors of the pixels' cross-entropies, B × N, float32; none
            for no cross-entropy.
        sums: Become those of the products of probabilities and slopes, (B,),
            float64.
        images: The first image, and that after the last.
        per_image: Whether each is a group.
        part: The first pixel of each image, and that after the last.
    """
    classes, first = slopes.shape[1], np.int32(slopes.shape[2] // 2)
    product = np.empty((classes, _WIDTH), np.float32)
    total, flag = np.empty(_WIDTH, np.float32), np.empty(_WIDTH, np.int32)
    for image in range(images[0], images[1]):
        group = image if per_image else 0
        loss = 0.0
        for begin in range(part[0], part[1], _WIDTH):
            size = min(_WIDTH, part[1] - begin)
            here = slice(begin, begin + size)
            label, mark = labels[image, here], marked[image, here]
            flag[:] = 0
            for c in range(classes):
                slope, number = slopes[group, c], numbers[image, c, here]
                prob, row = probs[image, c, here], product[c]
                for i in range(size):
                    row[i] = slope[np.uint32(np.int32(number[i]) + first)]
                bits = row.view(np.int32)
                for i in range(size):
                    flag[i] |= bits[i]
                for i in range(size):
                    row[i] *= prob[i]
            for i in range(size):
                mark[i] = flag[i] & 1
            if valid.size:
                count = valid[image, here]
                for i in range(size):
                    mark[i] &= count[i]
            if scale.size:
                factor = scale[image, here]
                for i in range(size):
                    c = min(max(label[i], 0), classes - 1)
                    product[c, i] -= factor[i]
            total[:] = 0
            for c in range(classes):
                row = product[c]
                for i in range(size):
                    total[i] += row[i]
            for i in range(size):
                loss += total[i]
            for c in range(classes):
                prob, row = probs[image, c, here], product[c]
                for i in range(size):
                    prob[i] = row[i] - prob[i] * total[i]
        sums[image] = loss
