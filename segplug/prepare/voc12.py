"""PASCAL VOC 2012 segmentation, with SBD's labels for more images.

SBD labels 11355 images of VOC 2011, most of them not by VOC, and holds images
of VOC's validation list: those never enter ``trainaug``. Its labels have no
void outlines. An image that VOC labels too keeps VOC's label.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segplug.labels.voc import CLASSES, PALETTE

from .errors import SourceError
from .pairing import Files, pair, refuse_other
from .pictures import read_indices
from .sbd import read_classes
from .sources import Source, Workspace, find_folder
from .spec import DatasetSpec, Item, Plan
from .splits import Splits, read_splits
from .voc_lists import Lists

_SPLITS = ('train', 'val')
_AUGMENTED = 'trainaug'
_LISTS = 'ImageSets/Segmentation'
_DEVKIT = (
    'VOCtrainval_11-May-2012.tar or its folder VOC2012, with JPEGImages, '
    f'SegmentationClass and {_LISTS}'
)
_SBD = (
    "SBD's benchmark.tgz or its folder benchmark_RELEASE/dataset, with cls, "
    'train.txt and val.txt'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this data set."""
    parser.add_argument(
        '--devkit', type=Path, metavar='PATH', required=True, help=_DEVKIT
    )
    parser.add_argument(
        '--sbd',
        type=Path,
        metavar='PATH',
        help=f'{_SBD}: adds the list {_AUGMENTED} of all images that either '
        "labels, less VOC's validation images",
    )


def make_plan(args: argparse.Namespace, workspace: Workspace) -> Plan:
    """Find images, labels and lists; a ``DatasetSpec.plan``."""
    devkit = workspace.open(args.devkit, suffixes=('.jpg', '.png', '.txt'))
    voc = _Labelled.by_voc(devkit)
    images = Files(voc.labels.folder.parent / 'JPEGImages', '.jpg')
    if not images.folder.is_dir():
        raise SourceError(f'There is no {images.folder}; wanted: {_DEVKIT}.')
    items, problems = pair(voc.splits.ids, images, voc.labels)
    plan = Plan(
        items=items,
        convert=convert,
        options={},
        sources={'devkit': devkit.facts(), **voc.facts},
        problems=voc.splits.problems + problems,
        notes=voc.splits.notes,
        lists=dict(voc.splits.ids),
    )
    if args.sbd:
        sbd = workspace.open(args.sbd, suffixes=('.mat', '.txt'))
        _augment(plan, images, _Labelled.by_sbd(sbd))
        plan.sources['sbd'] = sbd.facts()
    return plan


def convert(item: Item) -> np.ndarray:
    """Read a label of VOC (PNG) or SBD (MATLAB file).

    Args:
        item: Image and label.

    Returns:
        uint8 array of shape (H, W); 255 is void.

    Raises:
        BadItemError: If the file is no label.
    """
    if item.annotation.suffix == '.mat':
        return read_classes(item.annotation)
    return read_indices(item.annotation)


@dataclass(frozen=True)
class _Labelled:
    """What one of the two projects labelled."""

    labels: Files
    splits: Splits
    facts: dict[str, Any]  # about the lists, for the manifest

    @classmethod
    def by_voc(cls, source: Source) -> _Labelled:
        folder = find_folder(
            source,
            '.png',
            names=('SegmentationClass',),
            parents=('VOC2012',),
            expected=_DEVKIT,
        )
        lists = folder.parent / _LISTS
        paths = {name: lists / f'{name}.txt' for name in _SPLITS}
        return cls._listed(Files(folder, '.png'), paths, _DEVKIT)

    @classmethod
    def by_sbd(cls, source: Source) -> _Labelled:
        folder = find_folder(
            source,
            '.mat',
            names=('cls',),
            parents=('dataset',),
            expected=_SBD,
        )
        paths = {f'sbd_{n}': folder.parent / f'{n}.txt' for n in _SPLITS}
        return cls._listed(Files(folder, '.mat'), paths, _SBD)

    @classmethod
    def _listed(
        cls, labels: Files, paths: dict[str, Path], expected: str
    ) -> _Labelled:
        lists = Lists(paths)
        lists.check_present(expected)
        return cls(labels, read_splits(paths), lists.facts())


def _augment(plan: Plan, images: Files, sbd: _Labelled) -> None:
    """Add what SBD labels beyond VOC, and the list of both."""
    known = {name for ids in plan.lists.values() for name in ids}
    listed = {name for ids in sbd.splits.ids.values() for name in ids}
    more = sorted(listed - known)
    items, missing = pair({_AUGMENTED: more}, images, sbd.labels)
    refuse_other(items, read_classes, expected=_SBD)
    plan.items += items
    plan.problems += sbd.splits.problems + missing
    plan.notes += sbd.splits.notes
    plan.sources.update(sbd.facts)
    plan.lists[_AUGMENTED] = sorted([*plan.lists['train'], *more])


SPEC = DatasetSpec(
    name='voc12',
    summary='PASCAL VOC 2012: objects of twenty classes, with SBD if wanted',
    classes=CLASSES,
    palette=PALETTE,
    image_suffix='.jpg',
    revision=1,
    splits=(*_SPLITS, _AUGMENTED),
    usual_counts={'train': 1464, 'val': 1449, _AUGMENTED: 10582},
    add_arguments=add_arguments,
    plan=make_plan,
)
