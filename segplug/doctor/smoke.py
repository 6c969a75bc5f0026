"""A run in small: two iterations, a validation, a save and a resume."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config

from segplug.engine import launch
from segplug.engine.runner import SegRunner
from segplug.errors import SegplugError

from . import weights
from .finding import Finding, note, ok, problem

_TOPIC = 'smoke run'
_STEPS = 2
_IMAGES = 2  # of a validation
_DONE = re.compile(r'^smoke: (.+)$', re.M)
_LOOP = {'type': 'IterBasedTrainLoop', 'val_interval': _STEPS}


class SmokeError(SegplugError, RuntimeError):
    """A small run did not do what it should."""


def examine(cfg: Any) -> Iterator[Finding]:
    """Run a config in small, in a process and a folder of its own.

    Images, crops and batches have their real size.

    Args:
        cfg: The config.
    """
    cfg = Config(cfg.to_dict())
    yield from _without_downloads(cfg)
    with tempfile.TemporaryDirectory(prefix='segplug-smoke-') as folder:
        path = Path(folder) / 'smoke.py'
        shorten(cfg, Path(folder) / 'run')
        cfg.dump(path)
        command = [sys.executable, '-m', 'segplug.doctor.smoke', str(path)]
        start = time.monotonic()
        done = subprocess.run(
            command, capture_output=True, text=True, errors='replace'
        )
        seconds = time.monotonic() - start
    yield judge(done.returncode, done.stdout + '\n' + done.stderr, seconds)


def shorten(cfg: Any, folder: Path) -> None:
    """Reduce a config to two iterations and the validation of two images.

    Args:
        cfg: The config, changed in place.
        folder: Work folder.
    """
    cfg.work_dir = str(folder)
    cfg.train_cfg = dict(_LOOP, max_iters=_STEPS)
    hooks = cfg.setdefault('default_hooks', {})
    hook = hooks.setdefault('checkpoint', {'type': 'CheckpointHook'})
    hook.update(by_epoch=False, interval=_STEPS)
    for name in ('val', 'test'):
        dataset = (cfg.get(f'{name}_dataloader') or {}).get('dataset')
        if dataset and 'dataset' not in dataset and 'datasets' not in dataset:
            dataset['indices'] = _IMAGES
    cfg.resume, cfg.load_from = False, None


def _without_downloads(cfg: Any) -> Iterator[Finding]:
    """Take out weights that are not at hand: they change no size."""
    for setting, source in weights.sources(cfg).items():
        if setting == 'load_from' or weights.is_at_hand(source):
            continue
        *way, last = setting.split('.')
        if last == 'checkpoint':  # of an init_cfg
            *way, last = way
        node: Any = cfg
        for part in way:
            node = node[int(part)] if part.isdecimal() else node[part]
        node[last] = None
        yield note(_TOPIC, f'It starts without {source} ({setting}).')


def judge(status: int, output: str, seconds: float) -> Finding:
    """Tell from a finished process how the run went.

    Args:
        status: Its exit status, negative for a signal.
        output: What it printed.
        seconds: How long it took.
    """
    if status == 0:
        done = _DONE.search(output)
        text = done.group(1) if done else 'done'
        return ok(_TOPIC, f'{text} ({seconds:.0f} s with the start).')
    if status < 0:
        return problem(
            _TOPIC,
            f'It was killed by signal {-status}, most often because memory '
            'ran out.',
            '--cfg-options train_dataloader.batch_size=…, a smaller crop, or '
            'fewer workers.',
        )
    _, mark, message = output.rpartition('\nerror: ')
    lines = [line for line in output.splitlines() if line.strip()]
    reason = message if mark else (lines[-1] if lines else 'no message')
    return problem(_TOPIC, f'It failed: {reason.strip()}')


def main() -> None:
    """Train, validate and save, then resume for another iteration."""
    cfg = Config.fromfile(sys.argv[1])
    times = [_train(cfg)]
    cfg.resume = True
    cfg.train_cfg.max_iters = _STEPS + 1
    cfg.experiment_name = 'resumed'  # MMEngine allows a name once a process
    times.append(_train(cfg))
    print(
        f'\nsmoke: {_STEPS} iterations, validation, save and resume passed; '
        f'{times[0]:.1f} s and {times[1]:.1f} s'
    )


def _train(cfg: Any) -> float:
    start = time.monotonic()
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    wanted = cfg.train_cfg.max_iters
    if runner.iter != wanted:
        raise SmokeError(f'{runner.iter} iterations ran, not {wanted}.')
    return time.monotonic() - start


if __name__ == '__main__':
    launch.run(main)
