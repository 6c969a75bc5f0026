"""BDD100K: all 41 labels of its panoptic set, and the official 19."""

from __future__ import annotations

from typing import Any, Literal, Optional

from mmseg.datasets import BDD100KDataset
from mmseg.registry import DATASETS

from segplug.labels import bdd100k as labels

from .checked import CheckedSegDataset
from .forms import choose_form

_RAW = 'data/bdd100k_raw'
_FORMS = {
    41: {},
    40: {'classes': labels.ALL_CLASSES[1:]},
    19: {'classes': labels.CLASSES},
}


def _remedy(options: str) -> str:
    command = '  python tools/prepare_data.py bdd100k'
    return (
        'Prepare the official data:\n'
        f'{command} --images 10K_IMAGES_FOLDER_OR_ZIP '
        f'--labels LABELS_FOLDER_OR_ZIP {options}\n'
        'or make synthetic data in the same layout:\n'
        f'  python tools/make_synthetic.py bdd100k --out {_RAW}\n'
        f'{command} --images {_RAW} --labels {_RAW} {options}'
    )


@DATASETS.register_module()
class BDD100KFullDataset(CheckedSegDataset):
    """BDD100K (Yu et al. 2020), the 10K images with all 41 labels.

    Frames of dashcam videos from American cities, by day and by night, in
    any weather.

    * **Source**: "BDD100K: A Diverse Driving Dataset for Heterogeneous
      Multitask Learning", Yu et al., CVPR 2020; the 10K images and the
      bitmasks of the panoptic labels.
    * **Images**: JPEG, RGB, 1280 × 720 px.
    * **Labels**: 8-bit single-channel PNG of the image's size with the ids
      0 to 40.
    * **Splits**: ``train``, ``val`` and ``test`` hold 70, 15 and 15 % of
      the 8000 labelled images, drawn by clip so that no two of them share a
      video; or the official ``train`` (7000 images) and ``val`` (1000).
    * **Classes**: 0 unlabeled, 1 dynamic, 2 ego vehicle, 3 ground, 4
      static, 5 parking, 6 rail track, 7 road, 8 sidewalk, 9 bridge, 10
      building, 11 fence, 12 garage, 13 guard rail, 14 tunnel, 15 wall, 16
      banner, 17 billboard, 18 lane divider, 19 parking sign, 20 pole, 21
      polegroup, 22 street light, 23 traffic cone, 24 traffic device, 25
      traffic light, 26 traffic sign, 27 traffic sign frame, 28 terrain, 29
      vegetation, 30 sky, 31 person, 32 rider, 33 bicycle, 34 bus, 35 car,
      36 caravan, 37 motorcycle, 38 trailer, 39 train, 40 truck; 255 is
      ignored and does not occur.
    * **Colours**: only 37 for the 41 classes, so colour pictures of labels
      are ambiguous.
    * **Score**: mean IoU. Several classes hardly occur: say over which
      classes the mean is taken.
    * **Licence**: free for education and research with the notice of the
      University of California kept. Not distributed with segplug.

    Other forms of the same label files:

    * ``num_classes=40``: ``unlabeled`` is ignored, the other numbers are one
      less. The dataset's paper counts these 40.
    * ``num_classes=19``: the evaluated classes in the order of Cityscapes,
      all else ignored. The official masks of these classes, which differ
      in some pixels because void objects hide nothing there, are read by
      :class:`CheckedBDD100KDataset`.

    Layout, as ``tools/prepare_data.py bdd100k`` writes it::

        data/bdd100k/
          images/<id>.jpg
          labels/<id>.png
          splits/{train,val[,test]}.txt
          manifest.json

    Args:
        num_classes: 41, 40 or 19: which labels are classes.
        img_suffix: Of the image files.
        seg_map_suffix: Of the label files.
        reduce_zero_label: As in MMSegmentation.
        metainfo: As in MMSegmentation; ``classes`` names some of the 41.
        kwargs: As for :class:`mmseg.datasets.BaseSegDataset`.

    Raises:
        ValueError: If ``num_classes`` is none of the three, or classes are
            chosen both by number and by ``metainfo``.
    """

    METAINFO = {
        'classes': labels.ALL_CLASSES,
        'palette': [list(colour) for colour in labels.ALL_PALETTE],
    }
    REMEDY = _remedy('--out data/bdd100k')

    def __init__(
        self,
        img_suffix: str = '.jpg',
        seg_map_suffix: str = '.png',
        reduce_zero_label: bool = False,
        *,
        num_classes: Literal[41, 40, 19] = 41,
        metainfo: Optional[dict[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            img_suffix=img_suffix,
            seg_map_suffix=seg_map_suffix,
            reduce_zero_label=reduce_zero_label,
            metainfo=choose_form(num_classes, _FORMS, metainfo),
            **kwargs,
        )


@DATASETS.register_module()
class CheckedBDD100KDataset(CheckedSegDataset, BDD100KDataset):
    """BDD100K with the official masks of its 19 evaluated classes.

    Classes, colours and options are those of
    :class:`mmseg.datasets.BDD100KDataset`, which can be used in its place;
    this one finds missing files when it is built. The labels are 8-bit
    single-channel PNGs with train ids, 255 being ignored, prepared with
    ``--classes 19``. For all else see :class:`BDD100KFullDataset`.

    Args:
        kwargs: As for :class:`mmseg.datasets.BDD100KDataset`.
    """

    REMEDY = _remedy('--classes 19 --out data/bdd100k_19')

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
