"""BDD100K's 10K images with all 41 labels, or the official 19 classes."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from segplug.labels.bdd100k import (
    ALL_CLASSES,
    ALL_PALETTE,
    CLASSES,
    PALETTE,
)

from .draw import apportion, draw
from .errors import BadItemError, SourceError
from .pictures import read_indices, read_rgba
from .sources import Source, Workspace
from .spec import DatasetSpec, Item, Plan
from .split_folders import (
    Tree,
    choose_folder,
    ids_by_split,
    list_tree,
    pair_trees,
    split_parents,
)
from .street_options import add_source_arguments, image_transfer

_SPLITS = ('train', 'val')
_SHARES = {'train': 70, 'val': 15, 'test': 15}
_IMAGES = (
    'the archive of the 10K images or its folder images/10k, with '
    'train/*.jpg (of the old release: seg/images)'
)
_BITMASKS = (
    'bdd100k_pan_seg_labels_trainval.zip or its folder pan_seg/bitmasks, '
    'with train/*.png'
)
_MASKS = (
    'bdd100k_sem_seg_labels_trainval.zip or its folder sem_seg/masks, with '
    'train/*.png (of the old release: seg/labels, with *_train_id.png)'
)
_NO_COLOURS = (
    'Pictures of the colours are of no use: there are only 37 colours for '
    'the 41 labels (unlabeled, ego vehicle and static share one, so do '
    'parking sign and person, and pole and polegroup)'
)
_COLOUR_FOLDERS = ('colormaps', 'color_labels')
_IMAGE_FOLDERS = ('images/10k', 'seg/images', '10k', 'images')
_MASK_FOLDERS = ('sem_seg/masks', 'seg/labels', 'masks', 'labels')
_OLD = '_train_id.png'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this data set."""
    add_source_arguments(
        parser,
        images=_IMAGES,
        labels=f'{_BITMASKS}; with --classes 19 {_MASKS}',
    )
    parser.add_argument(
        '--classes',
        type=int,
        choices=[41, 19],
        default=41,
        help='all 41 labels, from the bitmasks, or the 19 that are '
        'evaluated, from the official masks (default: %(default)s)',
    )
    parser.add_argument(
        '--split-by',
        choices=['clip', 'image', 'official'],
        default='clip',
        help='divide the labelled images 70:15:15 by lot, those of one clip '
        'together or each on its own, or keep the official train and val '
        '(default: %(default)s)',
    )


def make_plan(args: argparse.Namespace, workspace: Workspace) -> Plan:
    """Find images and labels and divide them.

    Args:
        args: Options of :func:`add_arguments`.
        workspace: Opens the sources.

    Returns:
        What is to be prepared.

    Raises:
        SourceError: If something is not found or not what it should be.
    """
    for given in (args.images, args.labels):
        workspace.check_apart(given)
    labels = workspace.open(args.labels, suffixes=('.png',))
    masks = _label_tree(labels, args.classes)
    images = workspace.open(args.images, suffixes=('.jpg',))
    pictures = _image_tree(images)
    items, problems = pair_trees(pictures, masks)
    if not items:
        raise SourceError(
            f'No label in {labels.given} has an image in {images.given}: the '
            'labels belong to the 10K images, not to the 100K ones.'
        )
    full = args.classes == 41
    return Plan(
        items=items,
        convert=convert_bitmask if full else convert_mask,
        options={'classes': args.classes},
        sources={'labels': labels.facts(), 'images': images.facts()},
        problems=problems,
        transfer=image_transfer(args, images),
        lists=divide(items, by=args.split_by, seed=args.seed),
        selection={'split_by': args.split_by, 'seed': args.seed},
        classes=None if full else CLASSES,
        palette=None if full else PALETTE,
    )


def convert_bitmask(item: Item) -> np.ndarray:
    """Take the label ids from the red channel of a bitmask.

    The other channels hold flags and the number of the instance.

    Args:
        item: Image and RGBA PNG of ``pan_seg/bitmasks``.

    Returns:
        uint8 array of shape (H, W) with ids from 0 to 40.

    Raises:
        BadItemError: If the file is no bitmask, or a picture of colours.
    """
    path = item.annotation
    pixels = read_rgba(path, 'an RGBA bitmask of pan_seg/bitmasks')
    if _is_picture(pixels):
        raise BadItemError(f'{path}: is no bitmask. {_NO_COLOURS}.')
    return pixels[..., 0].copy()


def convert_mask(item: Item) -> np.ndarray:
    """Read an official mask of the 19 evaluated classes.

    Args:
        item: Image and grey 8-bit PNG with train ids.

    Returns:
        uint8 array of shape (H, W); 255 is ignored.

    Raises:
        BadItemError: If the file is no such mask.
    """
    return read_indices(item.annotation, modes=('L',))


def clip_of(name: str) -> str:
    """Return the clip that an image comes from: its id up to the hyphen.

    Ids are such as ``3d581db5-2564fb7e``.
    """
    return name.partition('-')[0]


def divide(
    items: Sequence[Item], *, by: str, seed: int
) -> dict[str, list[str]]:
    """Divide images among lists.

    Args:
        items: All images, with the official split of each.
        by: ``'official'`` keeps it; ``'image'`` draws 70, 15 and 15 % by
            lot; ``'clip'`` does the same with whole clips.
        seed: Another seed gives other lists.

    Returns:
        Ids by list.

    Raises:
        SourceError: If a list would be empty.
    """
    if by == 'official':
        return ids_by_split(items, _SPLITS)
    groups: Mapping[str, list[str]] = defaultdict(list)
    for item in items:
        groups[clip_of(item.id) if by == 'clip' else item.id].append(item.id)
    lists = draw(groups, apportion(len(items), _SHARES), seed)
    if not all(lists.values()):
        raise SourceError(
            f'{len(items)} images of {len(groups)} clips are too few to be '
            'divided 70:15:15. Take --split-by image or official, or more '
            'images.'
        )
    return lists


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


def _image_tree(source: Source) -> Tree:
    folders = split_parents(source, '.jpg')
    folder = choose_folder(
        source, folders, names=_IMAGE_FOLDERS, wanted=_IMAGES
    )
    return list_tree(folder, '.jpg', _SPLITS)


def _label_tree(source: Source, classes: int) -> Tree:
    """Find the labels; pictures of colours are not taken for such."""
    found = [f for f in split_parents(source, '.png') if _holds_labels(f)]
    full = [f for f in found if f.parts[-2:] == ('pan_seg', 'bitmasks')]
    if classes == 41:
        folders = full or [f for f in found if not _has_masks(f)]
        names, wanted = (), f'{_BITMASKS}. {_NO_COLOURS}'
        if not folders and found:
            wanted += '. The masks of the 19 classes need --classes 19'
    else:
        folders = [f for f in found if f not in full]
        names, wanted = _MASK_FOLDERS, _MASKS
    folder = choose_folder(source, folders, names=names, wanted=wanted)
    return list_tree(folder, _ending(folder), _SPLITS)


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
    old = any(list_tree(folder, _OLD, _SPLITS).values())
    return _OLD if old else '.png'


SPEC = DatasetSpec(
    name='bdd100k',
    summary='BDD100K: street scenes, all 41 labels or the official 19',
    classes=ALL_CLASSES,
    palette=ALL_PALETTE,
    image_suffix='.jpg',
    revision=1,
    splits=tuple(_SHARES),
    usual_counts={},
    add_arguments=add_arguments,
    plan=make_plan,
)
