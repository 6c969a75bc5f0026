"""Load label maps, and refuse those that would train silently wrong."""

from __future__ import annotations

import io
from typing import Any

import mmengine.fileio as fileio
import numpy as np
from mmseg.datasets.transforms import LoadAnnotations
from mmseg.registry import TRANSFORMS

from segplug.errors import SegplugError
from segplug.untrusted_image import (
    NoLabelMapError,
    UnreadableImageError,
    open_label_map,
)

from .held_content import held


class LabelError(SegplugError, ValueError):
    """A label map is not what training and evaluation need."""


@TRANSFORMS.register_module()
class LoadCheckedAnnotations(LoadAnnotations):
    """Load a label map as MMSegmentation does, and check it.

    MMSegmentation converts whatever it reads to 8 bit: 16-bit ids wrap
    around, colour images become label maps of three channels, and a map
    smaller than its image trains misaligned. Here each is an error that
    names the file.

    Required keys: ``seg_map_path``, ``reduce_zero_label``, ``label_map``
    and ``seg_fields``; ``ori_shape`` (H, W in px), ``num_classes`` and
    ``ignore_index`` are used where present.

    Added keys: ``gt_seg_map``, uint8, H × W.

    Args:
        num_classes (int, optional): Number of classes; ids from 0 to
            ``num_classes - 1`` and the ignore index are accepted. Defaults
            to what the dataset tells.
        kwargs: As for :class:`mmseg.datasets.LoadAnnotations`.

    Raises:
        LabelError: When a map is loaded that cannot be decoded, has several
            channels or more than 8 bit, is not of its image's size, or
            holds an id outside the range.
    """

    def __init__(
        self, *, num_classes: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if num_classes is not None and not 1 <= num_classes <= 255:
            raise ValueError(
                f'num_classes must be between 1 and 255, got {num_classes}.'
            )
        self.num_classes = num_classes

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the label of a sample.

        A picture that is no sample of a data set, as MMSegmentation's
        functions for inference pass it, has none and is left as it is.
        """
        if 'seg_fields' not in results:
            return results
        return super().transform(results)

    def _load_seg_map(self, results: dict[str, Any]) -> None:
        path = results['seg_map_path']
        content = self._read(path)
        size = _check_header(path, content, results.get('ori_shape'))
        try:
            with held(self, content):
                super()._load_seg_map(results)
            # MMSegmentation squeezes, which drops an axis of length one.
            results['gt_seg_map'] = results['gt_seg_map'].reshape(size)
        except Exception as error:  # decoders raise whatever they meet
            raise LabelError(
                f'{path}: cannot be decoded ({error}).'
            ) from error
        self._check_range(path, results)

    def _read(self, path: str) -> bytes:
        try:
            return fileio.get(path, backend_args=self.backend_args)
        except OSError as error:
            raise LabelError(
                f'{path}: cannot be read ({error.strerror or error}).'
            ) from error

    def _check_range(self, path: str, results: dict[str, Any]) -> None:
        count = self.num_classes or results.get('num_classes')
        if count is None:
            return
        labels = results['gt_seg_map']
        ignore = results.get('ignore_index', 255)
        wrong = (labels >= count) & (labels != ignore)
        if wrong.any():
            ids = np.unique(labels[wrong])
            raise LabelError(
                f'{path}: {int(wrong.sum())} pixels have ids outside '
                f'0…{count - 1} and {ignore}: {ids[:10].tolist()}. Check '
                'that these are the labels of this data set (train ids, not '
                'raw ids or colours).'
            )


def _check_header(
    path: str, content: bytes, image_size: Any
) -> tuple[int, ...]:
    """Check the header of a file and return the map's size (H, W)."""
    try:
        with open_label_map(io.BytesIO(content)) as image:
            size = image.size[::-1]
    except NoLabelMapError as error:
        raise LabelError(
            f'{path}: {error}. Prepare the data with tools/prepare_data.py, '
            'or store class ids, not colours.'
        ) from error
    except UnreadableImageError as error:
        raise LabelError(f'{path}: {error}.') from error
    if image_size is not None and tuple(image_size[:2]) != size:
        raise LabelError(
            f'{path}: the label map has {size[0]}×{size[1]} px (H×W), its '
            f'image {image_size[0]}×{image_size[1]}.'
        )
    return size
