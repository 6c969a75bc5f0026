"""Test a trained model: ``python tools/test.py CONFIG CHECKPOINT``."""

from __future__ import annotations

import argparse
from pathlib import Path

from segplug.engine import launch, run_lock, testing
from segplug.engine.runner import SegRunner
from segplug.evaluation.report import keep_per_image, save_report
from segplug.evaluation.result_folder import result_folder
from segplug.evaluation.run_facts import RunFacts


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description='Test a segmentor')
    launch.add_arguments(parser)
    parser.add_argument('checkpoint', help='path or address of the weights')
    parser.add_argument(
        '--out', help='folder to write the predicted masks to, as PNG'
    )
    parser.add_argument(
        '--show-dir', help='folder to write pictures of truth and prediction'
    )
    parser.add_argument(
        '--show', action='store_true', help='show the pictures in a window'
    )
    parser.add_argument(
        '--wait-time', type=float, default=2, help='seconds a picture is shown'
    )
    parser.add_argument(
        '--tta', action='store_true', help='average over scales and flips'
    )
    return parser.parse_args()


def main() -> None:
    """Test."""
    args = parse_args()
    cfg = launch.load_config(args)
    launch.check_folder(cfg.work_dir, '--work-dir')
    testing.set_checkpoint(cfg, args.checkpoint)
    testing.set_drawing(cfg, args.show_dir, args.show, args.wait_time)
    if args.out is not None:
        testing.set_output(cfg, args.out)
    if args.tta:
        testing.set_test_time_augmentation(cfg, args.cfg_options or ())
    facts = RunFacts.collect(cfg, args.checkpoint, options=args.cfg_options)
    name = Path(args.checkpoint).stem + ('-tta' if args.tta else '')
    first = launch.is_first(args.launcher)
    folder = result_folder(
        Path(cfg.work_dir) / 'test',
        name,
        facts,
        lambda path: not first or run_lock.claim(cfg.work_dir, path.name),
    )
    keep_per_image(cfg.test_evaluator, folder)
    runner = SegRunner.from_cfg(cfg)
    values = runner.test()
    save_report(folder, runner.test_evaluator.metrics, facts, values=values)


if __name__ == '__main__':
    launch.run(main)
