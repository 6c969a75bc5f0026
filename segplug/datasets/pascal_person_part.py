"""Pascal-Person-Part: seven classes of human body parts."""

from __future__ import annotations

from typing import Any

from mmseg.registry import DATASETS

from segplug.labels import pascal_person_part as labels

from .checked import CheckedSegDataset


@DATASETS.register_module()
class PascalPersonPartDataset(CheckedSegDataset):
    """Pascal-Person-Part (Chen et al. 2014, 2016).

    Body parts of the people in PASCAL VOC 2010, merged from the 24 person
    parts of PASCAL-Part into six.

    * **Source**: PASCAL-Part annotations ("Detect What You Can", Chen et
      al., CVPR 2014) and VOC 2010 images; merged as in "Attention to Scale"
      (Chen et al., CVPR 2016).
    * **Images**: JPEG, RGB, about 500 × 375 px, never over 500 px a side.
    * **Labels**: 8-bit single-channel PNG of the image's size.
    * **Splits**: ``train`` (1716 images in the literature) and ``val``
      (1817).
    * **Classes**: 0 background, 1 head (with face, hair and, by default,
      neck), 2 torso, 3 upper-arms, 4 lower-arms (with hands), 5 upper-legs,
      6 lower-legs (with feet); 255 is ignored. Left and right are one class,
      so a horizontal flip needs no exchange of labels.
    * **Score**: mean IoU over all seven classes, background included.
    * **Licence**: the images fall under Flickr's terms of use; for the
      annotations none is stated. Neither is distributed with segplug.

    Layout, as ``tools/prepare_data.py pascal_part`` writes it::

        data/pascal_part/
          images/<id>.jpg
          labels/<id>.png
          splits/{train,val}.txt
          manifest.json

    Args:
        kwargs: As for :class:`mmseg.datasets.BaseSegDataset`;
            ``img_suffix`` defaults to ``'.jpg'``, ``seg_map_suffix`` to
            ``'.png'`` and ``reduce_zero_label`` to False.
    """

    METAINFO = {
        'classes': labels.CLASSES,
        'palette': [list(colour) for colour in labels.PALETTE],
    }
    REMEDY = (
        'Prepare the official data:\n'
        '  python tools/prepare_data.py pascal_part --parts '
        'PASCAL_PART_FOLDER_OR_ARCHIVE --images VOC2010_FOLDER_OR_ARCHIVE '
        '--out data/pascal_part\n'
        'or make synthetic data in the same layout:\n'
        '  python tools/make_synthetic.py pascal_part '
        '--out data/pascal_part_raw\n'
        '  python tools/prepare_data.py pascal_part '
        '--parts data/pascal_part_raw --images data/pascal_part_raw '
        '--out data/pascal_part'
    )

    def __init__(
        self,
        img_suffix: str = '.jpg',
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
