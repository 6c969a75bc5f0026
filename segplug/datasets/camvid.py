"""CamVid: eleven classes of British streets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmseg.registry import DATASETS

from segplug.labels import camvid as labels

from .checked import CheckedSegDataset

_IMAGE_SUFFIXES = ('.png', '.jpg')


@DATASETS.register_module()
class CamVidDataset(CheckedSegDataset):
    """CamVid as in the SegNet tutorial (Brostow et al. 2009).

    Frames of videos from a car in Cambridge, by day and at dusk.

    * **Source**: "Semantic object classes in video: a high-definition ground
      truth database", Brostow, Fauqueur and Cipolla, Pattern Recognition
      Letters 30 (2009); reduced in size and to eleven classes for "SegNet",
      Badrinarayanan, Kendall and Cipolla, TPAMI 2017.
    * **Images**: PNG, RGB, 480 × 360 px; JPEG in some mirrors. Reduced from
      960 × 720 px.
    * **Labels**: 8-bit single-channel PNG of the image's size.
    * **Splits**: ``train`` (367 images), ``val`` (101) and ``test`` (233).
    * **Classes**: 0 sky, 1 building, 2 pole, 3 road, 4 pavement, 5 tree,
      6 sign symbol, 7 fence, 8 car, 9 pedestrian, 10 bicyclist; 255
      (unlabelled, 11 in the source) is ignored.
    * **Score**: mean IoU over the eleven classes on ``test``.
    * **Licence**: for non-commercial research. Not distributed with segplug.

    Layout, as ``tools/prepare_data.py camvid`` writes it::

        data/camvid/
          images/<id>.png
          labels/<id>.png
          splits/{train,val,test}.txt
          manifest.json

    Args:
        img_suffix: Of the image files. Defaults to None: ``'.png'``, or
            ``'.jpg'`` where the folder holds such files instead.
        seg_map_suffix: Of the label files. Defaults to ``'.png'``.
        reduce_zero_label: As in MMSegmentation. Defaults to False.
        kwargs: As for :class:`mmseg.datasets.BaseSegDataset`.
    """

    METAINFO = {
        'classes': labels.CLASSES,
        'palette': [list(colour) for colour in labels.PALETTE],
    }
    REMEDY = (
        "Prepare the SegNet tutorial's data:\n"
        '  python tools/prepare_data.py camvid --source '
        'CAMVID_FOLDER_OR_ARCHIVE --out data/camvid\n'
        'or make synthetic data in the same layout:\n'
        '  python tools/make_synthetic.py camvid --out data/camvid_raw\n'
        '  python tools/prepare_data.py camvid --source data/camvid_raw '
        '--out data/camvid'
    )

    def __init__(
        self,
        img_suffix: str | None = None,
        seg_map_suffix: str = '.png',
        reduce_zero_label: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            img_suffix=img_suffix,
            seg_map_suffix=seg_map_suffix,
            reduce_zero_label=reduce_zero_label,
            **kwargs,
        )

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples, having found out which suffix images have."""
        if self.img_suffix is None:
            self.img_suffix = self._present_suffix()
        return super().load_data_list()

    def _present_suffix(self) -> str:
        folder = Path(self.data_prefix.get('img_path') or '.')
        for suffix in _IMAGE_SUFFIXES:
            if next(folder.glob(f'*{suffix}'), None):
                return suffix
        return _IMAGE_SUFFIXES[0]
