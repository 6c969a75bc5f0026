"""The work folder: is there room, may it be written, is it free."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from segplug.engine.checkpoints import find
from segplug.engine.run_lock import is_locked

from .finding import Finding, note, ok, problem

_GIB = 2**30
_BYTES = 4  # of a weight
#: Numbers that optimizers keep for each weight that is trained.
_STATES = {
    'SGD': 0,  # 1 with momentum
    'Adagrad': 1,
    'RMSprop': 1,
    'Adam': 2,
    'AdamW': 2,
    'NAdam': 2,
    'RAdam': 2,
}
_UNKNOWN = 2


def examine(
    cfg: Mapping[str, Any], model: nn.Module | None
) -> Iterator[Finding]:
    """Judge the work folder of a config.

    Args:
        cfg: The config, with ``work_dir``.
        model: Its network, None if it could not be built.
    """
    folder = Path(cfg['work_dir'])
    yield _access(folder)
    if model is not None and cfg.get('train_cfg'):
        yield room(
            checkpoint_bytes(cfg, model),
            shutil.disk_usage(_existing(folder)).free,
            folder,
        )


def _access(folder: Path) -> Finding:
    topic = 'work folder'
    parent = _existing(folder)
    if not parent.is_dir():
        return problem(
            topic, f'{parent} is a file.', 'Give another folder: --work-dir.'
        )
    if not os.access(parent, os.W_OK | os.X_OK):
        return problem(
            topic,
            f'{parent} cannot be written.',
            'Give another folder: --work-dir.',
        )
    if is_locked(folder):
        return problem(
            topic,
            f'{folder} is in use by a run that is training.',
            'Wait for it, stop it, or give another folder: --work-dir.',
        )
    if find.candidates(folder):
        return note(
            topic,
            f'{folder} holds checkpoints of an earlier run.',
            'Go on with it by --resume; otherwise they are overwritten.',
        )
    return ok(topic, f'{folder} can be written and is free.')


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def room(wanted: int, free: int, folder: Path) -> Finding:
    """Compare the size of the checkpoints with the free space.

    Args:
        wanted: Bytes that the checkpoints need at once.
        free: Bytes there are.
        folder: Where.
    """
    text = (
        f'the checkpoints of the config need up to {wanted / _GIB:.1f} GiB, '
        f'{free / _GIB:.1f} GiB are free for {folder}.'
    )
    if wanted > free:
        return problem(
            'disk',
            text,
            'Keep fewer (--cfg-options default_hooks.checkpoint.'
            'max_keep_ckpts=1) or give another folder: --work-dir.',
        )
    return ok('disk', text)


def checkpoint_bytes(cfg: Mapping[str, Any], model: nn.Module) -> int:
    """Return what the files of a run need at the same time, in bytes.

    Kept ones, the best one for each score, that of early stopping, and the
    one that is being written before an old one is removed.
    """
    hooks = cfg.get('default_hooks') or {}
    hook = hooks.get('checkpoint') or {}
    own = [*(cfg.get('custom_hooks') or []), *filter(None, hooks.values())]
    weights, trained = _weights(model)
    kinds = [str(item.get('type', '')) for item in own]
    if any(kind.endswith('EMAHook') for kind in kinds):
        weights += trained
    full = weights
    if hook.get('save_optimizer', True):
        full += trained * _states(cfg)
    best = hook.get('save_best') or []
    singles = 1 if isinstance(best, str) else len(best)
    singles += any(kind.endswith('EarlyStoppingHook') for kind in kinds)
    return _BYTES * (full * (_kept(cfg, hook) + 1) + weights * singles)


def _weights(model: nn.Module) -> tuple[int, int]:
    """Return the number of weights with buffers, and of trained ones."""
    count = sum(value.numel() for value in model.state_dict().values())
    return count, sum(p.numel() for p in model.parameters() if p.requires_grad)


def _states(cfg: Mapping[str, Any]) -> int:
    optimizer = (cfg.get('optim_wrapper') or {}).get('optimizer') or {}
    states = _STATES.get(optimizer.get('type'), _UNKNOWN)
    return states + (
        optimizer.get('type') == 'SGD' and bool(optimizer.get('momentum'))
    )


def _kept(cfg: Mapping[str, Any], hook: Mapping[str, Any]) -> int:
    """Return how many checkpoints stay: all of a run where no limit is."""
    loop = cfg['train_cfg']
    length = loop.get('max_iters') or loop.get('max_epochs') or 1
    interval = hook.get('interval', 1)
    written = math.ceil(length / interval) if interval > 0 else 1
    limit = hook.get('max_keep_ckpts', -1)
    return min(limit, written) if limit > 0 else written
