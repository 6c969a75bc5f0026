"""Find the lists that split a data set made from VOC images."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SourceError
from .sources import Source, find_lists

_NAMES = (('train_id.txt', 'val_id.txt'), ('train.txt', 'val.txt'))
_VOC = 'ImageSets/Main'
_SPLITS = ('train', 'val')


@dataclass(frozen=True)
class Lists:
    """Files that list the images of each split.

    Args:
        paths: By split.
        of_voc: Whether they are VOC's own, which name its images with and
            without people; others name just those of the data set.
        chosen: Whether the user named them.
    """

    paths: dict[str, Path]
    of_voc: bool = False
    chosen: bool = False

    def facts(self) -> dict[str, Any]:
        """Return their names and SHA-256 for the manifest."""
        return {
            f'{split}_list': Source(path, path).facts()
            for split, path in self.paths.items()
        }

    def check_present(self, expected: str) -> None:
        """Refuse lists that are not there.

        Args:
            expected: What the user should have given, for the error.

        Raises:
            SourceError: If one is missing.
        """
        for path in self.paths.values():
            if not path.is_file():
                raise SourceError(
                    f'There is no list {path}; wanted: {expected}.'
                )

    def notes(self) -> list[str]:
        """Return which lists were found, if the user did not say."""
        if self.chosen:
            return []
        found = ' and '.join(map(str, self.paths.values()))
        return [f'the lists are {found}.']


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options ``--train-list`` and ``--val-list``."""
    for split in _SPLITS:
        parser.add_argument(
            f'--{split}-list',
            type=Path,
            metavar='FILE',
            help='ids, or paths of image and label, one a line (default: '
            f'{split}_id.txt or {split}.txt of the labels, else '
            f'{_VOC}/{split}.txt of the images)',
        )


def check_list_arguments(args: argparse.Namespace) -> None:
    """Check the options before anything takes time.

    Raises:
        SourceError: If only one list was given.
    """
    if bool(args.train_list) != bool(args.val_list):
        raise SourceError('Give both --train-list and --val-list, or none.')


def find_voc_lists(
    args: argparse.Namespace, labels: Source, images: Path
) -> Lists:
    """Find the lists: those given, those of the labels, or VOC's own.

    Args:
        args: Options of :func:`add_list_arguments`.
        labels: Source that may hold lists.
        images: VOC's folder ``JPEGImages``.

    Returns:
        The lists.

    Raises:
        SourceError: If there are none.
    """
    if args.train_list:
        given = {'train': args.train_list, 'val': args.val_list}
        return Lists(given, chosen=True)
    found = find_lists(labels, _NAMES)
    if found is not None:
        return Lists(dict(zip(_SPLITS, found)))
    voc = {name: images.parent / f'{_VOC}/{name}.txt' for name in _SPLITS}
    if not all(path.is_file() for path in voc.values()):
        raise SourceError(
            'There are no lists of training and validation images: neither '
            'train_id.txt and val_id.txt (or train.txt and val.txt) in '
            f'{labels.given} or beside it, nor {_VOC} beside {images}. '
            'Name them with --train-list and --val-list.'
        )
    return Lists(voc, of_voc=True)
