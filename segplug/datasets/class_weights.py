"""Class weights from the pixel counts of prepared data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segplug.errors import SegplugError
from segplug.fileio import PathLike

from .wrapped import innermost

IGNORE = 255


class ManifestError(SegplugError, ValueError):
    """The counts that class weights need cannot be had from a manifest."""


@dataclass(frozen=True)
class PixelCounts:
    """Pixels of each class in each image.

    Args:
        classes: Names of the C classes.
        pixels: Integers of shape (images, C + 1), ignored pixels last.
    """

    classes: Sequence[str]
    pixels: np.ndarray

    def remapped(
        self, classes: Sequence[str], mapping: Mapping[int, int]
    ) -> PixelCounts:
        """Return the counts under other label values.

        Args:
            classes: Names of the new classes.
            mapping: New value of each old one that changes; 255 is ignored.

        Raises:
            ManifestError: If a class would have no name.
        """
        pixels = np.zeros((len(self.pixels), len(classes) + 1), np.int64)
        for old in range(len(self.classes) + 1):
            value = IGNORE if old == len(self.classes) else old
            new = mapping.get(value, value)
            if new != IGNORE and not 0 <= new < len(classes):
                raise ManifestError(
                    f'The prepared labels have {len(self.classes)} classes, '
                    f'and value {value} is that of none of the {len(classes)} '
                    'classes of the data set: prepare the data with the '
                    'options that fit the config.'
                )
            column = len(classes) if new == IGNORE else new
            pixels[:, column] += self.pixels[:, old]
        return PixelCounts(classes, pixels)


def median_frequency(pixels: np.ndarray) -> np.ndarray:
    """Compute weights by median frequency balancing.

    The frequency of a class is the number of its pixels over that of all
    pixels of the images in which it occurs, and its weight the median
    frequency over its own (Eigen & Fergus, ICCV 2015,
    https://arxiv.org/abs/1411.4734, section 6.3.2; used by SegNet,
    https://arxiv.org/abs/1511.00561, section 4.1).

    Ignored pixels are pixels of their image, but no class. A class that
    occurs nowhere has no frequency: the median is taken without it, and its
    weight is 1, that of a class of median frequency, so that the weights
    stay usable on data in which it does occur.

    Args:
        pixels: Of each class in each image, (images, C + 1), ignored last.

    Returns:
        Weights, (C,), float64, positive.

    Raises:
        ValueError: If the shape is another, or no class occurs.
    """
    pixels = np.asarray(pixels)
    if pixels.ndim != 2 or pixels.shape[1] < 2 or (pixels < 0).any():
        raise ValueError(
            'pixels must be counts of shape (images, classes + 1), got '
            f'shape {pixels.shape}.'
        )
    classes = pixels[:, :-1].astype(np.float64)
    around = ((classes > 0) * pixels.sum(1, keepdims=True)).sum(0)
    occurs = around > 0
    if not occurs.any():
        raise ValueError('No class has a pixel, so there are no frequencies.')
    frequency = classes.sum(0)[occurs] / around[occurs]
    weights = np.ones(len(occurs))
    weights[occurs] = np.median(frequency) / frequency
    return weights


def read_counts(root: PathLike, ids: Iterable[str]) -> PixelCounts:
    """Read the pixel counts of images from a data set's manifest.

    Args:
        root: Folder that ``tools/prepare_data.py`` wrote.
        ids: Of the images, with repeats if they are repeated.

    Returns:
        The counts, in the order of the ids.

    Raises:
        ManifestError: If there is no manifest, it is damaged or lacks an
            image.
    """
    path = Path(root) / 'manifest.json'
    manifest = _read_manifest(path)
    try:
        (names, *_) = [s['pixels'] for s in manifest['splits'].values()]
        files = manifest['files']
        rows = [files[name]['pixels'] for name in ids]
        pixels = np.array(rows, np.int64).reshape(len(rows), len(names))
    except KeyError as error:
        raise ManifestError(
            f'{path} has no entry {error}: the lists do not belong to these '
            'data; prepare them again.'
        ) from error
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ManifestError(
            f'{path} is damaged ({error}): prepare the data again.'
        ) from error
    return PixelCounts(list(names)[:-1], pixels)


def read_split(root: PathLike, split: str) -> list[str]:
    """Return the ids of a split of prepared data.

    Raises:
        ManifestError: If there is no such list.
    """
    path = Path(root) / 'splits' / f'{split}.txt'
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob('*.txt'))
        raise ManifestError(
            f'There is no list {path}; '
            + (f'known splits: {", ".join(known)}.' if known else _REMEDY)
        )
    return path.read_text(encoding='utf-8').split()


def dataset_counts(dataset: Any) -> PixelCounts:
    """Read the pixel counts of what a dataset trains on.

    Args:
        dataset: One of MMSegmentation's datasets over prepared data, or a
            wrapper around some (``RepeatDataset``, ``ConcatDataset``, …). A
            part of the data, as by ``indices``, is counted alone. Of a
            wrapper around a single dataset the inner one is counted.

    Returns:
        The counts under the label values that training sees.

    Raises:
        ManifestError: As :func:`read_counts`.
    """
    parts = [_own_counts(part) for part in innermost(dataset)]
    return PixelCounts(
        parts[0].classes, np.concatenate([p.pixels for p in parts])
    )


def _own_counts(dataset: Any) -> PixelCounts:
    root = getattr(dataset, 'data_root', None)
    if not root:
        raise ManifestError(
            f'{type(dataset).__name__} has no data_root, in which the '
            'manifest with the pixel counts lies: set it in the config.'
        )
    return _remap(read_counts(root, _ids(dataset)), dataset)


_REMEDY = (
    'give the folder that tools/prepare_data.py wrote, with manifest.json in '
    'it.'
)


def _read_manifest(path: Path) -> Any:
    if not path.is_file():
        raise ManifestError(
            f'There is no {path}, from which class weights are counted: '
            f'{_REMEDY}'
        )
    try:
        return json.loads(path.read_text(encoding='utf-8'))
    except (ValueError, RecursionError) as error:
        raise ManifestError(
            f'{path} is damaged ({error}): prepare the data again.'
        ) from error


def _ids(dataset: Any) -> list[str]:
    """Return the ids of a dataset's samples: label paths without suffix."""
    folder = Path(dataset.data_prefix['seg_map_path'])
    labels = (
        dataset.get_data_info(index)['seg_map_path']
        for index in range(len(dataset))
    )
    suffix = len(dataset.seg_map_suffix)
    return [
        Path(path).relative_to(folder).as_posix()[:-suffix] for path in labels
    ]


def _remap(counts: PixelCounts, dataset: Any) -> PixelCounts:
    """Apply what MMSegmentation does to label values when it loads them."""
    values = range(len(counts.classes))
    mapping = {value: value for value in values}
    if getattr(dataset, 'reduce_zero_label', False):
        mapping = {value: value - 1 for value in values}
        mapping[0] = IGNORE
    renamed = getattr(dataset, 'label_map', None) or {}
    mapping = {old: renamed.get(new, new) for old, new in mapping.items()}
    classes = dataset.metainfo.get('classes') or counts.classes
    return counts.remapped(classes, mapping)
