"""Count, for one image, what the border scores are made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from .borders import VOID, dilate_bits, edges, inner_band
from .contours import outlines
from .options import MetricOptionError

_OUTLINE = ('length', 'smooth', 'parts', 'images')
_BITS = 8  # narrow bit sets stay in the processor's cache
_EXACT_FLOAT32 = 1 << 24
_MAX_WIDTHS = 31  # eight codes for each ring must fit 8 bits


@dataclass(frozen=True)
class BorderOptions:
    """Sizes that define the border scores.

    Sizes below 1 are fractions of the image's diagonal, others are pixels.

    Attributes:
        band: Width of the band of Boundary IoU; rounded to whole pixels, at
            least 1. Cheng et al. use 0.02.
        tolerance: Distance within which an edge pixel counts as found.
            0.0075 is that of Csurka et al. (BMVC 2013).
        trimap: Widths in pixels of the bands around true borders.
        smoothing: Pixels of contour on either side that are averaged to
            smooth it.
    """

    band: float = 0.02
    tolerance: float = 0.0075
    trimap: tuple[int, ...] = (1, 2, 4, 8)
    smoothing: int = 5

    def __post_init__(self) -> None:
        """Check the ranges."""
        sizes = (self.band, self.tolerance, self.smoothing, *self.trimap)
        if not (
            0 < len(self.trimap) <= _MAX_WIDTHS
            and all(isinstance(size, (int, float)) for size in sizes)
            and all(0 < size < math.inf for size in sizes)
            and isinstance(self.smoothing, int)
        ):
            raise MetricOptionError(
                f'{self}: all sizes must be positive numbers, smoothing a '
                f'whole one, and trimap must name 1 to {_MAX_WIDTHS} widths.'
            )
        object.__setattr__(self, 'trimap', tuple(sorted(self.trimap)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers that are counted per class."""
        bands = ['band', *(f'near{width}' for width in self.trimap)]
        return (
            *(f'{b}_{k}' for b in bands for k in ('both', 'truth', 'pred')),
            *(f'edge_{k}{h}' for k in ('pred', 'truth') for h in ('', '_hit')),
            *(f'{m}_{k}' for k in ('pred', 'truth') for m in _OUTLINE),
        )


def count_borders(
    pred: np.ndarray,
    label: np.ndarray,
    num_classes: int,
    options: BorderOptions,
) -> np.ndarray:
    """Count one image's pixels, edges and outlines near borders.

    Args:
        pred: Class ids, shape (H, W), uint8; ``num_classes`` stands for a
            prediction that is none of the classes.
        label: True ids, shape (H, W), uint8, ``VOID`` where unknown; there
            predictions are void as well.
        num_classes: Number of classes C, at most 254.
        options: Sizes.

    Returns:
        Shape (C, len(options.columns)), int64. Lengths are in
        :data:`~segplug.evaluation.contours.LENGTH_UNIT` pixels.

    Raises:
        MetricOptionError: If there are too many classes.
    """
    if num_classes >= VOID:
        raise MetricOptionError(
            f'Border scores handle at most {VOID - 1} classes, not '
            f'{num_classes}.'
        )
    pred = pred | -(label == VOID).view(np.uint8)  # 255 where void
    reach = max(1.0, _pixels(options.tolerance, label.shape))
    made, true = edges(pred), edges(label)
    ends = (_EdgePixels.of(pred, made), _EdgePixels.of(label, true))
    bands = _bands(pred, label, true, options)
    occur = [np.flatnonzero(n[:num_classes]).tolist() for n in bands[:2]]
    parts = [
        *bands[2:],
        *_edges(*ends, reach),
        *_outlines(pred, occur[0], options.smoothing),
        *_outlines(label, occur[1], options.smoothing),
    ]
    return np.stack(parts, 1)[:num_classes]


def _pixels(size: float, shape: tuple[int, ...]) -> float:
    return size * float(np.hypot(*shape)) if size < 1 else size


def _bands(
    pred: np.ndarray,
    label: np.ndarray,
    edge: np.ndarray,
    options: BorderOptions,
) -> list[np.ndarray]:
    """Count pixels per class, in all and in the bands near borders.

    What a pixel is part of is written into one small code, so that a single
    two-dimensional histogram counts everything.

    Returns:
        Arrays of shape (256,): all pixels by prediction and by truth, then
        both, truth and prediction for each band as in the columns.
    """
    width = max(1, round(_pixels(options.band, label.shape)))
    true, made = inner_band(label, width), inner_band(pred, width)
    near = [dilate_bits(edge.view(np.uint8), w**2) for w in options.trimap]
    rings = len(near) + 1
    ring = np.uint8(len(near)) - sum(near)  # 0 in the narrowest band
    right = pred == label
    code = ring + np.uint8(rings) * (right + 2 * true.view(np.uint8))
    code += np.uint8(4 * rings) * (true & made & right)
    by_truth = _histogram(label, code, 8 * rings).reshape(-1, 2, 2, 2, rings)
    code = ring + np.uint8(rings) * made
    by_pred = _histogram(pred, code, 2 * rings).reshape(-1, 2, rings)
    within = [
        counts.cumsum(1)
        for counts in (
            by_truth[:, :, :, 1].sum((1, 2)),
            by_truth.sum((1, 2, 3)),
            by_pred.sum(1),
        )
    ]
    return [
        by_pred.sum((1, 2)),
        by_truth.sum((1, 2, 3, 4)),
        by_truth[:, 1].sum((1, 2, 3)),
        by_truth[:, :, 1].sum((1, 2, 3)),
        by_pred[:, 1].sum(1),
        *(counts[:, i] for i in range(rings - 1) for counts in within),
    ]


def _histogram(ids: np.ndarray, code: np.ndarray, codes: int) -> np.ndarray:
    """Count pairs of 8-bit id and code, shape (256, ``codes``), int64."""
    if ids.size > _EXACT_FLOAT32:
        joint = ids.ravel() * np.int64(codes) + code.ravel()
        counts = np.bincount(joint, minlength=256 * codes)
    else:
        ranges = [0, 256, 0, codes]
        counts = cv2.calcHist([ids, code], [0, 1], None, [256, codes], ranges)
    return counts.reshape(256, codes).astype(np.int64)


class _EdgePixels(NamedTuple):
    """Where the edge pixels of a map are, and their classes."""

    shape: tuple[int, int]
    where: np.ndarray
    classes: np.ndarray

    @classmethod
    def of(cls, labels: np.ndarray, edge: np.ndarray) -> _EdgePixels:
        where = np.flatnonzero(edge)
        return cls(labels.shape, where, labels.reshape(-1)[where])

    def total(self) -> np.ndarray:
        """Count the edge pixels of each class, shape (256,)."""
        return np.bincount(self.classes, minlength=256)

    def spread(self, table: np.ndarray, reach: float) -> np.ndarray:
        """Set the bits of ``table[class]`` within ``reach`` of each pixel."""
        bits = np.zeros(self.shape, table.dtype)
        bits.reshape(-1)[self.where] = table[self.classes]
        return dilate_bits(bits, reach**2).reshape(-1)


def _edges(made: _EdgePixels, true: _EdgePixels, reach: float) -> list:
    """Count edge pixels and those near an edge of the same class."""
    totals = made.total(), true.total()
    hits = np.zeros((2, 256), np.int64)
    common = np.flatnonzero((totals[0] > 0) & (totals[1] > 0))
    for start in range(0, len(common), _BITS):
        table = np.zeros(256, np.uint8)
        chunk = common[start : start + _BITS]
        table[chunk] = 1 << np.arange(len(chunk))
        for row, side, other in ((0, made, true), (1, true, made)):
            near = other.spread(table, reach)[side.where]
            hit = (near & table[side.classes]) != 0
            hits[row] += np.bincount(side.classes[hit], minlength=256)
    return [totals[0], hits[0], totals[1], hits[1]]


def _outlines(
    labels: np.ndarray, classes: list[int], smoothing: int
) -> np.ndarray:
    counts = np.zeros((4, 256), np.int64)
    for c, outline in outlines(labels, classes, smoothing).items():
        counts[:, c] = (*outline, 1)
    return counts
