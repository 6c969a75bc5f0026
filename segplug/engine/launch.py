"""From a command line to a config that a runner can be built from."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, Callable

import torch
from mmengine.config import Config, DictAction

from segplug.compat.safe_load import TRUST_VARIABLE
from segplug.errors import SegplugError

from . import console
from .checkpoints import find


class LaunchError(SegplugError, ValueError):
    """The command line or the config asks for what cannot be done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and testing share."""
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        '--work-dir', help='folder for logs, checkpoints and scores'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='override settings of the config: key=value …, lists as '
        'key="[a,b]", tuples as key="(a,b)", items of lists as key.0.name',
    )
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='what started the processes of a distributed run',
    )
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load checkpoints with full pickle, which can execute code: '
        'only for files from sources you trust',
    )


def load_config(args: argparse.Namespace) -> Config:
    """Read the config and apply the shared options.

    Args:
        args: Parsed options of :func:`add_arguments`.

    Returns:
        The config, with ``work_dir`` and ``launcher`` set.

    Raises:
        LaunchError: If the config file does not exist or is broken.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.trust_checkpoint:
        os.environ[TRUST_VARIABLE] = '1'
    if not Path(args.config).is_file():
        raise LaunchError(
            f'There is no config {args.config} (looked from {Path.cwd()}).'
        )
    try:
        cfg = Config.fromfile(args.config)
    except (SyntaxError, FileNotFoundError, KeyError, NameError) as error:
        raise LaunchError(
            f'{args.config} cannot be read: {type(error).__name__}: {error}'
        ) from error
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        _merge(cfg, args.cfg_options)
    default = os.path.join('work_dirs', Path(args.config).stem)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or default
    return cfg


def _merge(cfg: Config, options: dict[str, Any]) -> None:
    try:
        cfg.merge_from_dict(options)
    except (KeyError, TypeError, AssertionError, AttributeError) as error:
        raise LaunchError(
            f'--cfg-options do not fit the config: {error}. A list of numbers '
            'can be replaced only whole: key="[1,2]".'
        ) from error


def set_pretrained(cfg: Config, value: str) -> None:
    """Choose the weights that the backbone starts from.

    Args:
        cfg: Config with a ``model.pretrained`` entry, changed in place.
        value: Local path or address of the weights, or ``'none'`` for
            training from scratch.

    Raises:
        LaunchError: If a local path does not exist.
    """
    if value.lower() == 'none':
        cfg.model.pretrained = None
        return
    if '://' not in value and not Path(value).expanduser().is_file():
        raise LaunchError(
            f'--pretrained: there is no file {value} (looked from '
            f'{Path.cwd()}). Give the path of a checkpoint, or "none".'
        )
    cfg.model.pretrained = value


def set_mixed_precision(cfg: Config) -> None:
    """Turn on automatic mixed precision that this machine can run.

    With an accelerator that is float16 with dynamic loss scaling, as in
    MMSegmentation; on a CPU it is bfloat16.

    Raises:
        LaunchError: If the config's optimizer wrapper is a custom one.
    """
    wrapper = cfg.optim_wrapper
    if wrapper.type in ('AmpOptimWrapper', 'BFloat16OptimWrapper'):
        return
    if wrapper.type != 'OptimWrapper':
        raise LaunchError(
            '--amp needs a config whose optim_wrapper has the type '
            f'OptimWrapper, this one has {wrapper.type}.'
        )
    if torch.cuda.is_available():
        wrapper.update(type='AmpOptimWrapper', loss_scale='dynamic')
    else:
        wrapper.type = 'BFloat16OptimWrapper'


def set_resume(cfg: Config, value: str) -> None:
    """Choose the checkpoint that training goes on from.

    Args:
        cfg: Config with ``work_dir``, changed in place.
        value: ``'latest'`` for the newest checkpoint in the work folder,
            ``'auto'`` for the same but a fresh start when there is none, or
            the path of a checkpoint.

    Raises:
        ResumeError: If there is nothing to resume from.
    """
    if value not in ('latest', 'auto'):
        find.read_meta(value)
        cfg.load_from = value
    elif find.candidates(cfg.work_dir):
        cfg.load_from = None  # the runner picks a whole one and reports
    elif value == 'auto':
        return
    else:
        raise find.ResumeError(
            f'--resume: there is no checkpoint in {cfg.work_dir}. Use '
            '"--resume auto" to start afresh when there is none, or '
            '"--resume PATH".'
        )
    cfg.resume = True


def set_drawing(
    cfg: Config, folder: str | None, show: bool, wait_time: float
) -> None:
    """Have pictures of truth and prediction written or shown.

    Args:
        cfg: Config with a visualization hook, changed in place.
        folder: Folder to write them to, or None.
        show: Whether to open a window.
        wait_time: Seconds that each picture is shown.

    Raises:
        LaunchError: If the config has no visualization hook.
    """
    if not (folder or show):
        return
    hook = cfg.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise LaunchError(
            '--show and --show-dir need default_hooks = '
            "dict(visualization=dict(type='SegVisualizationHook'))."
        )
    hook.update(draw=True, show=show, wait_time=wait_time)
    if folder:
        cfg.visualizer.save_dir = folder


def set_output(cfg: Config, folder: str) -> None:
    """Have the predicted masks written.

    Raises:
        LaunchError: If the config has several metrics that could write.
    """
    if not isinstance(cfg.test_evaluator, dict):
        raise LaunchError(
            '--out needs a config with one test_evaluator; in a list, set '
            'output_dir of the metric that shall write.'
        )
    cfg.test_evaluator.update(output_dir=folder, keep_results=True)


def set_test_time_augmentation(cfg: Config) -> None:
    """Average predictions over the config's scales and flips.

    Raises:
        LaunchError: If the config does not say over which.
    """
    for key in ('tta_pipeline', 'tta_model'):
        if cfg.get(key) is None:
            raise LaunchError(f'--tta needs a config with {key}.')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def run(main: Callable[[], None]) -> None:
    """Run a tool: mendable errors end in one message and status 1.

    Ctrl-C ends it with status 130. While it trains, more is done:
    :mod:`segplug.engine.interruption`.
    """
    console.hold_warnings()
    try:
        main()
    except SegplugError as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit(130)
