"""Ratios that may be undefined, and how they enter a mean over classes."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from .options import MetricOptionError

#: What a class without any pixel to judge does to a mean:
#: ``'exclude'`` leaves it out (MMSegmentation, Cityscapes); ``'zero'``
#: counts it as 0 and always divides by all classes; ``'present_in_gt'``
#: averages over the classes that occur in the truth (BDD100K).
Absent = Literal['exclude', 'zero', 'present_in_gt']

ABSENT: tuple[str, ...] = ('exclude', 'zero', 'present_in_gt')


def check_absent(absent: str) -> None:
    """Raise ``MetricOptionError`` unless the convention exists."""
    if absent not in ABSENT:
        raise MetricOptionError(
            f'absent={absent!r} is unknown; choose from {ABSENT}.'
        )


def ratio(top: Any, bottom: Any) -> np.ndarray:
    """Divide as float64, with NaN where the denominator is 0."""
    top, bottom = np.asarray(top, float), np.asarray(bottom, float)
    blank = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.divide(top, bottom, out=blank, where=bottom > 0)


def averaged(
    scores: np.ndarray, in_truth: np.ndarray, absent: Absent
) -> np.ndarray:
    """Mark the classes that enter the mean of their scores.

    Args:
        scores: One score per class, shape (C,), NaN where undefined.
        in_truth: Classes that occur in the truth, shape (C,), bool.
        absent: The convention.

    Returns:
        Shape (C,), bool. An undefined score that is marked counts as 0.
    """
    if absent == 'exclude':
        return ~np.isnan(scores)
    if absent == 'present_in_gt':
        return in_truth
    return np.ones(len(scores), bool)


def class_mean(
    scores: np.ndarray, in_truth: np.ndarray, absent: Absent
) -> float:
    """Average scores over the classes that :func:`averaged` marks."""
    used = averaged(scores, in_truth, absent)
    return float(ratio(np.nansum(scores[used]), used.sum()))


def percent(value: float) -> float | None:
    """Return a fraction in percent for JSON, with ``None`` for NaN."""
    return None if np.isnan(value) else float(value) * 100


def plain(value: float) -> float | None:
    """Return a number for JSON, with ``None`` for NaN."""
    return None if np.isnan(value) else float(value)
