"""PASCAL VOC 2012: MMSegmentation's dataset with segplug's checks."""

from __future__ import annotations

from typing import Any

from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS

from .checked import CheckedSegDataset


@DATASETS.register_module()
class CheckedPascalVOCDataset(CheckedSegDataset, PascalVOCDataset):
    """PASCAL VOC 2012 segmentation (Everingham et al. 2015).

    Photographs from Flickr with objects of twenty classes. Classes, colours
    and options are those of :class:`mmseg.datasets.PascalVOCDataset`, which
    can be used in its place; this one finds missing files when it is built.

    * **Source**: "The PASCAL Visual Object Classes Challenge: A
      Retrospective", Everingham et al., IJCV 2015. ``trainaug`` adds "SBD":
      "Semantic Contours from Inverse Detectors", Hariharan et al., ICCV
      2011.
    * **Images**: JPEG, RGB, about 500 × 375 px, never over 500 px a side.
    * **Labels**: 8-bit single-channel PNG of the image's size.
    * **Splits**: ``train`` (1464 images) and ``val`` (1449); with SBD also
      ``trainaug`` (10582: what VOC's ``train`` and SBD hold together, less
      VOC's ``val``; where both have a label, VOC's is taken).
    * **Classes**: 0 background and 1 to 20 in alphabetical order, aeroplane
      to tvmonitor; 255 is ignored: the outlines of objects and what is hard
      to tell. SBD's labels have no such outlines.
    * **Score**: mean IoU over all 21 classes, background included.
    * **Licence**: the images fall under Flickr's terms of use. Not
      distributed with segplug.

    Layout, as ``tools/prepare_data.py voc12`` writes it::

        data/voc12/
          images/<id>.jpg
          labels/<id>.png
          splits/{train,val[,trainaug]}.txt
          manifest.json

    Args:
        kwargs: As for :class:`mmseg.datasets.PascalVOCDataset`; ``ann_file``
            is required.
    """

    REMEDY = (
        'Prepare the official data:\n'
        '  python tools/prepare_data.py voc12 --devkit '
        'VOC2012_FOLDER_OR_ARCHIVE --out data/voc12\n'
        'or make synthetic data in the same layout:\n'
        '  python tools/make_synthetic.py voc12 --out data/voc12_raw\n'
        '  python tools/prepare_data.py voc12 --devkit data/voc12_raw '
        '--out data/voc12'
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _join_prefix(self) -> None:
        super()._join_prefix()
        if not self.backend_args:
            self._check_root()  # MMSegmentation's own check says nothing
