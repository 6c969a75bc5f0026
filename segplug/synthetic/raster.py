"""Anti-aliased coverage masks of simple shapes, cropped to the image.

Coordinates are continuous image pixels ``(x, y)`` with x to the right, y
downward and pixel centres at whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

import cv2
import numpy as np

_SUBPIXEL_BITS = 4
_SAMPLES = 4  # Per pixel and axis; OpenCV's own anti-aliasing widens shapes.
_FAR = 1 << 20  # px; keeps fixed-point vertices far from int32 overflow
_ANGLES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
UNIT_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@dataclass(frozen=True)
class Patch:
    """Coverage of a shape inside a window of the image.

    Attributes:
        top: First image row of the window.
        left: First image column of the window.
        coverage: ``HxW`` float32 in [0, 1], the covered share of each pixel.
    """

    top: int
    left: int
    coverage: np.ndarray

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the image that the patch covers."""
        height, width = self.coverage.shape
        return (
            slice(self.top, self.top + height),
            slice(self.left, self.left + width),
        )

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Return x as ``1xW`` and y as ``Hx1`` float32 image coordinates."""
        height, width = self.coverage.shape
        x = np.arange(self.left, self.left + width, dtype=np.float32)
        y = np.arange(self.top, self.top + height, dtype=np.float32)
        return x[None, :], y[:, None]


def empty_patch(
    shape: tuple[int, int], points: np.ndarray, margin: float = 1.0
) -> Optional[Patch]:
    """Return a zero patch over the bounding box of points, or None outside.

    Args:
        shape: Height and width of the image.
        points: ``Nx2`` coordinates that the patch must contain.
        margin: Pixels added on every side.
    """
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    left, top = (int(min(max(v - margin, 0), _FAR)) for v in low)
    right = int(min(math.ceil(high[0] + margin) + 1, shape[1]))
    bottom = int(min(math.ceil(high[1] + margin) + 1, shape[0]))
    if right <= left or bottom <= top:
        return None
    size = (bottom - top, right - left)
    return Patch(top, left, np.zeros(size, np.float32))


def fill(
    shape: tuple[int, int], polygons: Iterable[np.ndarray], convex: bool
) -> Optional[Patch]:
    """Rasterise the union of polygons.

    Args:
        shape: Height and width of the image.
        polygons: ``Nx2`` vertex arrays.
        convex: Fill the convex hull of each vertex set instead of the
            polygon itself.

    Returns:
        The coverage, or None when nothing lies inside the image.
    """
    polygons = [np.asarray(p, np.float32) for p in polygons]
    every = polygons[0] if len(polygons) == 1 else np.concatenate(polygons)
    patch = empty_patch(shape, every)
    if patch is None:
        return None
    height, width = patch.coverage.shape
    mask = np.zeros((_SAMPLES * height, _SAMPLES * width), np.uint8)
    origin = np.array([patch.left, patch.top], np.float32)
    draw = cv2.fillConvexPoly if convex else _fill_any
    for polygon in polygons:
        if convex:
            polygon = cv2.convexHull(polygon)[:, 0]
        points = (polygon - origin + 0.5) * _SAMPLES - 0.5
        points = np.minimum(np.maximum(points, -_FAR), _FAR)
        points = np.rint(points * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        draw(mask, points, 255, cv2.LINE_8, _SUBPIXEL_BITS)
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    coverage = small.astype(np.float32) / 255
    return Patch(patch.top, patch.left, coverage)


def polygon(shape: tuple[int, int], corners: np.ndarray) -> Optional[Patch]:
    """Rasterise one polygon of few corners, as :func:`fill` but quicker.

    Args:
        shape: Height and width of the image.
        corners: ``Nx2`` vertices.

    Returns:
        The coverage, or None when nothing lies inside the image.
    """
    points = corners.tolist()
    xs, ys = zip(*points)
    left, top = max(int(min(xs)) - 1, 0), max(int(min(ys)) - 1, 0)
    right = min(int(max(xs)) + 3, shape[1])
    bottom = min(int(max(ys)) + 3, shape[0])
    if right <= left or bottom <= top:
        return None
    unit = _SAMPLES << _SUBPIXEL_BITS
    x0, y0 = left * unit, top * unit
    shift = (unit - (1 << _SUBPIXEL_BITS)) / 2
    most = _FAR << _SUBPIXEL_BITS
    fixed = [
        (
            round(min(max(x * unit - x0 + shift, -most), most)),
            round(min(max(y * unit - y0 + shift, -most), most)),
        )
        for x, y in points
    ]
    size = (bottom - top, right - left)
    mask = np.zeros((_SAMPLES * size[0], _SAMPLES * size[1]), np.uint8)
    vertices = np.array(fixed, np.int32)
    cv2.fillPoly(mask, [vertices], 255, cv2.LINE_8, _SUBPIXEL_BITS)
    small = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA)
    return Patch(top, left, small * np.float32(1 / 255))


def _fill_any(
    mask: np.ndarray, points: np.ndarray, value: int, line: int, shift: int
) -> None:
    cv2.fillPoly(mask, [points], value, line, shift)


def sweep(shape: tuple[int, int], rings: np.ndarray) -> Optional[Patch]:
    """Rasterise the hulls of consecutive rings, a swept silhouette.

    Args:
        shape: Height and width of the image.
        rings: ``KxMx2`` points, K outlines of M points in order.

    Returns:
        The coverage, or None when nothing lies inside the image.
    """
    if len(rings) == 1:
        return fill(shape, rings, convex=True)
    pairs = (np.concatenate(rings[i : i + 2]) for i in range(len(rings) - 1))
    return fill(shape, pairs, convex=True)


def circles(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Return ``Kx16x2`` outline points of K circles."""
    return centres[:, None] + np.asarray(radii)[:, None, None] * UNIT_CIRCLE


def tube(
    shape: tuple[int, int], centres: np.ndarray, radii: np.ndarray
) -> Optional[Patch]:
    """Rasterise a chain of tapered capsules with round ends.

    Args:
        shape: Height and width of the image.
        centres: ``Kx2`` points of the centre line.
        radii: K half-widths in pixels.
    """
    return sweep(shape, circles(np.asarray(centres, np.float64), radii))


def box(
    shape: tuple[int, int], left: float, top: float, right: float, low: float
) -> Optional[Patch]:
    """Rasterise an axis-aligned rectangle given by its edges in pixels."""
    corners = [[left, top], [right, top], [right, low], [left, low]]
    return fill(shape, [np.array(corners)], convex=True)


def ellipse(
    shape: tuple[int, int], centre: np.ndarray, axes: np.ndarray
) -> Optional[Patch]:
    """Rasterise an ellipse.

    Args:
        shape: Height and width of the image.
        centre: ``(x, y)`` in pixels.
        axes: ``2x2`` matrix that maps the unit circle to the outline.
    """
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return fill(shape, [centre + circle @ np.asarray(axes).T], convex=True)
