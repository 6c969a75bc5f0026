"""The metric of segmentation: one confusion matrix, every score."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from mmseg.registry import METRICS
from torch import Tensor

from segplug.fileio import PathLike

from .accumulating_metric import AccumulatingMetric, label_maps
from .averaging import Absent, check_absent
from .counts import count_pairs, count_rows
from .options import MetricOptionError, check_ignore_index
from .predictions import PredictionWriter
from .result import SegmentationResult
from .tables import out_of_range_message, result_table

UNASSIGNED = '(none)'
LOGGED = ('mIoU', 'aAcc', 'mAcc', 'mDice', 'mPrecision', 'MPA', 'fwIoU')


@METRICS.register_module()
class ConfusionMatrixMetric(AccumulatingMetric):
    """Scores from one confusion matrix that never leaves the device.

    Replaces MMSegmentation's ``IoUMetric``: the names and the percent scale
    of ``mIoU``, ``aAcc`` and ``mAcc`` are the same, the counts are exact
    integers, and memory does not grow with the data set.

    After :meth:`evaluate`, ``result`` holds the
    :class:`~segplug.evaluation.SegmentationResult` with everything else.

    Args:
        ignore_index: Label value, in [0, 255], of pixels that do not count.
        absent: How a class without any pixel to judge enters the means; see
            :class:`~segplug.evaluation.SegmentationResult`.
        output_dir: Folder for predictions as 8-bit PNG, if wanted; images
            in subfolders keep these.
        format_only: Only write predictions; no truth is needed.
        per_image_file: Write the confusion counts of every image to this
            ``.npz``; see :class:`~segplug.evaluation.PerImageTable`.
        collect_device: As in MMEngine.
        prefix: Put before the names of the scores, followed by a slash.
        keep_results: Accepted because MMSegmentation's ``tools/test.py``
            passes it; what is in ``output_dir`` is always kept.

    Raises:
        MetricOptionError: If ``ignore_index`` or ``absent`` is out of its
            range, or ``format_only`` is set without ``output_dir``.
    """

    report_key = 'segmentation'
    per_image_name = 'per_image.npz'
    protocol = 'at the size of the loaded labels'

    def __init__(
        self,
        *,
        ignore_index: int = 255,
        absent: Absent = 'exclude',
        output_dir: PathLike | None = None,
        format_only: bool = False,
        per_image_file: PathLike | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        keep_results: bool = True,
    ) -> None:
        super().__init__(
            per_image_file=per_image_file,
            collect_device=collect_device,
            prefix=prefix,
        )
        check_ignore_index(ignore_index)
        check_absent(absent)
        if format_only and output_dir is None:
            raise MetricOptionError('format_only=True needs an output_dir.')
        self.ignore_index = ignore_index
        self.absent: Absent = absent
        self.format_only = format_only
        self.writer = PredictionWriter(output_dir) if output_dir else None
        self.result: SegmentationResult | None = None

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Count the images of one batch and write their predictions."""
        if self.writer:
            data_samples = [self._written(sample) for sample in data_samples]
        if not self.format_only:
            super().process(data_batch, data_samples)

    def _written(self, sample: dict) -> dict:
        """Write the prediction and add its path to the sample."""
        pred = sample['pred_sem_seg']['data']
        path = self.writer.write(
            pred.reshape(pred.shape[-2:]),
            sample['img_path'],
            sample.get('seg_map_path'),
            bool(sample.get('reduce_zero_label')),
        )
        return {**sample, 'pred_path': str(path)}

    def zeros(self) -> Tensor:
        """Return counts of no image, shape (R, C + 1)."""
        classes = len(self.classes)
        return torch.zeros(count_rows(classes), classes + 1).long()

    def measure(self, sample: dict) -> Tensor:
        """Count the (label, prediction) pairs of one image."""
        return count_pairs(*label_maps(sample), len(self.classes))

    def record(self, amount: Tensor) -> Tensor:
        """Keep the rows of the valid labels, shape (C, C + 1)."""
        rows = amount[: len(self.classes)].clone()  # frees the other rows
        if self.ignore_index < len(rows):
            rows[self.ignore_index] = 0
        return rows

    def columns(self) -> list[str]:
        """Name the predictions: the classes, then none of them."""
        return [*self.classes, UNASSIGNED]

    def evaluate(self, size: int) -> dict[str, float]:
        """Return scores in percent: ``mIoU``, ``aAcc``, ``mAcc``, others.

        With ``format_only`` nothing is scored and the dict is empty.
        """
        if self.writer:
            self.writer.close()
        if self.format_only:
            print_log(f'Predictions are in {self.writer.output_dir}.')
            return {}
        return super().evaluate(size)

    def summarise(self, total: Tensor, images: int) -> dict[str, float]:
        """Keep the result, log its table and return its means."""
        result = self.to_result(total, images)
        self.result = result
        print_log('Scores in %:\n' + result_table(result), 'current')
        if result.out_of_range:
            message = out_of_range_message(result)
            print_log(message, 'current', logging.WARNING)
        means = result.means()
        return {name: means[name] * 100 for name in LOGGED}

    def to_result(self, total: Tensor, images: int) -> SegmentationResult:
        """Split counts of shape (R, C + 1) into valid, void and stray."""
        counts = total.numpy()
        number = len(self.classes)
        pixels = counts.sum(1)
        void = int(pixels[self.ignore_index])
        counts[self.ignore_index] = 0
        stray = {
            value if value < len(counts) - 1 else -1: int(pixels[value])
            for value in range(number, len(counts))
            if pixels[value] and value != self.ignore_index
        }
        return SegmentationResult(
            matrix=counts[:number, :number].copy(),
            classes=self.classes,
            absent=self.absent,
            unassigned=counts[:number, number].copy(),
            void=void,
            out_of_range=stray,
            images=images,
        )
