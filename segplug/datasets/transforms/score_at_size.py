"""Score at a size that is neither the original nor prepared."""

from __future__ import annotations

from typing import Any

import mmcv
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ScoreAtSize(BaseTransform):
    """Reduce the label, and with it the prediction, to one size.

    MMSegmentation enlarges predictions to the original size of the image
    before they are scored. Some reports scored at the size that their
    network saw: with this step after the one that loads the labels, so does
    the test. Labels are resized to the nearest pixel, as
    :class:`mmseg.datasets.transforms.Resize` does it.

    Required keys: ``gt_seg_map``, H × W.

    Modified keys: ``gt_seg_map``; ``ori_shape``, the size that predictions
    are brought to.

    Args:
        size: Height and width in px; None leaves all as it is, so that the
            score is at the original size.

    Raises:
        ValueError: If the size is not two positive whole numbers.
    """

    def __init__(self, *, size: tuple[int, int] | None) -> None:
        if size is not None and not (
            len(size) == 2 and all(isinstance(n, int) and n > 0 for n in size)
        ):
            raise ValueError(
                f'size={size!r}; wanted are height and width in px, or None.'
            )
        self.size = size and tuple(size)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize the label and give its size out as the original one.

        A picture without a label keeps its own.
        """
        if self.size is None or 'gt_seg_map' not in results:
            return results
        height, width = self.size
        results['gt_seg_map'] = mmcv.imresize(
            results['gt_seg_map'], (width, height), interpolation='nearest'
        )
        results['ori_shape'] = self.size
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size})'
