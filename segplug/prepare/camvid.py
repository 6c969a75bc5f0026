"""CamVid in the layout of the SegNet tutorial.

The lists name images and labels by paths of another machine, such as
``/SegNet/CamVid/train/0001TP_006690.png``: only the names of the files count.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from segplug.labels.camvid import CLASSES, PALETTE, UNLABELLED

from .errors import NotIndicesError, OtherDatasetError, SourceError
from .pairing import Files, pair, refuse_other
from .pictures import read_indices
from .sources import Workspace, find_parent
from .spec import IGNORE, DatasetSpec, Item, Plan
from .splits import read_splits
from .voc_lists import Lists

_SPLITS = ('train', 'val', 'test')
_IMAGE_SUFFIXES = ('.png', '.jpg')
_EXPECTED = (
    'the folder CamVid of the SegNet tutorial, or its archive: images in '
    'train, val and test, labels with class numbers in trainannot, valannot '
    'and testannot, lists in train.txt, val.txt and test.txt'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the option of this data set."""
    parser.add_argument(
        '--source',
        type=Path,
        metavar='PATH',
        required=True,
        help=_EXPECTED,
    )


def make_plan(args: argparse.Namespace, workspace: Workspace) -> Plan:
    """Find images, labels and lists; a ``DatasetSpec.plan``."""
    source = workspace.open(args.source, suffixes=(*_IMAGE_SUFFIXES, '.txt'))
    root = find_parent(
        source,
        [f'{split}annot' for split in _SPLITS],
        expected=_EXPECTED,
    )
    lists = Lists({split: root / f'{split}.txt' for split in _SPLITS})
    lists.check_present(_EXPECTED)
    splits = read_splits(lists.paths)
    suffix = _image_suffix(root)
    items, problems = [], splits.problems
    for split in _SPLITS:
        found, missing = pair(
            {split: splits.ids[split]},
            Files(root / split, suffix),
            Files(root / f'{split}annot', '.png'),
        )
        items += found
        problems = problems + missing
    refuse_other(items, read_label, expected=_EXPECTED)
    return Plan(
        items=items,
        convert=convert,
        options={'images': suffix},
        sources={'camvid': source.facts(), **lists.facts()},
        problems=problems,
        notes=splits.notes,
        image_suffix=suffix,
    )


def convert(item: Item) -> np.ndarray:
    """Read a label and ignore what is unlabelled.

    Args:
        item: Image and label PNG.

    Returns:
        uint8 array of shape (H, W).

    Raises:
        BadItemError: If the PNG is no label.
    """
    label = read_label(item.annotation)
    label[label == UNLABELLED] = IGNORE
    return label


def read_label(path: Path) -> np.ndarray:
    """Read class numbers and 11 for unlabelled.

    Args:
        path: The label PNG.

    Returns:
        uint8 array of shape (H, W).

    Raises:
        OtherDatasetError: If it holds colours, as in the original CamVid,
            or class numbers of another version.
        BadItemError: If it cannot be read.
    """
    try:
        label = read_indices(path)
    except NotIndicesError as error:
        raise OtherDatasetError(
            f'{error} The original labels of CamVid, in colours of 32 '
            'classes, are not supported.'
        ) from error
    strange = np.unique(label[label > UNLABELLED])
    if strange.size:
        listed = ', '.join(map(str, strange[:10]))
        listed += ', …' if strange.size > 10 else ''
        raise OtherDatasetError(
            f'{path}: has label values {listed}; wanted are 0 to '
            f'{len(CLASSES) - 1} and {UNLABELLED} (unlabelled).'
        )
    return label


def _image_suffix(root: Path) -> str:
    """Return the suffix of the images; copies of CamVid have either."""
    folder = root / _SPLITS[0]
    for suffix in _IMAGE_SUFFIXES:
        if next(folder.glob(f'*{suffix}'), None):
            return suffix
    raise SourceError(
        f'{folder} holds neither .png nor .jpg files; wanted: {_EXPECTED}.'
    )


SPEC = DatasetSpec(
    name='camvid',
    summary='CamVid: eleven classes of streets, as in the SegNet tutorial',
    classes=CLASSES,
    palette=PALETTE,
    image_suffix='.png',
    revision=1,
    splits=_SPLITS,
    usual_counts={'train': 367, 'val': 101, 'test': 233},
    add_arguments=add_arguments,
    plan=make_plan,
)
