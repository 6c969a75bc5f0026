"""Streets written in the raw layout of BDD100K's 10K images.

``images/10k/<split>/<id>.jpg`` is a picture,
``labels/pan_seg/bitmasks/<split>/<id>.png`` an RGBA image whose R is one of
the 41 ids, G are flags and B and A the number of the instance, and
``labels/sem_seg/masks/<split>/<id>.png`` the 19 train ids. Ids that agree
before the hyphen belong to one clip.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..labels.bdd100k import LABELS
from ..labels.label import VOID, train_id_table
from .encoding import encode_jpeg, encode_png, write_file
from .generation import SPLITS, Options, Split
from .street.clips import street_view
from .street.conditions import Climate
from .street.kinds import label_table, named_labels
from .street.scene import Rig

#: Labels for the kinds that BDD100K does not know.
INSTEAD = MappingProxyType(
    {'rectification border': 'unlabeled', 'out of roi': 'unlabeled'}
)

CLIP = 3
"""Images of one clip."""

_STUFF = 30  # The last id of what is not counted.
_RIG = Rig(
    field=0.95,
    height=1.35,
    horizon=0.5,
    climate=Climate((0.55, 0.13, 0.32), (0.45, 0.25, 0.12, 0.1, 0.08)),
    bonnet=0.45,
)


class BDD100K:
    """Generator of synthetic BDD100K data."""

    name = 'bdd100k'
    version = 1
    most = 999_999
    size = (720, 1280)
    counts = MappingProxyType({'train': 210, 'val': 60})

    def __init__(self) -> None:
        self._ids = label_table(named_labels(LABELS, INSTEAD))
        self._train_ids = train_id_table(LABELS, VOID)

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of an image: of its clip, then its own."""
        clip = (index // CLIP) * len(SPLITS) + SPLITS.index(split)
        own = index * len(SPLITS) + SPLITS.index(split)
        return f'{_scatter(clip, 0x1F3D5B79):08x}-{_scatter(own, 0):08x}'

    def paths(self, folder: Path, name: str) -> tuple[Path, ...]:
        """Return the picture, the bitmask and the mask of an id."""
        split = self._split(name)
        return (
            folder / 'images' / '10k' / split / f'{name}.jpg',
            folder / 'labels/pan_seg/bitmasks' / split / f'{name}.png',
            folder / 'labels/sem_seg/masks' / split / f'{name}.png',
        )

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""
        name = '-'.join(['[0-9a-f]' * 8] * 2)
        for split in self.counts:
            yield from folder.glob(f'images/10k/{split}/{name}.jpg')
            yield from folder.glob(f'labels/*/*/{split}/{name}.png')

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one image with its labels."""
        view = street_view(options, split, index, _RIG, CLIP)
        ids = self._ids[view.kinds]
        name = self.sample_id(split, index)
        picture, bitmask, mask = self.paths(folder, name)
        quality = int(options.stream(split, index, 0, 0).integers(75, 96))
        write_file(picture, encode_jpeg(view.image, quality))
        write_file(bitmask, encode_png(bitmask_of(ids, view.owner)))
        write_file(mask, encode_png(self._train_ids[ids]))

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write nothing: the folders are the lists."""

    def _split(self, name: str) -> Split:
        """Return the split of an id."""
        number = _gather(int(name[9:], 16))
        return SPLITS[number % len(SPLITS)]


def bitmask_of(ids: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return the RGBA image of ids and instances.

    Args:
        ids: ``HxW`` ids.
        owner: ``HxW`` numbers of things, 0 for none.
    """
    counted = np.where(ids > _STUFF, owner, 0)
    # What is not counted has one instance for each of its ids.
    number = np.where(counted > 0, counted + _STUFF, ids).astype(np.uint16)
    bitmask = np.zeros((*ids.shape, 4), np.uint8)
    bitmask[..., 0] = ids
    bitmask[..., 2] = number >> 8
    bitmask[..., 3] = number & 255
    return bitmask


_FACTOR = 0x9E3779B1
_INVERSE = pow(_FACTOR, -1, 1 << 32)


def _scatter(number: int, mask: int) -> int:
    """Map numbers to distinct ones that look random."""
    return ((number + 1) * _FACTOR & 0xFFFFFFFF) ^ mask


def _gather(scattered: int) -> int:
    """Undo :func:`_scatter` without a mask."""
    return (scattered * _INVERSE & 0xFFFFFFFF) - 1
