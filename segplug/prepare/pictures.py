"""Read images and labels with suspicion; write labels in one form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from segplug.untrusted_image import (
    NoLabelMapError,
    UnreadableImageError,
    describe_mode,
    open_image,
    open_label_map,
)

from .errors import BadItemError, NotIndicesError

#: Label value of pixels that are neither trained on nor scored.
IGNORE = 255

Colour = tuple[int, int, int]

_FORMATS = {'.jpg': 'JPEG', '.png': 'PNG'}
IMAGE_SUFFIXES = tuple(_FORMATS)
_IGNORE_COLOUR = (224, 224, 192)  # as in VOC's colour map
_ORIENTATION = 0x0112  # EXIF tag


def image_shape(path: Path) -> tuple[int, int]:
    """Decode an image to the end and return its height and width in px.

    Raises:
        BadItemError: If it is missing, damaged, no image of the kind that
            its suffix says, too large, or carries an EXIF orientation: some
            readers obey it, and the label would not be turned with it.
    """
    with _upright(path) as image:
        return image.height, image.width


def read_image(path: Path) -> np.ndarray:
    """Read the pixels of a colour image, or of a grey one as colours.

    Returns:
        uint8 array of shape (H, W, 3), RGB.

    Raises:
        BadItemError: As from :func:`image_shape`, or if it has other than
            three or one channel of 8 bit.
    """
    with _upright(path) as image:
        if image.mode not in ('RGB', 'L'):
            raise BadItemError(
                f'{path}: is an image with {describe_mode(image.mode)}; '
                'wanted are RGB colours or 8-bit grey.'
            )
        return np.array(image.convert('RGB'))


def read_rgba(path: Path, wanted: str) -> np.ndarray:
    """Read the four channels of a PNG that keeps numbers in them.

    Args:
        path: RGBA PNG, 8 bit a channel.
        wanted: What the file should be, for the error.

    Returns:
        uint8 array of shape (H, W, 4), in the order R, G, B, A.

    Raises:
        NotIndicesError: If it has other channels.
        BadItemError: If it is missing, damaged or too large.
    """
    with _opened(path) as image:
        if image.mode != 'RGBA':
            raise NotIndicesError(
                f'{path}: has {describe_mode(image.mode)}; wanted: {wanted}.'
            )
        return np.array(image)


def read_indices(
    path: Path, *, modes: Sequence[str] = ('P', 'L')
) -> np.ndarray:
    """Read the class numbers from a label PNG.

    Args:
        path: 8-bit PNG with a palette (the indices are returned, whatever
            the colours) or in grey.
        modes: Which of these two kinds, ``'P'`` and ``'L'``, are taken.

    Returns:
        uint8 array of shape (H, W).

    Raises:
        NotIndicesError: If it has colours or 16-bit values instead of 8-bit
            class numbers.
        BadItemError: If it is missing, damaged or too large.
    """
    formats = [_FORMATS[path.suffix.lower()]]
    try:
        with open_label_map(path, formats, modes=modes) as image:
            return np.array(image, dtype=np.uint8)
    except NoLabelMapError as error:
        raise NotIndicesError(f'{path}: {error}.') from error
    except UnreadableImageError as error:
        raise BadItemError(f'{path}: {error}.') from error


def write_label(
    path: Path, label: np.ndarray, palette: Sequence[Colour]
) -> None:
    """Write a label as 8-bit palette PNG, the same bytes for the same input.

    Args:
        path: File to write.
        label: uint8 array of shape (H, W).
        palette: RGB colour of each class; :data:`IGNORE` is a light beige.
    """
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(palette)] = palette
    colours[IGNORE] = _IGNORE_COLOUR
    image = Image.fromarray(label)
    image.putpalette(colours.tobytes())
    image.save(path, format='PNG')


def count_labels(
    label: np.ndarray, palette: Sequence[Colour], path: Path
) -> tuple[int, ...]:
    """Count a label's pixels and refuse values that are no class numbers.

    Args:
        label: uint8 array of shape (H, W).
        palette: RGB colour of each class.
        path: What the label was made from, for the error.

    Returns:
        Pixels of each class and, last, those with :data:`IGNORE`.

    Raises:
        BadItemError: If there are other values.
    """
    counts = np.bincount(label.ravel(), minlength=256)
    values = set(np.flatnonzero(counts).tolist())
    strange = sorted(values - {*range(len(palette)), IGNORE})
    if not strange:
        return (*counts[: len(palette)].tolist(), int(counts[IGNORE]))
    listed = ', '.join(map(str, strange[:10]))
    listed += ', …' if len(strange) > 10 else ''
    if values <= grey_levels(palette) | {IGNORE}:
        raise BadItemError(
            f'{path}: the values {listed} are the grey levels of the '
            "palette's colours, not class numbers. The label was once read "
            'as grey (cv2.imread(path, 0) does that) and saved; use the '
            'original palette PNG.'
        )
    raise BadItemError(
        f'{path}: has label values {listed}; wanted are 0 to '
        f'{len(palette) - 1} and {IGNORE} (ignore).'
    )


def grey_levels(palette: Sequence[Colour]) -> set[int]:
    """Return the luma (ITU-R BT.601) of each colour.

    Some libraries round it and some cut it off: both are returned.
    """
    luma = np.array(palette) @ np.array([0.299, 0.587, 0.114])
    return {*np.rint(luma).astype(int).tolist(), *luma.astype(int).tolist()}


@contextmanager
def _upright(path: Path) -> Iterator[Image.Image]:
    with _opened(path) as image:
        image.load()
        turned = image.getexif().get(_ORIENTATION, 1)
        if turned not in (0, 1):
            raise BadItemError(
                f'{path}: has the EXIF orientation {turned}; turn the pixels '
                'upright and remove the tag.'
            )
        yield image


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with open_image(path, [_FORMATS[path.suffix.lower()]]) as image:
            yield image
    except UnreadableImageError as error:
        raise BadItemError(f'{path}: {error}.') from error
