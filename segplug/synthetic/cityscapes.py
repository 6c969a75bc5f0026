"""Streets written in the raw layout of Cityscapes.

``leftImg8bit/<split>/<city>/<city>_<sequence>_<frame>_leftImg8bit.png`` is a
picture, ``gtFine/…_gtFine_labelIds.png`` holds the 34 ids of its pixels and
``…_gtFine_instanceIds.png`` (16 bit) 1000 times the id plus a number for
what can be counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..labels.cityscapes import LABELS
from .encoding import encode_png, write_file
from .generation import Options, Split
from .street.clips import street_view
from .street.conditions import Climate
from .street.kinds import label_table, named_labels
from .street.scene import Rig

#: Labels for the kinds that Cityscapes does not know.
INSTEAD = MappingProxyType(
    {
        'garage': 'building',
        'banner': 'static',
        'billboard': 'static',
        'lane divider': 'static',
        'street light': 'static',
        'traffic cone': 'static',
        'traffic device': 'static',
        'traffic sign frame': 'static',
        'parking sign': 'traffic sign',
    }
)

_CITIES = {'train': ('aldorf', 'birkau', 'celburg', 'dornheim'),
           'val': ('ebenau', 'falkstadt')}  # fmt: skip
_FRAME = 19
_RIG = Rig(
    field=0.87,
    height=1.25,
    horizon=0.43,
    climate=Climate((0.95, 0.05, 0.0), (0.4, 0.55, 0.03, 0.0, 0.02)),
    bonnet=1.0,
    border=True,
)
_COUNTED = (24, 25, 26, 27, 28, 29, 30, 31, 32, 33)


class Cityscapes:
    """Generator of synthetic Cityscapes data."""

    name = 'cityscapes'
    version = 1
    most = 999_999
    size = (1024, 2048)
    counts = MappingProxyType({'train': 200, 'val': 50})

    def __init__(self) -> None:
        self._ids = label_table(named_labels(LABELS, INSTEAD))

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of an image: split, city, sequence and frame."""
        cities = _CITIES[split]
        city, number = cities[index % len(cities)], index // len(cities)
        return f'{split}/{city}/{city}_{number:06d}_{_FRAME:06d}'

    def paths(self, folder: Path, name: str) -> tuple[Path, ...]:
        """Return the picture, the labels and the instances of an id."""
        return (
            folder / 'leftImg8bit' / f'{name}_leftImg8bit.png',
            folder / 'gtFine' / f'{name}_gtFine_labelIds.png',
            folder / 'gtFine' / f'{name}_gtFine_instanceIds.png',
        )

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""
        for cities in _CITIES.values():
            for city in cities:
                for kind in ('leftImg8bit', 'gtFine'):
                    yield from folder.glob(f'{kind}/*/{city}/{city}_*.png')

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one image with its labels."""
        view = street_view(options, split, index, _RIG, 1)
        labels = self._ids[view.kinds]
        name = self.sample_id(split, index)
        images = view.image, labels, instance_ids(labels, view.owner)
        for path, image in zip(self.paths(folder, name), images):
            write_file(path, encode_png(image))

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write nothing: the folders are the lists."""


def instance_ids(labels: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return Cityscapes' instance ids.

    Args:
        labels: ``HxW`` label ids.
        owner: ``HxW`` numbers of things, 0 for none.

    Returns:
        ``HxW`` uint16: 1000 times the id plus the running number of the
        thing of that class, or the id alone.
    """
    result = labels.astype(np.uint16)
    for label in _COUNTED:
        things = (labels == label) & (owner > 0)
        if things.any():
            _, number = np.unique(owner[things], return_inverse=True)
            result[things] = 1000 * label + number.reshape(-1)
    return result
