"""Count class weights: ``python tools/class_weights.py data/camvid``.

Weights by median frequency balancing, from the manifest of prepared data. The
file that ``--out`` names can be the ``class_weight`` of a loss.
"""

from __future__ import annotations

import argparse

from segplug.datasets.class_weights import (
    PixelCounts,
    median_frequency,
    read_counts,
    read_split,
)
from segplug.engine import launch
from segplug.fileio import write_json


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description='Count class weights by median frequency'
    )
    parser.add_argument(
        'data_root', help='folder that tools/prepare_data.py wrote'
    )
    parser.add_argument(
        '--split', default='train', help='list to count over (train)'
    )
    parser.add_argument('--out', help='JSON file for the weights')
    return parser.parse_args()


def table(counts: PixelCounts, weights: list[float]) -> str:
    """Return one line a class: name, pixels, images, weight."""
    pixels = counts.pixels[:, :-1]
    lines = [f'{"class":24}{"pixels":>14}{"images":>8}{"weight":>10}']
    for name, column, weight in zip(counts.classes, pixels.T, weights):
        images = int((column > 0).sum())
        note = '' if images else '  (absent)'
        lines.append(
            f'{name:24}{column.sum():14}{images:8}{weight:10.4f}{note}'
        )
    return '\n'.join(lines)


def main() -> None:
    """Count, print and write."""
    args = parse_args()
    ids = read_split(args.data_root, args.split)
    counts = read_counts(args.data_root, ids)
    weights = median_frequency(counts.pixels).tolist()
    print(table(counts, weights))
    if args.out:
        write_json(args.out, weights)
        print(f'Written to {args.out}.')


if __name__ == '__main__':
    launch.run(main)
