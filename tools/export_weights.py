"""Export weights: ``python tools/export_weights.py CKPT OUT.safetensors``."""

from __future__ import annotations

import argparse

from segplug.engine import launch
from segplug.engine.export import export_weights


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description='Export the weights of a checkpoint as safetensors'
    )
    parser.add_argument('checkpoint', help='path or address of the weights')
    parser.add_argument('out', help='file to write, *.safetensors')
    parser.add_argument(
        '--force', action='store_true', help='replace a file that is there'
    )
    return parser.parse_args()


def main() -> None:
    """Export."""
    args = parse_args()
    count = export_weights(args.checkpoint, args.out, force=args.force)
    print(f'{count} weights written to {args.out}.')


if __name__ == '__main__':
    launch.run(main)
