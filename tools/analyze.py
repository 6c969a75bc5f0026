"""Draw pictures of a finished test: ``python tools/analyze.py RESULT_DIR``.

Reads what ``tools/test.py`` or ``tools/evaluate.py`` left: ``metrics.json``,
the counts of every image and, if they were kept, the predictions. Nothing is
inferred anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from segplug.engine import launch
from segplug.evaluation.analysis import analyse


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description='Draw the confusion matrix, scores per class, and the '
        'worst and best images of a finished test'
    )
    parser.add_argument('result_dir', help='folder with metrics.json')
    parser.add_argument(
        '--out', help='folder for the pictures (RESULT_DIR/pictures)'
    )
    parser.add_argument(
        '--masks', help='folder of the predicted masks, if they were moved'
    )
    parser.add_argument(
        '--examples', type=int, default=4, help='worst and best images to show'
    )
    args = parser.parse_args()
    if args.examples < 0:
        parser.error('--examples must not be negative')
    return args


def main() -> None:
    """Draw."""
    args = parse_args()
    out = args.out or Path(args.result_dir) / 'pictures'
    made = analyse(
        args.result_dir,
        out,
        masks=args.masks,
        examples=args.examples,
    )
    print('\n'.join(map(str, made)))
    if args.examples and not any(path.stem == 'worst' for path in made):
        print(
            'The worst and best images need the predictions: keep them with '
            'tools/test.py --out, or name their folder with --masks.',
            file=sys.stderr,
        )


if __name__ == '__main__':
    launch.run(main)
