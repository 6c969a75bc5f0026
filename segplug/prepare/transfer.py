"""How an image and its label get into the output folder."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Literal, Optional

import numpy as np
from PIL import Image

from segplug.fileio import atomic_link, atomic_path, sha256

from .pictures import image_shape, read_image
from .shrink import LabelsBy, Size, shrink_image, shrink_label

ImagesAs = Literal['copy', 'link']


@dataclass(frozen=True)
class Picture:
    """An image that has been decoded and found sound.

    Args:
        shape: Its height and width in px.
        save: Writes it, or what is to become of it, to a path.
    """

    shape: Size
    save: Callable[[Path], None]


@dataclass(frozen=True)
class Transfer:
    """How an image and its label get into the output folder.

    Args:
        images: ``'copy'``: the bytes as they are. ``'link'``: a symbolic
            link to the file. Without a ``size`` only.
        size: Height and width in px that both are reduced to; None leaves
            them as they are. Images become PNG files.
        labels_by: How labels are reduced.
    """

    images: ImagesAs = 'copy'
    size: Optional[Size] = None
    labels_by: LabelsBy = 'majority'

    @property
    def options(self) -> dict[str, Any]:
        """What the outputs depend on; nothing for plain copies."""
        if self.size is not None:
            return {'size': list(self.size), 'labels_by': self.labels_by}
        return {'images_as': 'link'} if self.images == 'link' else {}

    def open(self, source: Path) -> Picture:
        """Decode an image.

        Raises:
            BadItemError: If it cannot be used.
        """
        if self.size is None:
            put = _link if self.images == 'link' else _copy
            return Picture(image_shape(source), lambda path: put(source, path))
        pixels = read_image(source)
        small = shrink_image(pixels, self.size)
        return Picture(pixels.shape[:2], lambda path: _write(small, path))

    def label(self, label: np.ndarray) -> np.ndarray:
        """Reduce a label of shape (H, W), uint8, if that is wanted."""
        if self.size is None:
            return label
        return shrink_label(label, self.size, by=self.labels_by)

    def fits(self, source: Path, path: Path) -> bool:
        """Whether a file in the output is a link exactly if it should be."""
        if self.size is not None or self.images == 'copy':
            return not path.is_symlink()
        return _is_link(path, source)


def _copy(source: Path, target: Path) -> None:
    """Copy a file unless it is there already.

    No link: who edits the copy in place must not edit the source.
    """
    is_there = target.is_file() and not target.is_symlink()
    if not (is_there and sha256(target) == sha256(source)):
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)


def _link(source: Path, target: Path) -> None:
    """Link to a file, by a relative path so that both can be moved."""
    if _is_link(target, source):
        return
    folder = target.parent.resolve()
    try:
        path = os.path.relpath(source.resolve(), folder)
    except ValueError:  # another drive
        path = str(source.resolve())
    atomic_link(target, path)


def _is_link(path: Path, source: Path) -> bool:
    return path.is_symlink() and path.exists() and path.samefile(source)


def _write(pixels: np.ndarray, target: Path) -> None:
    with atomic_path(target) as temporary:
        Image.fromarray(pixels).save(temporary, format='PNG')
