"""Pascal-Person-Part, from PASCAL-Part or from its own label PNGs.

Labels in which the same seven classes have other numbers, of which there are
some in circulation, cannot be told from right ones: ``--person-part`` must be
the official PNGs.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any, Optional

import numpy as np

from segplug.labels.pascal_person_part import CLASSES, PALETTE

from .errors import SourceError
from .pairing import Files, pair, refuse_other
from .part_masks import Neck, paint_people, read_objects
from .pictures import image_shape, read_indices
from .sources import Source, Workspace, find_folder
from .spec import Convert, DatasetSpec, Item, Plan
from .splits import Splits, read_splits
from .voc_lists import (
    add_list_arguments,
    check_list_arguments,
    find_voc_lists,
)

_SPLITS = ('train', 'val')
_AFTER_VOC2010 = ('2011_', '2012_')  # in VOC 2012 but not in PASCAL-Part
_EXPECTED = {
    '.mat': "PASCAL-Part's trainval.tar.gz or its folder Annotations_Part",
    '.png': 'pascal_person_part.zip or its folder pascal_person_part_gt',
    '.jpg': 'VOCtrainval_03-May-2010.tar or its folder JPEGImages (those of '
    'VOC 2012 will do)',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this data set."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        '--parts',
        type=Path,
        metavar='PATH',
        help=f'{_EXPECTED[".mat"]}: labels are painted from the part masks',
    )
    source.add_argument(
        '--person-part',
        type=Path,
        metavar='PATH',
        help=f'{_EXPECTED[".png"]}: labels are taken as they are. They must '
        'be the official ones: the same classes numbered in another order '
        'cannot be told from them',
    )
    parser.add_argument(
        '--images',
        type=Path,
        metavar='PATH',
        required=True,
        help=_EXPECTED['.jpg'],
    )
    add_list_arguments(parser)
    parser.add_argument(
        '--neck',
        choices=['head', 'torso'],
        help='class of the neck, with --parts (default: head)',
    )


def make_plan(args: argparse.Namespace, workspace: Workspace) -> Plan:
    """Find images, annotations and lists; a ``DatasetSpec.plan``."""
    if args.person_part and args.neck:
        raise SourceError(
            '--neck works with --parts only: in the labels of --person-part '
            'the neck is painted already.'
        )
    check_list_arguments(args)
    suffix = '.mat' if args.parts else '.png'
    given = args.parts or args.person_part
    labels = workspace.open(given, suffixes=(suffix, '.txt'))
    images = workspace.open(args.images, suffixes=('.jpg', '.txt'))
    annotations, pictures = _label_files(labels, suffix), _image_files(images)
    lists = find_voc_lists(args, labels, pictures.folder)
    splits = read_splits(lists.paths)
    if lists.of_voc:
        _drop_unannotated(splits, annotations)
    items, missing = pair(splits.ids, pictures, annotations)
    if args.parts:
        refuse_other(items, read_objects, expected=_EXPECTED[suffix])
    options = _options(args, keep_empty=not lists.of_voc)
    return Plan(
        items=items,
        convert=_converter(options),
        options=options,
        sources={
            'labels': labels.facts(),
            'images': images.facts(),
            **lists.facts(),
        },
        problems=splits.problems + missing,
        notes=lists.notes() + splits.notes,
    )


def convert_mat(
    item: Item, *, neck: Neck, keep_empty: bool
) -> Optional[np.ndarray]:
    """Make a label from a PASCAL-Part annotation.

    Args:
        item: Image and ``.mat`` file.
        neck: The class that the neck belongs to.
        keep_empty: Whether an image without a person that has parts gets a
            label, all background.

    Returns:
        uint8 array of shape (H, W); None for an image that is left out.

    Raises:
        BadItemError: If the annotation cannot be used.
    """
    path = item.annotation
    objects = read_objects(path)
    is_empty = not any(o.name == 'person' and o.parts for o in objects)
    if is_empty and not keep_empty:
        return None
    shape = objects[0].mask.shape if objects else image_shape(item.image)
    return paint_people(objects, shape, neck=neck, path=path)


def convert_png(item: Item, *, keep_empty: bool) -> Optional[np.ndarray]:
    """Read a label of Pascal-Person-Part.

    Args:
        item: Image and label PNG.
        keep_empty: Whether a label that is all background is kept.

    Returns:
        uint8 array of shape (H, W); None for an image that is left out.

    Raises:
        BadItemError: If the PNG is no label.
    """
    label = read_indices(item.annotation)
    return label if keep_empty or label.any() else None


def _label_files(source: Source, suffix: str) -> Files:
    folder = find_folder(
        source,
        suffix,
        names=('Annotations_Part', 'pascal_person_part_gt'),
        expected=_EXPECTED[suffix],
    )
    return Files(folder, suffix)


def _image_files(source: Source) -> Files:
    folder = find_folder(
        source,
        '.jpg',
        names=('JPEGImages',),
        parents=('VOC2010', 'VOC2012'),
        expected=_EXPECTED['.jpg'],
    )
    return Files(folder, '.jpg')


def _drop_unannotated(splits: Splits, files: Files) -> None:
    """Drop what VOC's lists name but nobody annotated.

    That is, for PASCAL-Part, what came after VOC 2010; for ready-made labels
    all that have none.
    """
    for split, names in splits.ids.items():
        kept = [
            name
            for name in names
            if (
                files.of(name).is_file()
                if files.suffix == '.png'
                else not name.startswith(_AFTER_VOC2010)
            )
        ]
        splits.ids[split] = kept
        if len(kept) < len(names):
            splits.notes.append(
                f'{len(names) - len(kept)} images of {split} are no part of '
                'the annotated set.'
            )


def _options(args: argparse.Namespace, keep_empty: bool) -> dict[str, Any]:
    """Return what the labels depend on."""
    if args.person_part:
        return {'annotations': 'png', 'keep_empty': keep_empty}
    neck = args.neck or 'head'
    return {'annotations': 'mat', 'keep_empty': keep_empty, 'neck': neck}


def _converter(options: dict[str, Any]) -> Convert:
    chosen = {k: v for k, v in options.items() if k != 'annotations'}
    convert = convert_mat if options['annotations'] == 'mat' else convert_png
    return partial(convert, **chosen)


SPEC = DatasetSpec(
    name='pascal_part',
    summary='Pascal-Person-Part: six parts of people in VOC 2010',
    classes=CLASSES,
    palette=PALETTE,
    image_suffix='.jpg',
    revision=1,
    splits=_SPLITS,
    usual_counts={'train': 1716, 'val': 1817},
    add_arguments=add_arguments,
    plan=make_plan,
)
