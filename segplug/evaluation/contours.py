"""How rough the outlines of regions are, and into how many parts they fall."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from .borders import CORNERS, SIDES, VOID

#: Lengths are whole numbers of this fraction of a pixel, so that sums over
#: images do not depend on their order.
LENGTH_UNIT = 1 / 1024
_HOLE = 4 * round(2**0.5 / LENGTH_UNIT)  # length around a single pixel


class Outline(NamedTuple):
    """Measures of the regions of one class in one image.

    Attributes:
        length: Length of their contours, in :data:`LENGTH_UNIT` pixels.
        smooth: Length of the same contours after smoothing.
        parts: Number of 8-connected regions.
    """

    length: int
    smooth: int
    parts: int


def outlines(
    labels: np.ndarray, classes: Iterable[int], smoothing: int
) -> dict[int, Outline]:
    """Measure the outlines of the regions of some classes.

    A contour is the closed chain of 8-connected pixels around a region, or
    around a hole in it. Its smoothed version replaces each point with the
    mean over the ``smoothing`` points on either side, but never over more
    than half of a contour, so specks do not shrink to points. Nobody drew
    the edge of the image or of void areas, so steps whose smoothing meets a
    pixel that touches either are left out of both lengths.

    Args:
        labels: Label map, shape (H, W), uint8.
        classes: Classes to measure; each must occur in the map.
        smoothing: Points on either side, at least 1.

    Returns:
        Measures by class.
    """
    free = _free(labels)
    labels, holes, specks = _without_specks(labels, free)
    found = {c: _contours(labels, c) for c in classes}
    chains = [chain for chains, _ in found.values() for chain in chains]
    sums = np.zeros((2, len(chains) + 1), np.int64)
    if chains:
        sums[:, 1:] = _lengths(chains, free, smoothing).cumsum(1)
    ends = np.cumsum([0, *(len(own) for own, _ in found.values())])
    plain, smooth = np.diff(sums[:, ends]) + holes[list(found)] * _HOLE
    parts = [own + int(specks[c]) for c, (_, own) in found.items()]
    rows = zip(found, plain.tolist(), smooth.tolist(), parts)
    return {c: Outline(*measures) for c, *measures in rows}


def _free(labels: np.ndarray) -> np.ndarray:
    """Mark the pixels away from void and from the edge of the image."""
    blocked = (labels == VOID).view(np.uint8)
    padded = cv2.copyMakeBorder(
        blocked, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1
    )
    near = cv2.dilate(padded, np.ones((3, 3), np.uint8))
    return near[1:-1, 1:-1] == 0


def _without_specks(
    labels: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take out single pixels, of which noise has thousands.

    Their contours are known. A pixel that touches none of its class has one
    without length. The hole it makes, where its four neighbours are of one
    class, has four diagonal steps, too few to be smoothed; filling it alters
    no other contour, for contours step from neighbour to neighbour past it.

    Returns:
        The map with holes filled and other specks void; holes by class, and
        specks by class, each of shape (256,).
    """
    speck = _alone(labels)
    sides = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)
    around = cv2.dilate(labels, sides)
    hole = around == cv2.erode(labels, sides)
    hole &= cv2.erode(free.view(np.uint8), sides).view(bool)
    where = np.flatnonzero(speck)
    own = labels.reshape(-1)[where]
    hole = hole.reshape(-1)[where]
    inside = around.reshape(-1)[where]
    filled = labels.copy()
    filled.reshape(-1)[where] = np.where(hole, inside, VOID)
    holes = np.bincount(inside[hole], minlength=256)
    return filled, holes, np.bincount(own, minlength=256)


def _alone(labels: np.ndarray) -> np.ndarray:
    """Mark the pixels none of whose eight neighbours has their label."""
    touching = np.zeros(labels.shape, bool)
    for first, second in SIDES + CORNERS:
        same = labels[first] == labels[second]
        touching[first] |= same
        touching[second] |= same
    return ~touching


def _contours(labels: np.ndarray, c: int) -> tuple[list[np.ndarray], int]:
    """Return the contours of one class and its number of regions."""
    mask = (labels == c).view(np.uint8)
    chains, tree = cv2.findContours(
        mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    if tree is None:
        return [], 0
    outer = tree.reshape(-1, 4)[:, 3] < 0
    return list(chains), int(outer.sum())


def _lengths(
    chains: list[np.ndarray], free: np.ndarray, smoothing: int
) -> np.ndarray:
    """Return plain and smoothed length of each chain, shape (2, chains)."""
    sizes = np.fromiter(map(len, chains), np.int64, len(chains))
    first = np.cumsum(sizes) - sizes
    xy = np.concatenate(chains).reshape(-1, 2)
    windows = _Windows.around(sizes, smoothing)
    following = np.arange(1, len(xy) + 1)
    following[first + sizes - 1] = first
    open_ = windows.sums(~free[xy[:, 1], xy[:, 0]]) == 0
    counted = open_ & open_[following]
    points = xy[:, 0] + 1j * xy[:, 1]
    lines = np.stack([points, windows.sums(points) / windows.widths])
    steps = lines[:, following] - lines
    units = np.sqrt(steps.real**2 + steps.imag**2) * counted / LENGTH_UNIT
    return np.add.reduceat(np.rint(units).astype(np.int64), first, axis=1)


class _Windows(NamedTuple):
    """Windows around the points of closed chains that lie in a row.

    Each chain is continued past both ends by its own points, so that a sum
    over a window is a difference of two running sums.

    Attributes:
        place: Points of the continued chains.
        low: Start of the window of each point, among the continued chains.
        widths: Number of points in the window of each point.
    """

    place: np.ndarray
    low: np.ndarray
    widths: np.ndarray

    @classmethod
    def around(cls, sizes: np.ndarray, reach: int) -> _Windows:
        pads = np.clip((sizes // 2 - 1) // 2, 0, reach)
        longer = sizes + 2 * pads
        start = np.cumsum(sizes) - sizes
        shift = start - (np.cumsum(longer) - longer)
        place = np.arange(longer.sum()) + np.repeat(shift - pads, longer)
        first, size = np.repeat(start, longer), np.repeat(sizes, longer)
        place += size * (place < first)
        place -= size * (place >= first + size)
        low = np.arange(sizes.sum()) - np.repeat(shift, sizes)
        return cls(place, low, np.repeat(2 * pads + 1, sizes))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Add up the values of the points in each window."""
        running = np.concatenate([[0], np.cumsum(values[self.place])])
        return running[self.low + self.widths] - running[self.low]
