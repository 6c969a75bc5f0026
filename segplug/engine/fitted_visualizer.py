"""Pictures of scores that are not at the size of the image."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import mmcv
import numpy as np
from mmengine.dist import is_main_process
from mmseg.registry import VISUALIZERS
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer

from .picture_folder import PictureFolder


@VISUALIZERS.register_module()
class FittedVisualizer(SegLocalVisualizer):
    """Draw labels and predictions whatever their size.

    MMSegmentation's visualizer fails where they are not of the size of the
    image file, as after
    :class:`~segplug.datasets.transforms.ScoreAtSize`. Here the image is
    brought to their size. Nor does it draw names of classes on images whose
    memory is not laid out row by row, such as turned tensors. Pictures for a
    :class:`~segplug.engine.picture_folder.PictureFolder` are drawn by each
    process of a distributed test, not by the main one alone.

    Arguments are those of :class:`mmseg.visualization.SegLocalVisualizer`.
    """

    @property
    def dataset_meta(self) -> dict[str, Any] | None:
        """Classes and palette; MMEngine tells them to one process alone."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict[str, Any]) -> None:
        self._dataset_meta = meta

    def add_datasample(
        self,
        name: str,
        image: np.ndarray,
        data_sample: SegDataSample | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Draw a sample over its image.

        Args:
            name: Of the picture.
            image: RGB, shape (H, W, 3), uint8.
            data_sample: Its label and prediction.
            args: As in the parent.
            kwargs: As in the parent.
        """
        for key in ('pred_sem_seg', 'gt_sem_seg'):
            if data_sample is not None and key in data_sample:
                height, width = data_sample.get(key).shape
                if (height, width) != image.shape[:2]:
                    image = mmcv.imresize(image, (width, height))
                break
        image = np.ascontiguousarray(image)
        backends = self._vis_backends.values()
        if all(isinstance(each, PictureFolder) for each in backends):
            kwargs['show'] = kwargs.get('show', False) and is_main_process()
            # MMEngine leaves all of drawing to the main process.
            here = patch(
                'mmengine.dist.utils.is_main_process', lambda *_: True
            )
        else:
            here = nullcontext()
        with here:
            super().add_datasample(name, image, data_sample, *args, **kwargs)
