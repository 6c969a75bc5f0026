"""Run the batch again that broke a training: which module, which term?

Example:
    python tools/replay.py CONFIG work_dirs/NAME/non_finite_iter_120.pth
"""

from __future__ import annotations

import argparse

from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from segplug.engine import launch
from segplug.engine.finite import replay

_SHOWN = 10


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    launch.add_arguments(parser)
    parser.add_argument('batch', help='a file non_finite_*.pth')
    return parser.parse_args()


def main() -> None:
    """Run the batch and print what is not finite."""
    args = parse_args()
    cfg = launch.load_config(args)
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    launch.set_pretrained(cfg, 'none')
    batch = replay.load(args.batch)
    terms, modules = replay.run(MODELS.build(cfg.model), batch)
    print(f'iteration {batch.iteration}: {", ".join(batch.images)}')
    for name, value in terms.items():
        print(f'  {name}: {batch.terms.get(name)} then, {value} now')
    shown = ', '.join(modules[:_SHOWN]) or 'none'
    print(f'modules whose output is not finite, the first first: {shown}')


if __name__ == '__main__':
    launch.run(main)
