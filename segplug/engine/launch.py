"""From a command line to a config that a runner can be built from."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Callable, NoReturn

import torch
from mmengine.config import Config, DictAction
from mmengine.dist import is_distributed

from segplug.compat.safe_load import TRUST_VARIABLE
from segplug.errors import SegplugError

from . import console
from .checkpoints import find
from .explain import explain, plain_message
from .interruption import RunInterrupted
from .options import apply_options, settle_workers
from .process_errors import explain_process
from .runner import OWN_HOOKS

_WEIGHTS = ('.pth', '.pt', '.ckpt', '.safetensors')


#: What each launcher tells the processes that it starts, and a way to use it.
_LAUNCHERS = {
    'pytorch': ('RANK', 'tools/dist_train.sh CONFIG N, or torchrun'),
    'slurm': ('SLURM_PROCID', 'tools/slurm_train.sh, or srun'),
    'mpi': ('OMPI_COMM_WORLD_RANK', 'mpirun'),
}


class LaunchError(SegplugError, ValueError):
    """The command line or the config asks for what cannot be done."""


class _Settings(DictAction):
    """MMEngine's ``--cfg-options``, refusing other words in a sentence."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Sequence[str],
        option_string: str | None = None,
    ) -> None:
        for word in values:
            if '=' not in word:
                parser.error(
                    f'{option_string} takes key=value, got "{word}". Give '
                    'CONFIG and CHECKPOINT before it.'
                )
        super().__call__(parser, namespace, values, option_string)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that training and testing share."""
    parser.add_argument('config', help='path of the config')
    parser.add_argument(
        '--work-dir', help='folder for logs, checkpoints and scores'
    )
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_Settings,
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
        LaunchError: If the config file does not exist or is broken, or the
            launcher has not started this process.
        OptionError: If an option has no effect.
    """
    _check_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if args.trust_checkpoint:
        os.environ[TRUST_VARIABLE] = '1'
    cfg = _read(Path(args.config))
    cfg.launcher = args.launcher
    hooks = cfg.setdefault('default_hooks', {})
    for name, hook in OWN_HOOKS.items():
        hooks.setdefault(name, hook)  # so that options can reach them
    if args.cfg_options is not None:
        for note in apply_options(cfg, args.cfg_options):
            if is_first(args.launcher):
                print(f'note: {note}', flush=True)
    settle_workers(cfg)
    default = os.path.join('work_dirs', Path(args.config).stem)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or default
    return cfg


def _check_launcher(name: str) -> None:
    variable, way = _LAUNCHERS.get(name, ('', ''))
    if variable and variable not in os.environ:
        raise LaunchError(
            f'--launcher {name}: this process was not started by it '
            f'({variable} is not set). Use {way}; for a single process '
            'leave --launcher out.'
        )


def _read(path: Path) -> Config:
    if path.suffix in _WEIGHTS:
        raise LaunchError(
            f'{path} is no config but a checkpoint; the config comes first: '
            'CONFIG CHECKPOINT.'
        )
    if not path.is_file():
        raise LaunchError(
            f'There is no config {path} (looked from {Path.cwd()}).'
        )
    try:
        return Config.fromfile(str(path))
    except Exception as error:  # whatever the code of a config raises
        raise LaunchError(
            f'{path} cannot be read: {type(error).__name__}: {error}'
        ) from error


def is_first(launcher: str) -> bool:
    """Tell whether this is the main process, before the group is made."""
    variable, _ = _LAUNCHERS.get(launcher, ('', ''))
    return os.environ.get(variable, '0') == '0'


def check_folder(path: str, option: str) -> None:
    """Refuse a folder that cannot be written, before hours are spent.

    Raises:
        LaunchError: If it is a file, or nothing can be written there.
    """
    present = Path(path).absolute()
    while not present.exists():
        present = present.parent
    if not present.is_dir():
        raise LaunchError(
            f'{option}: {present} is a file, wanted is a folder.'
        )
    try:
        with tempfile.TemporaryDirectory(dir=present):
            pass
    except OSError as error:
        raise LaunchError(
            f'{option}: {path} cannot be written: nothing can be made in '
            f'{present} ({error.strerror}). Choose another folder.'
        ) from error


def set_pretrained(cfg: Config, value: str) -> None:
    """Choose the weights that the backbone starts from.

    Args:
        cfg: Config whose model has a backbone, changed in place.
        value: Local path or address of the weights, or ``'none'`` for
            training from scratch.

    Raises:
        LaunchError: If a local path does not exist, or there is no backbone.
    """
    backbone = cfg.model.get('backbone')
    if backbone is None:
        raise LaunchError('--pretrained: the model has no backbone.')
    cfg.model.pretrained = None
    backbone.pop('pretrained', None)
    given = backbone.pop('init_cfg', None) or []
    given = [given] if isinstance(given, dict) else list(given)
    start = [init for init in given if init['type'] != 'Pretrained']
    if value.lower() != 'none':
        if '://' not in value and not Path(value).expanduser().is_file():
            raise LaunchError(
                f'--pretrained: there is no file {value} (looked from '
                f'{Path.cwd()}). Give the path of a checkpoint, or "none".'
            )
        # Alone: it loads all, and backbones refuse to have both.
        start = [dict(type='Pretrained', checkpoint=value)]
    if start:
        backbone.init_cfg = start if len(start) > 1 else start[0]


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


def run(main: Callable[[], None]) -> None:
    """Run a tool: mendable errors end in one message and status 1.

    Ctrl-C ends it with status 130. While it trains, more is done:
    :mod:`segplug.engine.interruption`. A process of a distributed run ends
    at once, whatever the error: leaving in order would wait for the others,
    which wait for this one.
    """
    console.hold_warnings()
    status = None
    try:
        main()
    except RunInterrupted as ended:
        status = ended.code  # not itself, whose traceback knows the model
    except KeyboardInterrupt:
        _leave('', 130)
    except Exception as error:
        message = _message(error)
        if message is None and not is_distributed():
            raise
        _leave(f'error: {message or traceback.format_exc()}', 1)
    _part()
    if status is not None:
        sys.exit(status)


def _part() -> None:
    """Leave the group of processes, all being done.

    Its threads could otherwise abort the process: they ask for the
    interpreter, which may be ending.
    """
    if not is_distributed():
        return
    gc.collect()  # models that know the group keep it alive
    try:
        torch.distributed.destroy_process_group()
    except RuntimeError as error:  # nothing that was done depends on it
        text = f'warning: the processes did not part in order: {error}'
        print(text, file=sys.stderr)


def _message(error: Exception) -> str | None:
    """Return what a person can do about an error, None if that is unknown."""
    if isinstance(error, SegplugError):
        return plain_message(error)
    if isinstance(error, RuntimeError):
        return explain_process(error)
    if isinstance(error, (TypeError, KeyError)):
        return explain(error)
    return None


def _leave(message: str, status: int) -> NoReturn:
    if is_distributed():
        print(message, file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(status)
    sys.exit(message or status)
