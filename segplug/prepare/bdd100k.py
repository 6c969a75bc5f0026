"""BDD100K's 10K images with all 41 labels, or the official 19 classes."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Callable

import numpy as np

from segplug.labels.bdd100k import (
    ALL_CLASSES,
    ALL_PALETTE,
    CLASSES,
    PALETTE,
)

from .bdd100k_labels import (
    BITMASKS,
    MASKS,
    SPLITS,
    label_tree,
    read_bitmask,
    read_mask,
)
from .draw import DRAWN_BY, apportion, draw
from .errors import SourceError
from .pairing import refuse_other
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

_SHARES = {'train': 70, 'val': 15, 'test': 15}
_IMAGES = (
    'the archive of the 10K images or its folder images/10k, with '
    'train/*.jpg (of the old release: seg/images)'
)
_IMAGE_FOLDERS = ('images/10k', 'seg/images', '10k', 'images')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this data set."""
    add_source_arguments(
        parser,
        images=_IMAGES,
        labels=f'{BITMASKS}; with --classes 19 {MASKS}',
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
    """Find images and labels and divide them; a ``DatasetSpec.plan``."""
    labels = workspace.open(args.labels, suffixes=('.png',))
    masks = label_tree(labels, args.classes)
    images = workspace.open(args.images, suffixes=('.jpg',))
    pictures = _image_tree(images)
    items, problems = pair_trees(pictures, masks)
    if not items:
        raise SourceError(
            f'No label in {labels.given} has an image in {images.given}: the '
            'labels belong to the 10K images, not to the 100K ones.'
        )
    full = args.classes == 41
    read = read_bitmask if full else read_mask
    refuse_other(items, read, expected=BITMASKS if full else MASKS)
    return Plan(
        items=items,
        convert=partial(convert, read=read),
        options={'classes': args.classes},
        sources={'labels': labels.facts(), 'images': images.facts()},
        problems=problems,
        transfer=image_transfer(args, images),
        lists=divide(items, by=args.split_by, seed=args.seed),
        selection=_selection(args),
        classes=None if full else CLASSES,
        palette=None if full else PALETTE,
    )


def convert(item: Item, *, read: Callable[[Path], np.ndarray]) -> np.ndarray:
    """Return the label of an image, uint8 of shape (H, W)."""
    return read(item.annotation)


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
        return ids_by_split(items, SPLITS)
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


def _selection(args: argparse.Namespace) -> dict[str, Any]:
    if args.split_by == 'official':
        return {'split_by': 'official'}
    return {'split_by': args.split_by, 'by': DRAWN_BY, 'seed': args.seed}


def _image_tree(source: Source) -> Tree:
    folders = split_parents(source, '.jpg')
    folder = choose_folder(
        source, folders, names=_IMAGE_FOLDERS, wanted=_IMAGES
    )
    return list_tree(folder, '.jpg', SPLITS)


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
