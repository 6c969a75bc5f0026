"""Options that the data sets of street scenes share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from .errors import SourceError
from .shrink import Size
from .sources import Source
from .transfer import Transfer

_LARGEST = 1 << 14  # px a side


def add_source_arguments(
    parser: argparse.ArgumentParser, *, images: str, labels: str
) -> None:
    """Add the options that name the sources and say how images are taken.

    Args:
        parser: Of the subcommand.
        images: What ``--images`` should be.
        labels: What ``--labels`` should be.
    """
    for name, help_text in (('images', images), ('labels', labels)):
        parser.add_argument(
            f'--{name}',
            type=Path,
            metavar='PATH',
            required=True,
            help=help_text,
        )
    parser.add_argument(
        '--images-as',
        choices=['link', 'copy'],
        help='whether images are linked to or copied; they are never changed '
        '(default: link from a folder, copy from an archive)',
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        metavar='N',
        help='of the lists that are drawn by lot (default: %(default)s)',
    )


def image_transfer(args: argparse.Namespace, images: Source) -> Transfer:
    """Return how images are taken when they are not reduced.

    Raises:
        SourceError: If links into an archive are wanted.
    """
    packed = images.given.is_file()
    if packed and args.images_as == 'link':
        raise SourceError(
            f'--images-as link needs a folder, but {images.given} is an '
            'archive. Unpack it first, or take --images-as copy.'
        )
    default = 'copy' if packed else 'link'
    return Transfer(images=args.images_as or default)


def parse_size(text: str) -> Size:
    """Return height and width of a text such as ``256x512``.

    Raises:
        argparse.ArgumentTypeError: If it is something else.
    """
    match = re.fullmatch(r'(\d{1,5})[x×](\d{1,5})', text)
    size = tuple(map(int, match.groups())) if match else (0, 0)
    if not all(1 <= side <= _LARGEST for side in size):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no height×width in px, such as 256x512'
        )
    return size[0], size[1]
