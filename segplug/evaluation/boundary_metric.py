"""The metric of borders: where they run, and how smooth they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import torch
from mmengine.logging import print_log
from mmseg.registry import METRICS
from torch import Tensor

from segplug.fileio import PathLike

from .accumulating_metric import AccumulatingMetric, label_maps
from .averaging import Absent, check_absent
from .border_counts import BorderOptions, count_borders
from .border_result import BorderResult
from .borders import VOID
from .host_counts import narrow
from .options import check_ignore_index
from .tables import border_table


@METRICS.register_module()
class BoundaryMetric(AccumulatingMetric):
    """Boundary IoU, boundary F-score, trimap IoU and roughness of borders.

    Works on the host: each image is copied there. After :meth:`evaluate`,
    ``result`` holds the :class:`~segplug.evaluation.BorderResult`.

    Args:
        ignore_index: Label value of pixels that do not count; borders with
            them are no borders.
        band: Width of the band of Boundary IoU; below 1 as a fraction of
            the diagonal, else in pixels.
        tolerance: Distance within which an edge pixel counts as found;
            below 1 as a fraction of the diagonal, else in pixels.
        trimap: Widths in pixels of the bands around true borders.
        smoothing: Pixels of contour on either side that smooth it.
        absent: How a class without any pixel to judge enters the means; see
            :data:`~segplug.evaluation.averaging.Absent`.
        per_image_file: Write the counts of every image to this ``.npz``.
        collect_device: As in MMEngine.
        prefix: Put before the names of the scores, followed by a slash.

    Raises:
        MetricOptionError: If ``ignore_index``, a size or ``absent`` is out of
            its range.
    """

    report_key = 'borders'
    per_image_name = 'per_image_borders.npz'
    protocol = 'at the size of the loaded labels'

    def __init__(
        self,
        *,
        ignore_index: int = 255,
        band: float = 0.02,
        tolerance: float = 0.0075,
        trimap: int | Sequence[int] = (1, 2, 4, 8),
        smoothing: int = 5,
        absent: Absent = 'exclude',
        per_image_file: PathLike | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(
            per_image_file=per_image_file,
            collect_device=collect_device,
            prefix=prefix,
        )
        check_ignore_index(ignore_index)
        check_absent(absent)
        self.ignore_index = ignore_index
        self.absent: Absent = absent
        widths = tuple(trimap) if isinstance(trimap, Iterable) else (trimap,)
        self.options = BorderOptions(band, tolerance, widths, smoothing)
        self.result: BorderResult | None = None

    def zeros(self) -> Tensor:
        """Return counts of no image, shape (C, F)."""
        shape = len(self.classes), len(self.options.columns)
        return torch.zeros(shape, dtype=torch.int64)

    def measure(self, sample: dict) -> Tensor:
        """Count the borders of one image, shape (C, F)."""
        number = len(self.classes)
        maps = label_maps(sample)
        pred, label = (
            narrow(ids.cpu().numpy(), VOID, np.uint8) for ids in maps
        )
        known = np.arange(256) < number
        pred_table = np.where(known, np.arange(256), number)
        known &= np.arange(256) != self.ignore_index
        label_table = np.where(known, np.arange(256), VOID)
        counts = count_borders(
            cv2.LUT(pred, pred_table.astype(np.uint8)),
            cv2.LUT(label, label_table.astype(np.uint8)),
            number,
            self.options,
        )
        return torch.from_numpy(counts)

    def record(self, amount: Tensor) -> Tensor:
        """Keep everything."""
        return amount

    def columns(self) -> tuple[str, ...]:
        """Name the counts."""
        return self.options.columns

    def summarise(self, total: Tensor, images: int) -> dict[str, float]:
        """Keep the result, log its table and return its means.

        The shares are in percent, roughness and parts per image are not.
        """
        self.result = result = BorderResult(
            counts=np.asarray(total),
            classes=self.classes,
            options=self.options,
            absent=self.absent,
            images=images,
        )
        print_log('Borders:\n' + border_table(result), 'current')
        scores = result.shares()
        means = {f'm{k}': result.mean(v) * 100 for k, v in scores.items()}
        scores = result.measures()
        means.update({f'm{k}': result.mean(v) for k, v in scores.items()})
        return means
