"""Every score of a segmentation, computed from one confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from .averaging import (
    Absent,
    averaged,
    check_absent,
    class_mean,
    percent,
    ratio,
)

Average = Literal['macro', 'weighted']


@dataclass(frozen=True)
class SegmentationResult:
    """Confusion counts of a data set, and the scores they imply.

    Scores are fractions in [0, 1]; a score without any pixel to judge is
    NaN.

    Attributes:
        matrix: Pixels, shape (C, C), int64; rows are truth, columns are
            predictions. Only pixels with a valid label and a valid prediction.
        classes: Names of the C classes.
        absent: How NaN enters a mean; see
            :data:`~segplug.evaluation.averaging.Absent`.
        unassigned: Pixels of each true class whose prediction is none of the
            C classes, shape (C,), int64. They are misses of their class and
            false alarms of none.
        void: Pixels labelled with the ignore index.
        out_of_range: Pixels per label value that is neither a class nor the
            ignore index (−1 stands for all values that do not fit 8 bits).
            They are left out of every score, predictions included.
        images: Number of images counted, if known.
    """

    matrix: np.ndarray
    classes: tuple[str, ...]
    absent: Absent = 'exclude'
    unassigned: np.ndarray = field(default=None)  # type: ignore[assignment]
    void: int = 0
    out_of_range: dict[int, int] = field(default_factory=dict)
    images: int | None = None

    def __post_init__(self) -> None:
        """Check the shapes and the convention."""
        count = len(self.classes)
        if self.unassigned is None:
            object.__setattr__(self, 'unassigned', np.zeros(count, np.int64))
        if self.matrix.shape != (count, count):
            raise ValueError(
                f'The matrix has shape {self.matrix.shape}, but there are '
                f'{count} class names: it must be ({count}, {count}).'
            )
        if len(set(self.classes)) != count:
            raise ValueError(f'Class names repeat: {self.classes}.')
        check_absent(self.absent)

    @property
    def true_positives(self) -> np.ndarray:
        """Pixels per class with truth and prediction equal, shape (C,)."""
        return np.diagonal(self.matrix)

    @property
    def truth(self) -> np.ndarray:
        """Labelled pixels per class, shape (C,)."""
        return self.matrix.sum(1) + self.unassigned

    @property
    def predicted(self) -> np.ndarray:
        """Predicted pixels per class on labelled pixels, shape (C,)."""
        return self.matrix.sum(0)

    @property
    def pixels(self) -> int:
        """Number of pixels with a valid label."""
        return int(self.truth.sum())

    def iou(self) -> np.ndarray:
        """Intersection over union, TP / (TP + FP + FN), shape (C,)."""
        union = self.truth + self.predicted - self.true_positives
        return ratio(self.true_positives, union)

    def recall(self) -> np.ndarray:
        """TP / (TP + FN), which MMSegmentation calls Acc, shape (C,)."""
        return ratio(self.true_positives, self.truth)

    def precision(self) -> np.ndarray:
        """TP / (TP + FP), shape (C,)."""
        return ratio(self.true_positives, self.predicted)

    def dice(self) -> np.ndarray:
        """2 TP / (2 TP + FP + FN), which equals F1, shape (C,)."""
        return ratio(2 * self.true_positives, self.truth + self.predicted)

    def binary_accuracy(self) -> np.ndarray:
        """(TP + TN) / all pixels, one class against the rest, shape (C,).

        Its mean is the "mean pixel accuracy" of some reports. It equals
        1 − 2 (1 − aAcc) / C when all pixels are assigned, so it is close
        to 1 for many classes whatever the quality.
        """
        wrong = self.truth + self.predicted - 2 * self.true_positives
        return ratio(self.pixels - wrong, np.full_like(wrong, self.pixels))

    def pixel_accuracy(self) -> float:
        """Share of labelled pixels that are right (aAcc)."""
        return float(ratio(self.true_positives.sum(), self.pixels))

    def frequency_weighted_iou(self) -> float:
        """IoU averaged with the classes' share of the true pixels."""
        return self.mean(self.iou(), 'weighted')

    def mean(self, scores: np.ndarray, average: Average = 'macro') -> float:
        """Average scores of shape (C,) over the classes.

        Args:
            scores: One score per class; NaN where undefined.
            average: ``'macro'`` weighs classes equally, ``'weighted'`` by
                their true pixels.
        """
        if average == 'weighted':
            return float(ratio(np.nansum(scores * self.truth), self.pixels))
        return class_mean(scores, self.truth > 0, self.absent)

    def merged(
        self, groups: Mapping[str, Sequence[str]]
    ) -> SegmentationResult:
        """Treat groups of classes as one class each.

        Args:
            groups: By the name of the group, names of classes. Each class
                must be in exactly one group.

        Returns:
            The result with the groups as classes.

        Raises:
            ValueError: If a class is in no group or in several, or unknown.
        """
        named = [name for group in groups.values() for name in group]
        if sorted(named) != sorted(self.classes):
            raise ValueError(
                f'The groups {dict(groups)} must name each of the classes '
                f'{self.classes} once.'
            )
        into = np.array(
            [
                [name in group for name in self.classes]
                for group in groups.values()
            ],
            np.int64,
        )
        return replace(
            self,
            matrix=into @ self.matrix @ into.T,
            classes=tuple(groups),
            unassigned=into @ self.unassigned,
        )

    def per_class(self) -> dict[str, np.ndarray]:
        """Return every score that exists per class, each of shape (C,)."""
        return {
            'IoU': self.iou(),
            'Acc': self.recall(),
            'Dice': self.dice(),
            'Precision': self.precision(),
            'PA': self.binary_accuracy(),
        }

    def means(self) -> dict[str, float]:
        """Return the scores of the whole data set, the chief ones first.

        ``mIoU``, ``aAcc``, ``mAcc`` (= macro recall), ``mDice`` (= macro F1),
        ``mPrecision``, ``MPA`` (see :meth:`binary_accuracy`), ``fwIoU``; then
        precision and F1 weighted by frequency, and the micro (pixel-pooled)
        precision, recall and F1, which are all equal to ``aAcc`` unless some
        pixels are unassigned.
        """
        scores = self.per_class()
        hits, made = self.true_positives.sum(), self.predicted.sum()
        return {
            'mIoU': self.mean(scores['IoU']),
            'aAcc': self.pixel_accuracy(),
            'mAcc': self.mean(scores['Acc']),
            'mDice': self.mean(scores['Dice']),
            'mPrecision': self.mean(scores['Precision']),
            'MPA': self.mean(scores['PA']),
            'fwIoU': self.frequency_weighted_iou(),
            'weightedPrecision': self.mean(scores['Precision'], 'weighted'),
            'weightedDice': self.mean(scores['Dice'], 'weighted'),
            'microPrecision': float(ratio(hits, made)),
            'microRecall': self.pixel_accuracy(),
            'microDice': float(ratio(2 * hits, made + self.pixels)),
        }

    def classes_averaged(self) -> dict[str, int]:
        """Return how many classes entered each macro mean."""
        names = {'IoU': 'mIoU', 'Acc': 'mAcc', 'Dice': 'mDice'}
        names.update({'Precision': 'mPrecision', 'PA': 'MPA'})
        scores, present = self.per_class(), self.truth > 0
        return {
            mean: int(averaged(scores[name], present, self.absent).sum())
            for name, mean in names.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON: scores in percent, NaN as ``None``."""
        scores = self.per_class()
        return {
            'absent': self.absent,
            'classes_averaged': self.classes_averaged(),
            'images': self.images,
            'mean': {k: percent(v) for k, v in self.means().items()},
            'per_class': {
                name: {
                    **{k: percent(v[i]) for k, v in scores.items()},
                    'pixels': int(self.truth[i]),
                    'predicted': int(self.predicted[i]),
                }
                for i, name in enumerate(self.classes)
            },
            'pixels': self.pixels,
            'void': self.void,
            'out_of_range': {str(k): v for k, v in self.out_of_range.items()},
            'unassigned': self.unassigned.tolist(),
            'matrix': self.matrix.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SegmentationResult:
        """Rebuild a result from :meth:`to_dict`; scores are recomputed."""
        return cls(
            matrix=np.array(data['matrix'], np.int64),
            classes=tuple(data['per_class']),
            absent=data['absent'],
            unassigned=np.array(data['unassigned'], np.int64),
            void=data['void'],
            out_of_range={int(k): v for k, v in data['out_of_range'].items()},
            images=data['images'],
        )
