"""Every border score, computed from counts per class."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from .averaging import (
    Absent,
    averaged,
    check_absent,
    class_mean,
    percent,
    plain,
    ratio,
)
from .border_counts import BorderOptions
from .contours import LENGTH_UNIT

Side = Literal['pred', 'truth']


@dataclass(frozen=True)
class BorderResult:
    """Border counts of a data set, and the scores they imply.

    Counts are added over images before any ratio is taken, as for mIoU.

    Attributes:
        counts: Shape (C, F), int64, with F named by ``options.columns``.
        classes: Names of the C classes.
        options: Sizes that define the scores.
        absent: How NaN enters a mean; see
            :data:`~segplug.evaluation.averaging.Absent`.
        images: Number of images counted, if known.
    """

    counts: np.ndarray
    classes: tuple[str, ...]
    options: BorderOptions = field(default_factory=BorderOptions)
    absent: Absent = 'exclude'
    images: int | None = None

    def __post_init__(self) -> None:
        """Check the shape and the convention."""
        check_absent(self.absent)
        wanted = (len(self.classes), len(self.options.columns))
        if self.counts.shape != wanted:
            raise ValueError(
                f'counts has shape {self.counts.shape}, but the classes and '
                f'the columns of the options make {wanted}.'
            )

    def column(self, name: str) -> np.ndarray:
        """Return one named number per class, shape (C,)."""
        return self.counts[:, self.options.columns.index(name)]

    def boundary_iou(self) -> np.ndarray:
        """IoU of the bands inside the contours, shape (C,).

        Cheng et al., CVPR 2021 (arXiv:2103.16562), equation 1, with bands
        pooled over the images.
        """
        return self._iou('band')

    def trimap_iou(self, width: int) -> np.ndarray:
        """IoU of the pixels within ``width`` px of true edges, shape (C,).

        Kohli et al., IJCV 2009; Krähenbühl & Koltun, NeurIPS 2011.
        """
        return self._iou(f'near{width}')

    def edge_precision(self) -> np.ndarray:
        """Share of predicted edge pixels near a true edge, shape (C,)."""
        return ratio(self.column('edge_pred_hit'), self.column('edge_pred'))

    def edge_recall(self) -> np.ndarray:
        """Share of true edge pixels near a predicted edge, shape (C,)."""
        return ratio(self.column('edge_truth_hit'), self.column('edge_truth'))

    def boundary_f(self) -> np.ndarray:
        """Harmonic mean of edge precision and recall, shape (C,).

        Csurka et al., BMVC 2013. It is 0 where a class has edges on one
        side only, and NaN where it has none on either.
        """
        precision = np.nan_to_num(self.edge_precision())
        recall = np.nan_to_num(self.edge_recall())
        total = precision + recall
        score = np.nan_to_num(ratio(2 * precision * recall, total))
        none = self.column('edge_pred') + self.column('edge_truth') == 0
        return np.where(none, np.nan, score)

    def roughness(self, side: Side = 'pred') -> np.ndarray:
        """Length of the contours over that of smoothed ones, shape (C,).

        1 is perfectly smooth. Contours on the pixel grid are never exactly
        smooth, and thin parts less than wide ones, so compare with the
        roughness of the truth.
        """
        length = self.column(f'length_{side}')
        return ratio(length, self.column(f'smooth_{side}'))

    def parts_per_image(self, side: Side = 'pred') -> np.ndarray:
        """Connected regions per image that has the class, shape (C,)."""
        return ratio(
            self.column(f'parts_{side}'), self.column(f'images_{side}')
        )

    def mean(self, scores: np.ndarray) -> float:
        """Average over the classes by the convention."""
        return class_mean(scores, self.column('images_truth') > 0, self.absent)

    def classes_averaged(self) -> dict[str, int]:
        """Return how many classes entered each mean."""
        present = self.column('images_truth') > 0
        scores = {**self.shares(), **self.measures()}
        return {
            f'm{name}': int(averaged(values, present, self.absent).sum())
            for name, values in scores.items()
        }

    def shares(self) -> dict[str, np.ndarray]:
        """Return the scores in [0, 1] per class, each of shape (C,)."""
        return {
            'BoundaryIoU': self.boundary_iou(),
            'BoundaryF': self.boundary_f(),
            **{
                f'TrimapIoU_{width}px': self.trimap_iou(width)
                for width in self.options.trimap
            },
        }

    def measures(self) -> dict[str, np.ndarray]:
        """Return the measures of shape per class, each of shape (C,)."""
        return {
            'Roughness': self.roughness('pred'),
            'RoughnessTruth': self.roughness('truth'),
            'Parts': self.parts_per_image('pred'),
            'PartsTruth': self.parts_per_image('truth'),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; shares in percent, NaN as ``None``."""
        shares, measures = self.shares(), self.measures()
        return {
            'absent': self.absent,
            'classes_averaged': self.classes_averaged(),
            'options': asdict(self.options),
            'length_unit_px': LENGTH_UNIT,
            'images': self.images,
            'mean': {
                **{f'm{k}': percent(self.mean(v)) for k, v in shares.items()},
                **{f'm{k}': plain(self.mean(v)) for k, v in measures.items()},
            },
            'per_class': {
                name: {
                    **{k: percent(v[i]) for k, v in shares.items()},
                    **{k: plain(v[i]) for k, v in measures.items()},
                }
                for i, name in enumerate(self.classes)
            },
            'columns': list(self.options.columns),
            'counts': self.counts.tolist(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BorderResult:
        """Rebuild a result from :meth:`to_dict`; scores are recomputed."""
        options = dict(data['options'])
        options['trimap'] = tuple(options['trimap'])
        return cls(
            counts=np.array(data['counts'], np.int64),
            classes=tuple(data['per_class']),
            options=BorderOptions(**options),
            absent=data['absent'],
            images=data['images'],
        )

    def _iou(self, band: str) -> np.ndarray:
        both = self.column(f'{band}_both')
        either = self.column(f'{band}_truth') + self.column(f'{band}_pred')
        return ratio(both, either - both)
