"""The label files of BDD100K: bitmasks of 41 ids, masks of 19 classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segplug.labels.bdd100k import ALL_PALETTE

from .errors import NotIndicesError, OtherDatasetError
from .pictures import read_indices, read_rgba
from .sources import Source
from .split_folders import Tree, choose_folder, list_tree, split_parents

SPLITS = ('train', 'val')
BITMASKS = (
    'bdd100k_pan_seg_labels_trainval.zip or its folder pan_seg/bitmasks, '
    'with train/*.png'
)
MASKS = (
    'bdd100k_sem_seg_labels_trainval.zip or its folder sem_seg/masks, with '
    'train/*.png (of the old release: seg/labels, with *_train_id.png)'
)
_NO_COLOURS = (
    'Pictures of the colours are of no use: there are only 37 colours for '
    'the 41 labels (unlabeled, ego vehicle and static share one, so do '
    'parking sign and person, and pole and polegroup)'
)
_COLOUR_FOLDERS = ('colormaps', 'color_labels')
_MASK_FOLDERS = ('sem_seg/masks', 'seg/labels', 'masks', 'labels')
_OLD = '_train_id.png'


def label_tree(source: Source, classes: int) -> Tree:
    """Find the labels; pictures of colours are not taken for such.

    Args:
        source: Where to look.
        classes: 41 for bitmasks, 19 for masks.

    Returns:
        Files by split and id.

    Raises:
        SourceError: If there are none, or several that could be meant.
    """
    found = [f for f in split_parents(source, '.png') if _holds_labels(f)]
    full = [f for f in found if f.parts[-2:] == ('pan_seg', 'bitmasks')]
    if classes == 41:
        folders = full or [f for f in found if not _has_masks(f)]
        names, wanted = (), f'{BITMASKS}. {_NO_COLOURS}'
        if not folders and found:
            wanted += '. The masks of the 19 classes need --classes 19'
    else:
        folders = [f for f in found if f not in full]
        names, wanted = _MASK_FOLDERS, MASKS
    folder = choose_folder(source, folders, names=names, wanted=wanted)
    return list_tree(folder, _ending(folder), SPLITS)


def read_bitmask(path: Path) -> np.ndarray:
    """Read the label ids of a bitmask from its red channel.

    The other channels hold flags and the number of the instance.

    Args:
        path: RGBA PNG of ``pan_seg/bitmasks``.

    Returns:
        uint8 array of shape (H, W) with ids from 0 to 40.

    Raises:
        OtherDatasetError: If it is no bitmask but has other channels or is a
            picture of colours.
        BadItemError: If it cannot be read.
    """
    try:
        pixels = read_rgba(path, 'an RGBA bitmask of pan_seg/bitmasks')
    except NotIndicesError as error:
        raise OtherDatasetError(f'{error} {_NO_COLOURS}.') from error
    if _is_picture(pixels):
        raise OtherDatasetError(f'{path}: is no bitmask. {_NO_COLOURS}.')
    return pixels[..., 0].copy()


def read_mask(path: Path) -> np.ndarray:
    """Read a grey mask of the 19 evaluated classes.

    Args:
        path: Grey 8-bit PNG with train ids.

    Returns:
        uint8 array of shape (H, W); 255 is ignored.

    Raises:
        OtherDatasetError: If it has several channels or a palette.
        BadItemError: If it cannot be read.
    """
    try:
        return read_indices(path, modes=('L',))
    except NotIndicesError as error:
        raise OtherDatasetError(
            f'{error} Bitmasks need --classes 41; pictures of colours are of '
            'no use.'
        ) from error


def _holds_labels(folder: Path) -> bool:
    """Whether a folder may hold class numbers of every pixel."""
    if folder.name in _COLOUR_FOLDERS:
        return False
    return folder.parts[-2:] != ('ins_seg', 'bitmasks')


def _has_masks(folder: Path) -> bool:
    named = folder.as_posix().endswith(('sem_seg/masks', 'seg/labels'))
    return named or _ending(folder) == _OLD


def _ending(folder: Path) -> str:
    """Return the end of the names of the label files in a folder."""
    old = any(list_tree(folder, _OLD, SPLITS).values())
    return _OLD if old else '.png'


def _is_picture(pixels: np.ndarray) -> bool:
    """Whether RGBA pixels show labels in their colours.

    Pictures are opaque throughout, with colours of the palette; a bitmask
    would have to consist of instances of the number 255.
    """
    if pixels[..., 3].min() < 255:
        return False
    red, green, blue = np.moveaxis(pixels[..., :3].astype(np.int32), 2, 0)
    shown = set(np.unique((red << 16) | (green << 8) | blue).tolist())
    return shown <= {(r << 16) | (g << 8) | b for r, g, b in ALL_PALETTE}
