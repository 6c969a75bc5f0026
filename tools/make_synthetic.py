"""Write procedural data in the raw layout of a dataset.

Example:
    python tools/make_synthetic.py pascal_part --out data/raw/pascal_part
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, Optional

from segplug.errors import SegplugError
from segplug.synthetic.bdd100k import BDD100K
from segplug.synthetic.camvid import CamVid
from segplug.synthetic.cityscapes import Cityscapes
from segplug.synthetic.generation import (
    SPLITS,
    Options,
    generate,
)
from segplug.synthetic.pascal_part import PascalPart
from segplug.synthetic.voc12 import VOC12

GENERATORS = {
    g.name: g
    for g in (PascalPart(), Cityscapes(), BDD100K(), CamVid(), VOC12())
}


class _Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f'{self.prog}: {message}\n')


def _size(text: str) -> tuple[int, int]:
    height, cross, width = text.lower().partition('x')
    if not (cross and height.isdecimal() and width.isdecimal()):
        raise argparse.ArgumentTypeError(
            f'wanted HEIGHTxWIDTH such as 375x500, got {text!r}'
        )
    return int(height), int(width)


def _defaults() -> str:
    """Return what each data set has without options, as a table."""
    cells = [('data set', *SPLITS, 'size')]
    for name, generator in sorted(GENERATORS.items()):
        counts = [str(generator.counts.get(split, '-')) for split in SPLITS]
        height, width = generator.size
        cells.append((name, *counts, f'{height}x{width}'))
    rows = [
        f'  {name:<12}{"".join(f"{cell:>7}" for cell in counts)}  {size:>10}'
        for name, *counts, size in cells
    ]
    return '\n'.join(['images and sizes without options:', *rows])


def _parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = _Parser(
        description=__doc__.splitlines()[0],
        epilog=_defaults(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('dataset', choices=sorted(GENERATORS))
    parser.add_argument('--out', required=True, help='folder to write to')
    for split in SPLITS:
        parser.add_argument(
            f'--{split}',
            type=int,
            metavar='N',
            help=f'images of the {split} split (default: see below)',
        )
    parser.add_argument(
        '--size', type=_size, metavar='HxW', help='in px (default: see below)'
    )
    parser.add_argument(
        '--seed',
        type=int,
        default=0,
        help='of all randomness (default: %(default)s)',
    )
    parser.add_argument(
        '--difficulty',
        choices=['easy', 'hard'],
        default='hard',
        help='easy: plain scenes that are learnt quickly '
        '(default: %(default)s)',
    )
    parser.add_argument(
        '--workers',
        type=int,
        metavar='N',
        default=os.cpu_count() or 1,
        help='number of processes (default: %(default)s)',
    )
    parser.add_argument(
        '--force', action='store_true', help='replace an earlier result'
    )
    return parser.parse_args(arguments)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command line and return its exit status."""
    args = _parse(arguments)
    generator = GENERATORS[args.dataset]
    counts = {
        split: generator.counts.get(split, 0)
        if getattr(args, split) is None
        else getattr(args, split)
        for split in SPLITS
    }
    height, width = args.size or generator.size
    options = Options(
        **counts,
        height=height,
        width=width,
        seed=args.seed,
        difficulty=args.difficulty,
    )
    try:
        written = generate(
            generator, args.out, options, args.workers, args.force
        )
    except (SegplugError, OSError) as error:
        print(f'make_synthetic.py: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            'make_synthetic.py: stopped; run it again to go on.',
            file=sys.stderr,
        )
        return 130
    total = sum(options.counts().values())
    print(f'{args.out}: {written} of {total} images written.')
    return 0


if __name__ == '__main__':
    sys.exit(main())
