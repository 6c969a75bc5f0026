"""Cityscapes, at full size or reduced, from images and label ids."""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np

from segplug.labels.cityscapes import (
    ANNOTATED_CLASSES,
    ANNOTATED_PALETTE,
    CLASSES,
    LABELS,
    PALETTE,
    class_table,
)
from segplug.labels.label import VOID

from .draw import DRAWN_BY, apportion, draw
from .errors import BadItemError, SourceError
from .pictures import read_indices
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
from .street_options import (
    add_source_arguments,
    image_transfer,
    parse_size,
)
from .transfer import Transfer

_SPLITS = ('train', 'val')
_IMAGE = '_leftimg8bit.png'  # ends of names, in lower case
_LABEL = '_gtfine_labelids.png'
_IMAGES = (
    'leftImg8bit_trainvaltest.zip or its folder leftImg8bit, with '
    'train/<city>/*_leftImg8bit.png'
)
_LABELS = (
    'gtFine_trainvaltest.zip or its folder gtFine, with '
    'train/<city>/*_gtFine_labelIds.png'
)
_UNKNOWN = 254
_UNLABELLED = 4  # ids below say only why a pixel has no label
#: Sizes of report R1's training, validation and test set.
_R1 = {'r1_train': 1024, 'r1_val': 196, 'r1_test': 144}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this data set."""
    add_source_arguments(parser, images=_IMAGES, labels=_LABELS)
    parser.add_argument(
        '--size',
        type=parse_size,
        metavar='HxW',
        help='reduce images and labels to this height and width in px, such '
        'as 256x512 (default: full size)',
    )
    parser.add_argument(
        '--labels-by',
        choices=['majority', 'nearest'],
        help='with --size: take the most frequent label of an area, or the '
        'one at its centre (default: majority)',
    )
    parser.add_argument(
        '--classes',
        type=int,
        choices=[19, 30],
        default=19,
        help='the 19 classes that are evaluated, or the 30 that were '
        'annotated (default: %(default)s)',
    )


def make_plan(args: argparse.Namespace, workspace: Workspace) -> Plan:
    """Find images and labels, draw R1's lists; a ``DatasetSpec.plan``."""
    _check_options(args)
    labels = workspace.open(args.labels, suffixes=(_LABEL,))
    masks = _tree(labels, _LABEL, 'gtFine', _LABELS)
    images = workspace.open(args.images, suffixes=(_IMAGE,))
    pictures = _tree(images, _IMAGE, 'leftImg8bit', _IMAGES)
    notes = _set_aside_test(pictures, masks)
    items, problems = pair_trees(pictures, masks)
    lists = ids_by_split(items, _SPLITS)
    drawn = draw_r1([item.id for item in items], args.seed)
    annotated = args.classes == 30
    return Plan(
        items=items,
        convert=partial(convert, classes=args.classes),
        options={'classes': args.classes},
        sources={'labels': labels.facts(), 'images': images.facts()},
        problems=problems,
        notes=notes,
        transfer=_transfer(args, images),
        lists={**lists, **drawn},
        selection={'r1_lists': DRAWN_BY, 'seed': args.seed},
        classes=ANNOTATED_CLASSES if annotated else None,
        palette=ANNOTATED_PALETTE if annotated else None,
    )


def convert(item: Item, *, classes: int) -> np.ndarray:
    """Turn label ids into class numbers.

    Args:
        item: Image and ``_labelIds.png``.
        classes: 19 for train ids, 30 for label ids less 4.

    Returns:
        uint8 array of shape (H, W); 255 is ignored.

    Raises:
        BadItemError: If the file holds other numbers than label ids, or
            none that stands for a label, as those of the test split.
    """
    path = item.annotation
    ids = read_indices(path)
    present = np.flatnonzero(np.bincount(ids.ravel(), minlength=256))
    strange = present[present >= len(LABELS)]
    if strange.size:
        listed = ', '.join(map(str, strange[:10]))
        hint = (
            ' 255 occurs in train ids: use the _labelIds.png.'
            if VOID in strange
            else ''
        )
        raise BadItemError(
            f'{path}: has the values {listed}; label ids go from 0 to '
            f'{len(LABELS) - 1}.{hint}'
        )
    if present[-1] < _UNLABELLED:
        raise BadItemError(
            f'{path}: nothing is labelled in it (ids below {_UNLABELLED} '
            'only). The labels of the test split are such dummies; the true '
            'ones are not public.'
        )
    return class_table(classes, _UNKNOWN)[ids]


def draw_r1(ids: list[str], seed: int) -> dict[str, list[str]]:
    """Draw the lists of report R1.

    With fewer images than the report's 1364, such as synthetic ones, all are
    taken, in its proportions; with fewer than three, there are no lists.

    Args:
        ids: Of the official train and val together.
        seed: Another seed gives other lists.

    Returns:
        Sorted ids by list.
    """
    if len(ids) < len(_R1):
        return {}
    counts = apportion(min(len(ids), sum(_R1.values())), _R1)
    return draw({name: [name] for name in ids}, counts, seed)


def _check_options(args: argparse.Namespace) -> None:
    if args.labels_by and not args.size:
        raise SourceError('--labels-by works with --size only.')
    if args.images_as and args.size:
        raise SourceError(
            '--images-as works without --size only: reduced images are made '
            'anew.'
        )


def _transfer(args: argparse.Namespace, images: Source) -> Transfer:
    if args.size is None:
        return image_transfer(args, images)
    by = args.labels_by or 'majority'
    return Transfer(size=args.size, labels_by=by)


def _tree(source: Source, ending: str, name: str, wanted: str) -> Tree:
    folders = split_parents(source, ending)
    folder = choose_folder(source, folders, names=(name,), wanted=wanted)
    return list_tree(folder, ending, (*_SPLITS, 'test'))


def _set_aside_test(images: Tree, labels: Tree) -> list[str]:
    """Take the test split out; return a note if there was one."""
    found = max(len(tree.pop('test')) for tree in (images, labels))
    if not found:
        return []
    return [
        f'{found} images of the test split are left out: their labels are '
        'not public, those in the archive are dummies.'
    ]


SPEC = DatasetSpec(
    name='cityscapes',
    summary='Cityscapes: street scenes, at full size or reduced',
    classes=CLASSES,
    palette=PALETTE,
    image_suffix='.png',
    revision=1,
    splits=(*_SPLITS, *_R1),
    usual_counts={'train': 2975, 'val': 500, **_R1},
    add_arguments=add_arguments,
    plan=make_plan,
)
