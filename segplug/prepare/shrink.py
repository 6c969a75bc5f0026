"""Reduce images and labels in size, exactly and the same everywhere.

Both see the same areas: an output pixel covers H/h × W/w input pixels, some
of them in part where that is no whole number. All sums are of integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

Size = tuple[int, int]  # height and width in px
LabelsBy = Literal['majority', 'nearest']


def shrink_image(pixels: np.ndarray, size: Size) -> np.ndarray:
    """Average an image over areas, rounding half up.

    Args:
        pixels: uint8 array of shape (H, W, C).
        size: Height and width of the result in px.

    Returns:
        uint8 array of shape (h, w, C).
    """
    area = pixels.shape[0] * pixels.shape[1]
    factors = _whole_factors(pixels.shape, size)
    if factors is None:
        planes = np.moveaxis(pixels, 2, 0)
        sums = np.stack([area_sums(plane, size) for plane in planes], 2)
    else:
        area //= size[0] * size[1]
        sums = _block_sums(pixels, factors)
    return ((2 * sums + area) // (2 * area)).astype(np.uint8)


def shrink_label(
    label: np.ndarray, size: Size, *, by: LabelsBy = 'majority'
) -> np.ndarray:
    """Reduce a label to its most frequent or its central values.

    Args:
        label: uint8 array of shape (H, W).
        size: Height and width of the result in px.
        by: ``'majority'``: the value that covers most of the area. Among
            several that cover the same, the one at the centre wins, else the
            lowest. Ignored pixels vote like all others. ``'nearest'``: the
            value at the centre of the area; of an even number of pixels the
            one right of and below the middle.

    Returns:
        uint8 array of shape (h, w).
    """
    centre = label[np.ix_(*map(_centres, label.shape, size))]
    if by == 'nearest':
        return centre
    factors = _whole_factors(label.shape, size)
    votes = (
        _area_votes(label, size)
        if factors is None
        else _block_votes(label, factors)
    )
    best = np.zeros(size, np.int64)
    for value, count in votes:
        # One number to compare: coverage first, then the centre, then the
        # lower value.
        rank = (count << 9) | ((value == centre) << 8) | (255 - value)
        np.maximum(best, rank, out=best)
    return (255 - (best & 255)).astype(np.uint8)


def area_sums(values: np.ndarray, size: Size) -> np.ndarray:
    """Sum values over areas, pixels weighted by how much of them is inside.

    Args:
        values: Integers of shape (H, W).
        size: Height h and width w of the result in px.

    Returns:
        int64 array of shape (h, w); a pixel that is wholly inside has the
        weight h·w, so the weights of an area add up to H·W.
    """
    rows = _sums(values.astype(np.int64), size[0])
    return _sums(rows.T, size[1]).T


def _sums(values: np.ndarray, count: int) -> np.ndarray:
    """Sum ``count`` equal stretches of the first axis, times ``count``."""
    length = len(values)
    whole, rest = np.divmod(np.arange(count + 1) * length, count)
    total = np.zeros((length + 1, values.shape[1]), np.int64)
    np.cumsum(values, axis=0, out=total[1:])
    upto = total[whole] * count
    upto += rest[:, None] * values[np.minimum(whole, length - 1)]
    return np.diff(upto, axis=0)


def _block_sums(pixels: np.ndarray, factors: Size) -> np.ndarray:
    height, width = factors
    places = [
        pixels[y::height, x::width]
        for y in range(height)
        for x in range(width)
    ]
    sums = np.zeros(places[0].shape, np.uint32)
    for place in places:
        sums += place
    return sums


def _area_votes(
    label: np.ndarray, size: Size
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for value in np.unique(label).astype(np.int64):
        yield value, area_sums(label == value, size)


def _block_votes(
    label: np.ndarray, factors: Size
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each place in a block: its values and how many places agree.

    Comparing all places with each other takes a hundredth of the time of
    counting class by class.
    """
    (fy, fx), (height, width) = factors, label.shape
    blocks = label.reshape(height // fy, fy, width // fx, fx)
    places = blocks.transpose(1, 3, 0, 2).reshape(fy * fx, height // fy, -1)
    places = np.ascontiguousarray(places)
    kind = np.uint8 if len(places) < 256 else np.int32
    counts = np.ones(places.shape, kind)
    for i, place in enumerate(places):
        for j in range(i):
            same = place == places[j]
            counts[i] += same
            counts[j] += same
    for place, count in zip(places, counts):
        yield place.astype(np.int64), count.astype(np.int64)


def _whole_factors(shape: tuple[int, ...], size: Size) -> Size | None:
    if shape[0] % size[0] or shape[1] % size[1]:
        return None
    return shape[0] // size[0], shape[1] // size[1]


def _centres(length: int, count: int) -> np.ndarray:
    return (2 * np.arange(count) + 1) * length // (2 * count)
