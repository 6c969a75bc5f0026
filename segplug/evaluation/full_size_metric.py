"""Scores at the original size, for models that work on reduced images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from mmseg.registry import METRICS
from torch import Tensor
from torch.nn import functional

from segplug.datasets.manifest import prepared_classes
from segplug.errors import SegplugError
from segplug.fileio import PathLike

from . import cityscapes
from .confusion_metric import ConfusionMatrixMetric
from .counts import count_pairs
from .label_files import read_labels
from .options import MetricOptionError

Ids = Literal['classes', 'cityscapes']


class FullSizeLabelError(SegplugError, ValueError):
    """An image cannot be scored at its full size."""


@METRICS.register_module()
class FullSizeMetric(ConfusionMatrixMetric):
    """Scores logits, enlarged to the original size, on the original labels.

    A data set prepared at 256×512 can be scored in two ways: at that size,
    with :class:`ConfusionMatrixMetric`, or as other work reports it, at
    1024×2048. Put both into the evaluator's list to see both. The logits
    are enlarged bilinearly, as MMSegmentation does, before the argmax.

    Args:
        label_dir: Folder of the full-size labels; searched recursively.
        label_suffix: End of their names, such as
            ``'_gtFine_labelIds.png'``.
        img_suffix: End of the names of the evaluated images. What precedes
            the suffixes must be the same.
        ids: What the label files hold: ``'classes'`` for class numbers,
            ``'cityscapes'`` for Cityscapes' label ids, of which the 19 or
            30 classes of the data set are made.
        prefix: Put before the names of the scores.
        kwargs: As for :class:`ConfusionMatrixMetric`.
    """

    default_prefix = 'full_size'
    report_key = 'segmentation_full_size'
    per_image_name = 'per_image_full_size.npz'
    protocol = 'logits enlarged bilinearly to the size of the original labels'

    def __init__(
        self,
        *,
        label_dir: PathLike,
        label_suffix: str,
        img_suffix: str,
        ids: Ids = 'classes',
        prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(prefix=prefix, **kwargs)
        if ids not in ('classes', 'cityscapes'):
            raise MetricOptionError(
                f"ids={ids!r}; choose from 'classes', 'cityscapes'."
            )
        self.label_dir = Path(label_dir)
        self.label_suffix = label_suffix
        self.img_suffix = img_suffix
        self.ids = ids
        self._files: dict[str, list[Path]] = {}
        self._table: np.ndarray | None = None

    def measure(self, sample: dict) -> Tensor:
        """Enlarge the logits of one image and count the pairs."""
        logits = self._logits(sample)
        label = self.label_of(sample['img_path'])
        logits = functional.interpolate(
            logits[None].float(),
            size=label.shape,
            mode='bilinear',
            align_corners=False,
        )[0]
        label = torch.from_numpy(label)
        return count_pairs(logits.argmax(0), label, len(self.classes))

    def _logits(self, sample: dict) -> Tensor:
        """Return logits of shape (C, H, W) that made the prediction."""
        logits = sample['seg_logits']['data']
        pred = sample['pred_sem_seg']['data']
        if len(logits) == len(self.classes) and torch.equal(
            logits.argmax(0), pred.reshape(pred.shape[-2:])
        ):
            return logits
        raise FullSizeLabelError(
            f'{sample["img_path"]}: the logits, of shape '
            f'{tuple(logits.shape)}, are not what the prediction of '
            f'{len(self.classes)} classes was made from. FullSizeMetric '
            'works neither with test-time augmentation nor with a single '
            'output for two classes.'
        )

    def label_of(self, img_path: str) -> np.ndarray:
        """Read the full-size label of an image, shape (H, W), uint8.

        Raises:
            FullSizeLabelError: If there is none, or there are several.
            LabelFileError: If it is not a label map.
        """
        if not self._files:
            self._prepare()
            end = len(self.label_suffix)
            for path in self.label_dir.rglob(f'*{self.label_suffix}'):
                self._files.setdefault(path.name[:-end], []).append(path)
        name = Path(img_path).name
        key = name[: -len(self.img_suffix)]
        if not name.endswith(self.img_suffix) or key not in self._files:
            raise FullSizeLabelError(
                f'{img_path}: there is no label {key}{self.label_suffix} '
                f'among the {len(self._files)} in {self.label_dir}. Check '
                'label_dir, label_suffix and img_suffix.'
            )
        label = read_labels(self._chosen(Path(img_path), self._files[key]))
        return label if self._table is None else self._table[label]

    def _prepare(self) -> None:
        """Fit the numbers in the label files to the data set's classes."""
        if self.ids == 'cityscapes':
            try:
                self._table = cityscapes.label_table(len(self.classes))
            except ValueError as error:
                raise FullSizeLabelError(
                    f"ids='cityscapes': {error}"
                ) from error
            return
        prepared = prepared_classes(self.label_dir.parent)
        if prepared not in (None, self.classes):
            raise FullSizeLabelError(
                f'The labels in {self.label_dir} were prepared with '
                f'{len(prepared)} classes, not with the {len(self.classes)} '
                'of the data set that is scored. Prepare them with the same '
                '--classes.'
            )

    def _chosen(self, image: Path, labels: list[Path]) -> Path:
        """Choose among labels of equal name by their subfolders."""
        if len(labels) == 1:
            return labels[0]
        folders = {
            path: path.relative_to(self.label_dir).parent.parts
            for path in labels
        }
        fitting = [
            path
            for path, parts in folders.items()
            if parts and image.parent.parts[-len(parts) :] == parts
        ]
        if len(fitting) == 1:
            return fitting[0]
        raise FullSizeLabelError(
            f'{image}: its label could be {labels[0]} or {labels[1]}. Put '
            'images and labels of equal names into equal subfolders, or '
            'rename them.'
        )
