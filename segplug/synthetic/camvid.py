"""Streets written in the layout of CamVid in the SegNet tutorial.

``<split>/<id>.png`` is a picture, ``<split>annot/<id>.png`` holds the eleven
classes of its pixels and 11 for none, ``<split>.txt`` lists both paths.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from ..fileio import write_text
from ..labels.camvid import CLASSES, UNLABELLED
from .encoding import encode_png, write_file
from .generation import SPLITS, Options, Split
from .street.clips import street_view
from .street.conditions import Climate
from .street.kinds import KINDS, label_table
from .street.scene import Rig

#: Classes of the kinds; all others are unlabelled.
CLASS_OF = MappingProxyType(
    {
        'sky': 'sky',
        'building': 'building', 'wall': 'building', 'garage': 'building',
        'bridge': 'building', 'tunnel': 'building',
        'pole': 'pole', 'polegroup': 'pole', 'street light': 'pole',
        'traffic cone': 'pole',
        'road': 'road', 'rail track': 'road',
        'sidewalk': 'pavement', 'parking': 'pavement',
        'vegetation': 'tree',
        'traffic sign': 'sign symbol', 'traffic light': 'sign symbol',
        'parking sign': 'sign symbol', 'billboard': 'sign symbol',
        'banner': 'sign symbol',
        'fence': 'fence', 'guard rail': 'fence',
        'car': 'car', 'truck': 'car', 'bus': 'car', 'caravan': 'car',
        'trailer': 'car',
        'person': 'pedestrian',
        'rider': 'bicyclist', 'bicycle': 'bicyclist',
        'motorcycle': 'bicyclist',
    }
)  # fmt: skip

CLIP = 4
"""Images of one clip."""

_PREFIX = '/SegNet/CamVid'
_RIG = Rig(
    field=0.95,
    height=1.4,
    horizon=0.45,
    climate=Climate((0.75, 0.25, 0.0), (0.6, 0.4, 0.0, 0.0, 0.0)),
    bonnet=0.0,
)


class CamVid:
    """Generator of synthetic CamVid data."""

    name = 'camvid'
    version = 1
    most = 99_999
    size = (360, 480)
    counts = MappingProxyType({'train': 240, 'val': 60, 'test': 120})

    def __init__(self) -> None:
        places = {name: number for number, name in enumerate(CLASSES)}
        self._labels = label_table(
            {k: places.get(CLASS_OF.get(k, ''), UNLABELLED) for k in KINDS}
        )

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of an image: of its clip and its frame."""
        clip, frame = divmod(index, CLIP)
        return f'Syn{SPLITS.index(split)}_{clip:05d}_{30 * frame:06d}'

    def paths(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Return the picture and the labels of an id."""
        split = SPLITS[int(name[3])]
        file = f'{name}.png'
        return folder / split / file, folder / f'{split}annot' / file

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""
        for split in self.counts:
            yield from folder.glob(f'{split}/Syn[0-9]_*.png')
            yield from folder.glob(f'{split}annot/Syn[0-9]_*.png')
            yield from folder.glob(f'{split}.txt')

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one image with its labels."""
        view = street_view(options, split, index, _RIG, CLIP)
        name = self.sample_id(split, index)
        images = view.image, self._labels[view.kinds]
        for path, image in zip(self.paths(folder, name), images):
            write_file(path, encode_png(image))

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write the lists of all splits."""
        for split in self.counts:
            names = (
                self.sample_id(split, i)
                for i in range(options.counts()[split])
            )
            text = ''.join(
                f'{_PREFIX}/{split}/{name}.png '
                f'{_PREFIX}/{split}annot/{name}.png\n'
                for name in names
            )
            write_text(folder / f'{split}.txt', text)
