"""Read label maps and images, and say what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segplug.errors import SegplugError
from segplug.untrusted_image import (
    UnreadableImageError,
    open_image,
    open_label_map,
)


class LabelFileError(SegplugError, ValueError):
    """A file does not hold a label map."""


def read_labels(path: Path) -> np.ndarray:
    """Read an 8-bit label map.

    Args:
        path: PNG with one channel; a palette is ignored.

    Returns:
        Class ids, shape (H, W), uint8.

    Raises:
        LabelFileError: If the file cannot be read, or holds colours or ids
            of more than 8 bits.
    """
    try:
        with open_label_map(path, modes=('L', 'P', '1')) as image:
            return np.array(image).astype(np.uint8, copy=False)
    except UnreadableImageError as error:
        raise LabelFileError(f'{path} {error}.') from error


def read_image(path: Path) -> np.ndarray:
    """Read a photograph, shape (H, W, 3), RGB, uint8.

    Raises:
        LabelFileError: If the file cannot be read.
    """
    try:
        with open_image(path) as image:
            return np.array(image.convert('RGB'))
    except UnreadableImageError as error:
        raise LabelFileError(f'{path} {error}.') from error
