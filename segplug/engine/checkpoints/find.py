"""Find the checkpoint that a run goes on from."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from segplug.compat.safe_load import safe_load
from segplug.compat.safetensors_files import is_safetensors
from segplug.errors import SegplugError

from .files import POINTER, fault

_NAME = re.compile(r'(iter|epoch)_(\d+)\.pth')


class ResumeError(SegplugError, ValueError):
    """There is nothing that training could go on from."""


def newest(folder: str | Path) -> Path | None:
    """Find the newest checkpoint of a work folder that is whole.

    Broken ones are passed over with a warning that names them.

    Args:
        folder: Work folder of a run.

    Returns:
        Its path, or None when the folder holds no checkpoint at all.

    Raises:
        ResumeError: If there are checkpoints, but none can be used.
    """
    broken = []
    for path in candidates(folder):
        try:
            read_meta(path)
        except ResumeError as error:
            broken.append(str(error))
            continue
        if broken:
            _warn(path, broken)
        return path
    if broken:
        raise ResumeError(
            f'--resume: none of the checkpoints in {folder} can be used:\n  '
            + '\n  '.join(broken)
            + '\nRemove them to start afresh, or name another one: '
            '--resume PATH.'
        )
    return None


def _warn(path: Path, broken: list[str]) -> None:
    listed = '\n  '.join(broken)
    print_log(
        f'Resuming from {path}, because newer checkpoints are broken:\n  '
        f'{listed}',
        logger='current',
        level=logging.WARNING,
    )


def candidates(folder: str | Path) -> list[Path]:
    """List the checkpoints to try, the newest first.

    The one that ``last_checkpoint`` names comes first, except that a run
    may have been killed after it wrote a file and before it noted that.
    Files of an earlier run in the same folder that went further come not at
    all.
    """
    folder = Path(folder)
    found = {p for p in folder.glob('*.pth') if _NAME.fullmatch(p.name)}
    ordered = sorted(found, key=_age_and_step, reverse=True)
    last = pointed(folder)
    if last is None:
        return ordered
    newer = [path for path in ordered if _follows(path, last)]
    older = [
        path
        for path in ordered
        if path not in newer and path != last and not _is_beyond(path, last)
    ]
    return [*newer, last, *older]


def pointed(folder: str | Path) -> Path | None:
    """Return the checkpoint that ``last_checkpoint`` names, if it exists.

    Relative paths start at the folder. A path of another place, from before
    the folder was moved, leads to the file of the same name.
    """
    folder = Path(folder)
    try:
        text = (folder / POINTER).read_text(encoding='utf-8').strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not text or '\0' in text:
        return None
    for path in (folder / Path(text).name, folder / text):
        if path.is_file():
            return path
    return None


def _age(path: Path) -> int:
    """Return when a file was written; 0 where another run just removed it."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _age_and_step(path: Path) -> tuple[int, int]:
    return _age(path), _step(path)[1]


def _step(path: Path) -> tuple[str, int]:
    match = _NAME.fullmatch(path.name)
    return (match.group(1), int(match.group(2))) if match else ('', 0)


def _is_beyond(path: Path, last: Path) -> bool:
    """Tell whether a file is of a later step than another, if comparable."""
    (kind, step), (last_kind, last_step) = _step(path), _step(last)
    return kind == last_kind and step > last_step


def _follows(path: Path, last: Path) -> bool:
    """Tell whether a file was written after the one that is noted."""
    if _age(path) <= _age(last):
        return False
    return _is_beyond(path, last) or _step(path)[0] != _step(last)[0]


def read_meta(path: str | Path) -> dict[str, Any]:
    """Read the facts of a checkpoint, and check that it can be resumed.

    Args:
        path: Local file.

    Returns:
        Its ``meta``: ``iter``, ``epoch``, ``seed`` and more.

    Raises:
        ResumeError: If the file is missing or broken, or holds weights but
            not the state of a run.
    """
    path = Path(path)
    if not path.is_file():
        raise ResumeError(f'--resume: there is no checkpoint {path}.')
    if is_safetensors(path):
        _check_content(path, None)
    reason = fault(path)
    if reason:
        raise ResumeError(f'{path} is broken: {reason}.')
    try:
        checkpoint = safe_load(str(path), 'cpu', mmap=True)
    except SegplugError as error:
        raise ResumeError(str(error)) from error
    _check_content(path, checkpoint)
    return checkpoint['meta']


def _check_content(path: Path, checkpoint: Any) -> None:
    content = checkpoint if isinstance(checkpoint, dict) else {}
    meta = content.get('meta')
    if not isinstance(meta, dict) or not {'iter', 'epoch'} <= meta.keys():
        lacks = 'the iteration to go on from (it is a file of weights alone)'
    elif 'optimizer' not in content:
        lacks = 'the state of the optimizer (as the best_*.pth files)'
    elif 'message_hub' not in content:
        lacks = "MMEngine's message_hub"
    else:
        return
    raise ResumeError(
        f'Training cannot be resumed from {path}: it lacks {lacks}. To '
        'start a new run from its weights give --cfg-options '
        f'load_from={path} in place of --resume.'
    )
