"""Decode one image and its label to the end, and judge them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from segplug.prepare.errors import BadItemError
from segplug.prepare.pictures import (
    IMAGE_SUFFIXES,
    read_image,
    read_indices,
)

from .samples import Sample

try:
    import imagehash
except ImportError:  # the extra `check`
    imagehash = None

_SHOWN = 10


@dataclass(frozen=True)
class Inspection:
    """What was found in a sample.

    Attributes:
        sample: The sample.
        problems: One sentence for each thing that is wrong.
        size: Height and width of the image in px, None if unreadable.
        pixels: Pixels of each class and, last, of the ignored value; None
            if there is no readable label.
        digest: SHA-256 of the image's pixels, None if unreadable.
        look: Perceptual hash of the image, 64 bit, None if it was not
            computed.
    """

    sample: Sample
    problems: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    pixels: tuple[int, ...] | None = None
    digest: str | None = None
    look: int | None = None


def inspect(sample: Sample) -> Inspection:
    """Read both files of a sample.

    Args:
        sample: What to read.

    Returns:
        What was found; problems do not raise.
    """
    problems, image, label = [], None, None
    try:
        _check_suffix(sample)
        image = read_image(sample.image)
    except BadItemError as error:
        problems.append(str(error))
    try:
        if sample.label is not None:
            label = read_indices(sample.label)
    except BadItemError as error:
        problems.append(str(error))
    if image is not None and label is not None:
        problems += _compare(sample, image, label)
    counts = None
    if label is not None:
        counts, strange = _count(sample, label)
        problems += strange
    return Inspection(
        sample=sample,
        problems=tuple(problems),
        size=None if image is None else image.shape[:2],
        pixels=counts,
        digest=None if image is None else _digest(image),
        look=None if image is None else _look(image),
    )


def can_compare_looks() -> bool:
    """Tell whether perceptual hashes can be computed."""
    return imagehash is not None


def _check_suffix(sample: Sample) -> None:
    if not sample.image.is_file():
        raise BadItemError(f'{sample.image}: is missing.')
    if sample.image.suffix.lower() not in IMAGE_SUFFIXES:
        raise BadItemError(
            f'{sample.image}: images of this kind cannot be checked, only '
            f'{", ".join(IMAGE_SUFFIXES)}.'
        )


def _compare(
    sample: Sample, image: np.ndarray, label: np.ndarray
) -> list[str]:
    if label.shape == image.shape[:2]:
        return []
    return [
        f'{sample.label}: the label map has {_size(label.shape)} px (H×W), '
        f'its image {_size(image.shape)}.'
    ]


def _count(
    sample: Sample, label: np.ndarray
) -> tuple[tuple[int, ...], list[str]]:
    counts = np.bincount(label.ravel(), minlength=256)
    valid = np.zeros(256, bool)
    valid[sample.shift : sample.shift + sample.classes] = True
    valid[sample.ignore] = True
    valid[: sample.shift] = True
    strange = np.flatnonzero(~valid & (counts > 0))
    problems = []
    if strange.size:
        problems.append(
            f'{sample.label}: {int(counts[strange].sum())} pixels have ids '
            f'outside 0…{sample.classes - 1 + sample.shift} and '
            f'{sample.ignore}: {strange[:_SHOWN].tolist()}.'
        )
    classes = counts[sample.shift : sample.shift + sample.classes]
    ignored = counts[sample.ignore] + counts[: sample.shift].sum()
    return (*map(int, classes), int(ignored)), problems


def _digest(image: np.ndarray) -> str:
    found = hashlib.sha256(repr(image.shape).encode())
    found.update(np.ascontiguousarray(image))
    return found.hexdigest()


def _look(image: np.ndarray) -> int | None:
    if imagehash is None:
        return None
    return int(str(imagehash.phash(Image.fromarray(image))), 16)


def _size(shape: tuple[int, ...]) -> str:
    return f'{shape[0]}×{shape[1]}'
