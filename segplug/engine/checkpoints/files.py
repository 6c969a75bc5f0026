"""Checkpoint files: there is a whole one or none, at any moment."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch

from segplug.errors import SegplugError
from segplug.fileio import atomic_path, write_text

#: Name of the file that tells which checkpoint of a folder is the last.
POINTER = 'last_checkpoint'

_LEFTOVER = re.compile(
    r'\.(last_checkpoint|early_stopping\.json|bad_files\.txt|.+\.pth)'
    r'\.(\d+)-[0-9a-f]{8}\.tmp'
)


class CheckpointWriteError(SegplugError, OSError):
    """A checkpoint could not be written; the earlier ones are whole."""


def write(checkpoint: Any, path: str | Path) -> None:
    """Save a checkpoint so that ``path`` is either whole or untouched.

    The file is written under another name in the same folder, flushed to
    disk, read again in full, and only then renamed.

    Args:
        checkpoint: What ``torch.save`` takes.
        path: Final name of the file. Missing parent folders are created.

    Raises:
        CheckpointWriteError: If the disk is full, or the file cannot be
            written or read again.
    """
    path = Path(path)
    memory = io.BytesIO()  # PyTorch's own file writer aborts on a full disk
    torch.save(checkpoint, memory)
    try:
        with atomic_path(path) as temporary:
            with memory.getbuffer() as content:
                _put(content, temporary)
            reason = fault(temporary)
            if reason:
                raise OSError(f'what was written reads back wrong: {reason}')
        _flush_folder(path.parent)
    except OSError as error:
        raise CheckpointWriteError(
            _write_message(path, error, memory.tell())
        ) from error


def _put(content: memoryview, path: Path) -> None:
    # Path.write_bytes would make a view that the traceback of an error keeps,
    # and freeing that may crash Python 3.12.
    with path.open('wb') as file:
        file.write(content)


def _write_message(path: Path, error: OSError, size: int) -> str:
    try:
        free = shutil.disk_usage(path.parent).free / 2**20
        room = f'{free:.1f} MiB are free there'
    except OSError:
        room = f'the folder {path.parent} cannot be reached'
    return (
        f'The checkpoint {path} ({size / 2**20:.1f} MiB) could not be '
        f'written: {error.strerror or error}; {room}. Earlier checkpoints '
        'are untouched. Make room (or keep fewer: '
        'default_hooks.checkpoint.max_keep_ckpts) and go on with --resume.'
    )


def _flush_folder(folder: Path) -> None:
    """Make a rename in the folder survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fault(path: str | Path) -> str | None:
    """Tell what is wrong with a checkpoint file, without unpickling it.

    Args:
        path: File that ``torch.save`` wrote, in its zip format.

    Returns:
        A few words, or None when the file has all its bytes: the directory
        at its end is there and every record has its checksum.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = archive.namelist()
    except Exception as error:  # damage can break the reader anywhere
        return ' '.join(str(error).split()) or type(error).__name__
    if damaged:
        return f'its record {damaged} is damaged'
    if not any(name.endswith('data.pkl') for name in names):
        return 'it is no PyTorch checkpoint'
    return None


def write_pointer(folder: str | Path, checkpoint: str | Path) -> None:
    """Note in ``last_checkpoint`` which checkpoint is the newest.

    The path is stored relative to the folder where it lies inside, so that
    a folder that was moved or copied still resumes.

    Args:
        folder: Work folder of the run.
        checkpoint: Path or address of the checkpoint.

    Raises:
        CheckpointWriteError: If the note cannot be written.
    """
    text = str(checkpoint)
    if '://' not in text:
        path, root = Path(text).resolve(), Path(folder).resolve()
        text = str(path.relative_to(root) if root in path.parents else path)
    try:
        write_text(Path(folder) / POINTER, text)
    except OSError as error:
        raise CheckpointWriteError(
            f'{Path(folder) / POINTER} could not be written: '
            f'{error.strerror or error}. Make room and go on with --resume.'
        ) from error


def remove_leftovers(folder: str | Path) -> list[Path]:
    """Remove half-written files of runs that were killed.

    Args:
        folder: Work folder, in which no other run is writing.

    Returns:
        What was removed. Files of processes that still live are kept.
    """
    removed = []
    for path in Path(folder).glob('.*.tmp*'):
        match = _LEFTOVER.match(path.name)
        if match and not _lives(int(match.group(2))):
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def _lives(process: int) -> bool:
    if process == os.getpid():
        return False  # an earlier process had the same number
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
