"""Train a segmentation model: ``python tools/train.py CONFIG``."""

from __future__ import annotations

import argparse

from segplug.engine import launch
from segplug.engine.runner import SegRunner


def resume_from(text: str) -> str:
    """Refuse a config in the place of a checkpoint."""
    if text.endswith('.py'):
        raise argparse.ArgumentTypeError(
            f'{text} is no checkpoint but a config; it comes first: CONFIG '
            '--resume'
        )
    return text


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Train a segmentor')
    launch.add_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const='latest',
        type=resume_from,
        metavar='auto|PATH',
        help='go on from the newest checkpoint of the work folder (an error '
        'if there is none, unless "auto"), or from PATH; give it after '
        'CONFIG',
    )
    parser.add_argument(
        '--amp',
        action='store_true',
        help='mixed precision: float16 on accelerators, bfloat16 on CPUs',
    )
    parser.add_argument(
        '--pretrained',
        metavar='PATH|none',
        help='weights for the backbone in place of those of the config',
    )
    return parser.parse_args()


def main() -> None:
    """Train."""
    args = parse_args()
    cfg = launch.load_config(args)
    launch.check_folder(cfg.work_dir, '--work-dir')
    if args.amp:
        launch.set_mixed_precision(cfg)
    if args.pretrained is not None:
        launch.set_pretrained(cfg, args.pretrained)
    if args.resume is not None:
        launch.set_resume(cfg, args.resume)
    SegRunner.from_cfg(cfg).train()


if __name__ == '__main__':
    launch.run(main)
