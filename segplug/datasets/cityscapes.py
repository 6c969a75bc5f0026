"""Cityscapes as segplug prepares it, at full size and reduced."""

from __future__ import annotations

from typing import Any, Literal, Optional

from mmseg.registry import DATASETS

from segplug.labels import cityscapes as labels

from .checked import CheckedSegDataset
from .forms import choose_form

_RAW = 'data/cityscapes_raw'
_ANNOTATED = {
    'classes': labels.ANNOTATED_CLASSES,
    'palette': [list(colour) for colour in labels.ANNOTATED_PALETTE],
}
_FORMS = {19: {}, 30: _ANNOTATED}


def _remedy(options: str) -> str:
    command = '  python tools/prepare_data.py cityscapes'
    return (
        'Prepare the official data:\n'
        f'{command} --images LEFTIMG8BIT_FOLDER_OR_ZIP '
        f'--labels GTFINE_FOLDER_OR_ZIP {options}\n'
        'or make synthetic data in the same layout:\n'
        f'  python tools/make_synthetic.py cityscapes --out {_RAW}\n'
        f'{command} --images {_RAW} --labels {_RAW} {options}'
    )


@DATASETS.register_module()
class PreparedCityscapesDataset(CheckedSegDataset):
    """Cityscapes (Cordts et al. 2016), fine annotations, at full size.

    Street scenes of 50 cities, mostly German, from a car, by day and in
    fair weather.

    * **Source**: "The Cityscapes Dataset for Semantic Urban Scene
      Understanding", Cordts et al., CVPR 2016; ``leftImg8bit`` and
      ``gtFine``.
    * **Images**: PNG, RGB, 2048 × 1024 px; links to the official files or
      copies of them.
    * **Labels**: 8-bit single-channel PNG of the image's size, made from
      ``_gtFine_labelIds.png``.
    * **Splits**: ``train`` (2975 images of 18 cities) and ``val`` (500 of
      three others); the labels of ``test`` are not public. ``r1_train``,
      ``r1_val`` and ``r1_test`` are 1024, 196 and 144 images drawn from
      train and val together.
    * **Classes** by default the 19 that are evaluated, numbered by train
      id: 0 road, 1 sidewalk, 2 building, 3 wall, 4 fence, 5 pole, 6 traffic
      light, 7 traffic sign, 8 vegetation, 9 terrain, 10 sky, 11 person, 12
      rider, 13 car, 14 truck, 15 bus, 16 train, 17 motorcycle, 18 bicycle;
      all else is 255, which is ignored.
    * **Classes**, the form of 30: all that were annotated, in the order of
      their label ids less 4: 0 static, 1 dynamic, 2 ground, 3 road, 4
      sidewalk, 5 parking, 6 rail track, 7 building, 8 wall, 9 fence, 10
      guard rail, 11 bridge, 12 tunnel, 13 pole, 14 polegroup, 15 traffic
      light, 16 traffic sign, 17 vegetation, 18 terrain, 19 sky, 20 person,
      21 rider, 22 car, 23 truck, 24 bus, 25 caravan, 26 trailer, 27 train,
      28 motorcycle, 29 bicycle; unlabelled pixels, the car's own bonnet,
      the border left by rectification and what lies outside the region of
      interest are 255. The labels have to be prepared with
      ``--classes 30``.
    * **Score**: mean IoU over the 19 classes at full size.
    * **Licence**: for non-commercial use; neither the data nor modified
      versions, such as reduced ones, may be passed on. Not distributed with
      segplug.

    Layout, as ``tools/prepare_data.py cityscapes`` writes it::

        data/cityscapes/
          images/<city>_<sequence>_<frame>.png
          labels/<city>_<sequence>_<frame>.png
          splits/{train,val,r1_train,r1_val,r1_test}.txt
          manifest.json

    Args:
        num_classes: 19 or 30: the form that the labels were prepared in.
        img_suffix: Of the image files.
        seg_map_suffix: Of the label files.
        reduce_zero_label: As in MMSegmentation.
        metainfo: As in MMSegmentation; ``classes`` names some of the 19.
        kwargs: As for :class:`mmseg.datasets.BaseSegDataset`.

    Raises:
        ValueError: If ``num_classes`` is neither 19 nor 30, or classes are
            chosen both by number and by ``metainfo``.
    """

    METAINFO = {
        'classes': labels.CLASSES,
        'palette': [list(colour) for colour in labels.PALETTE],
    }
    #: Options of ``prepare_data.py`` that make the data.
    PREPARATION = '--out data/cityscapes'
    REMEDY = _remedy(PREPARATION)

    def __init__(
        self,
        img_suffix: str = '.png',
        seg_map_suffix: str = '.png',
        reduce_zero_label: bool = False,
        *,
        num_classes: Literal[19, 30] = 19,
        metainfo: Optional[dict[str, Any]] = None,
        **kwargs: Any,
    ) -> None:
        self.num_classes = num_classes
        if num_classes == 30:
            self.REMEDY = _remedy(f'--classes 30 {self.PREPARATION}')
        super().__init__(
            img_suffix=img_suffix,
            seg_map_suffix=seg_map_suffix,
            reduce_zero_label=reduce_zero_label,
            metainfo=choose_form(num_classes, _FORMS, metainfo),
            **kwargs,
        )

    @classmethod
    def get_label_map(
        cls, new_classes: Optional[tuple[str, ...]] = None
    ) -> Optional[dict[int, int]]:
        """Map the labels of files to those of chosen classes.

        None for the 30 classes: the files hold their numbers.
        """
        if new_classes is not None and tuple(new_classes) == (
            labels.ANNOTATED_CLASSES
        ):
            return None
        return super().get_label_map(new_classes)

    def label_classes(self) -> tuple[str, ...]:
        """Return the names of the numbers in the label files."""
        if self.num_classes == 30:
            return labels.ANNOTATED_CLASSES
        return super().label_classes()


@DATASETS.register_module()
class DownsampledCityscapesDataset(PreparedCityscapesDataset):
    """Cityscapes reduced in size, 512 × 256 px unless prepared otherwise.

    * **Images**: means over areas (4 × 4 px), PNG.
    * **Labels**: the most frequent label of the same area, or the one at its
      centre; ``docs/data.md`` has the rules.
    * **Score**: mean IoU at the reduced size, which is not comparable with
      that of the benchmark; :class:`~segplug.evaluation.FullSizeMetric`
      scores the same predictions at full size.

    For all else see :class:`PreparedCityscapesDataset`; the layout is the
    same, in ``data/cityscapes256``.
    """

    PREPARATION = '--size 256x512 --out data/cityscapes256'
    REMEDY = _remedy(PREPARATION)
