"""Objects written in the raw layout of PASCAL VOC 2012.

Below ``VOCdevkit/VOC2012`` lie ``JPEGImages``, ``SegmentationClass`` and
``SegmentationObject`` (PNG with a colour table, 255 along the outlines) and
the lists ``ImageSets/Segmentation/{train,val,trainval}.txt``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from ..fileio import write_text
from ..labels.label import VOID
from ..labels.voc import CLASSES
from .encoding import encode_jpeg, encode_palette, write_file
from .generation import Options, Split
from .objects.scene import ObjectView, object_scene

_VAL_START = 500_000
_ATTEMPTS = 8
_ROOT = Path('VOCdevkit') / 'VOC2012'
_SHAPES = ((1.0, 1.0), (0.888, 1.0), (1.0, 1.0), (1.333, 0.75))


def colour_map() -> np.ndarray:
    """Return VOC's colour of every number, ``256x3`` uint8 RGB.

    The bits of the number are dealt to red, green and blue in turn, each
    from the highest bit of the colour downward.
    """
    number = np.arange(256)
    table = np.zeros((256, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            on = (number >> (3 * bit + channel)) & 1
            table[:, channel] |= (on << (7 - bit)).astype(np.uint8)
    return table


_COLOURS = colour_map()


class VOC12:
    """Generator of synthetic PASCAL VOC 2012 data."""

    name = 'voc12'
    version = 1
    most = _VAL_START - 1
    size = (375, 500)
    counts = MappingProxyType({'train': 400, 'val': 100})

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of an image, like VOC's but of the year 0."""
        start = _VAL_START if split == 'val' else 0
        return f'0000_{start + index + 1:06d}'

    def paths(self, folder: Path, name: str) -> tuple[Path, ...]:
        """Return the picture, the classes and the objects of an id."""
        root = folder / _ROOT
        return (
            root / 'JPEGImages' / f'{name}.jpg',
            root / 'SegmentationClass' / f'{name}.png',
            root / 'SegmentationObject' / f'{name}.png',
        )

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""
        root = folder / _ROOT
        yield from root.glob('JPEGImages/0000_*.jpg')
        yield from root.glob('Segmentation*/0000_*.png')
        yield from root.glob('ImageSets/Segmentation/*.txt')

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one image with its labels."""
        view, quality = _draw(options, split, index)
        border = outlines(view.owner)
        classes, objects = (
            np.where(border, VOID, plane).astype(np.uint8)
            for plane in (view.labels, view.owner)
        )
        picture, *labels = self.paths(folder, self.sample_id(split, index))
        write_file(picture, encode_jpeg(view.image, quality))
        for path, plane in zip(labels, (classes, objects)):
            write_file(path, encode_palette(plane, _COLOURS))

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write the id lists of the splits and of both together."""
        ids = {
            split: [
                self.sample_id(split, i)
                for i in range(options.counts()[split])
            ]
            for split in self.counts
        }
        ids['trainval'] = ids['train'] + ids['val']
        for split, names in ids.items():
            text = ''.join(f'{name}\n' for name in names)
            path = folder / _ROOT / 'ImageSets/Segmentation' / f'{split}.txt'
            write_text(path, text)


def _draw(
    options: Options, split: Split, index: int
) -> tuple[ObjectView, int]:
    """Return the first scene of an image's stream that shows its object."""
    names = CLASSES[1:]
    main = names[index % len(names)]
    easy = options.difficulty == 'easy'
    for attempt in range(_ATTEMPTS):
        rng = options.stream(split, index, attempt)
        tall, wide = (1.0, 1.0) if easy else _SHAPES[int(rng.integers(4))]
        shape = round(options.height * tall), round(options.width * wide)
        view = object_scene(rng, shape, main, easy=easy)
        shown = np.count_nonzero(view.labels == CLASSES.index(main))
        if shown > 0.008 * view.labels.size:
            break
    return view, int(rng.integers(75, 97))


def outlines(owner: np.ndarray) -> np.ndarray:
    """Return where two objects, or an object and none, meet.

    Args:
        owner: ``HxW`` int16 numbers of the objects.

    Returns:
        ``HxW`` bool; about three pixels wide at VOC's size.
    """
    side = 2 * max(round(max(owner.shape) / 500), 1) + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.dilate(owner, kernel) != cv2.erode(owner, kernel)
