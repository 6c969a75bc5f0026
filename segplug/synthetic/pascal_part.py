"""People written in the raw layout of PASCAL-Part.

``Annotations_Part/<id>.mat`` holds the structure of the official files
(Chen et al., *Detect What You Can*, CVPR 2014), ``JPEGImages/<id>.jpg`` the
picture, ``train_id.txt`` and ``val_id.txt`` one id a line.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import scipy.io

from ..fileio import atomic_path, write_text
from .encoding import encode_jpeg
from .generation import Options, Split
from .people.parts import PART_NAMES
from .scene import Scene, people_scene

CLASS_INDEX = {'chair': 9, 'table': 11, 'person': 15, 'sofa': 18}
"""VOC index of every class that occurs; PASCAL-Part says ``table``."""

_VAL_START = 500_000
_ATTEMPTS = 20
_OBJECT = np.dtype(
    [('class', 'O'), ('class_ind', 'O'), ('mask', 'O'), ('parts', 'O')]
)
_PART = np.dtype([('part_name', 'O'), ('mask', 'O')])
_ANNO = np.dtype([('imname', 'O'), ('objects', 'O')])
_HEADER = b'MATLAB 5.0 MAT-file, written by segplug'.ljust(116)


class PascalPart:
    """Generator of synthetic PASCAL-Part data."""

    name = 'pascal_part'
    version = 1
    most = _VAL_START - 1
    size = (375, 500)
    counts = MappingProxyType({'train': 800, 'val': 200})

    def sample_id(self, split: Split, index: int) -> str:
        """Return the id of an image, like VOC's but of the year 0."""
        start = _VAL_START if split == 'val' else 0
        return f'0000_{start + index + 1:06d}'

    def paths(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Return the annotation and the picture of an id."""
        return (
            folder / 'Annotations_Part' / f'{name}.mat',
            folder / 'JPEGImages' / f'{name}.jpg',
        )

    def owned(self, folder: Path) -> Iterable[Path]:
        """Return the existing files that an earlier run wrote."""
        yield from folder.glob('Annotations_Part/0000_*.mat')
        yield from folder.glob('JPEGImages/0000_*.jpg')
        yield from folder.glob('*_id.txt')

    def write_sample(
        self, folder: Path, options: Options, split: Split, index: int
    ) -> None:
        """Render and write one image with its annotation."""
        name = self.sample_id(split, index)
        image, quality, anno = _draw(name, options, split, index)
        mat_path, jpg_path = self.paths(folder, name)
        with atomic_path(jpg_path) as path:
            path.write_bytes(encode_jpeg(image, quality))
        with atomic_path(mat_path) as path:
            path.write_bytes(encode_mat(anno))

    def write_lists(self, folder: Path, options: Options) -> None:
        """Write the id lists of both splits."""
        for split in self.counts:
            count = options.counts()[split]
            ids = (self.sample_id(split, i) for i in range(count))
            text = ''.join(f'{name}\n' for name in ids)
            write_text(folder / f'{split}_id.txt', text)


def _draw(
    name: str, options: Options, split: Split, index: int
) -> tuple[np.ndarray, int, np.ndarray]:
    """Return the first scene of an image's own stream that shows a person."""
    easy = options.difficulty == 'easy'
    for attempt in range(_ATTEMPTS):
        rng = options.stream(split, index, attempt)
        scene = people_scene(rng, options.shape, easy=easy)
        objects = annotate(scene)
        if any(o['parts'].size for o in objects[0]):
            break
    anno = np.empty((1, 1), _ANNO)
    anno[0, 0] = (name, objects)
    return scene.image, int(rng.integers(75, 97)), anno


def annotate(scene: Scene) -> np.ndarray:
    """Return the ``(1, K)`` objects array of a scene.

    Objects and parts are cut to what is visible; what shows less than about
    two hundred-thousandths of the image is left out, as annotators do.
    """
    least = max(2, round(2e-5 * scene.owner.size))
    rows = []
    for number, kind in enumerate(scene.objects, start=1):
        mask = scene.owner == number
        if np.count_nonzero(mask) < 2 * least:
            continue
        parts = np.empty((0, 0), _PART)
        if kind == 'person':
            parts = _parts(scene, mask, least)
        index = np.array([[CLASS_INDEX[kind]]], np.uint8)
        full = np.asfortranarray(mask, np.uint8)
        rows.append((kind, index, full, parts))
    objects = np.empty((1, len(rows)), _OBJECT)
    for column, row in enumerate(rows):
        objects[0, column] = row
    return objects


def _parts(scene: Scene, mask: np.ndarray, least: int) -> np.ndarray:
    """Return the ``(1, P)`` parts of one object, or ``(0, 0)``."""
    rows = []
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    window = slice(top, top + height), slice(left, left + width)
    crop = mask[window]
    planes = scene.part[window] * crop, scene.detail[window] * crop
    for number, name in enumerate(PART_NAMES, start=1):
        found = (planes[0] == number) | (planes[1] == number)
        if np.count_nonzero(found) < least:
            continue
        full = np.zeros(mask.shape, np.uint8, order='F')
        full[window] = found
        rows.append((name, full))
    parts = np.empty((1, len(rows)) if rows else (0, 0), _PART)
    for column, row in enumerate(rows):
        parts[0, column] = row
    return parts


def encode_mat(anno: np.ndarray) -> bytes:
    """Return a MATLAB v5 file that holds ``anno``.

    The header carries no time, so equal annotations give equal bytes.
    """
    stream = io.BytesIO()
    scipy.io.savemat(stream, {'anno': anno}, do_compression=True)
    return _HEADER + stream.getvalue()[len(_HEADER) :]
