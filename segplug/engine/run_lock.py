"""One training run for each work folder."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import IO, Any

from segplug.errors import SegplugError

try:
    import fcntl
except ImportError:  # not on POSIX
    fcntl = None  # type: ignore[assignment]

#: Name of the file that a run holds locked.
NAME = '.run.lock'

_TRIES = 10  # as a look at a lock holds it for a moment
_PAUSE = 0.02  # seconds

#: Locks of this process. Opening and closing such a file would free it.
_own: set[Path] = set()

#: Those that are held until it ends.
_claimed: list[RunLock] = []


class WorkDirInUseError(SegplugError, RuntimeError):
    """Another run is training into the same folder."""


class RunLock:
    """Hold a work folder for the time of a run.

    The operating system frees it when the process ends, however it ends.
    Forked workers do not hold it. File systems that cannot lock are not
    guarded.

    Args:
        folder: Work folder. It is made where it is missing.
        name: Of the file in it that is locked.
    """

    def __init__(self, folder: str | Path, name: str = NAME) -> None:
        self.path = Path(folder).resolve() / name
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the folder.

        Raises:
            WorkDirInUseError: If another run has it.
        """
        if self.path in _own:
            raise WorkDirInUseError(self._message('this process'))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open('a+', encoding='utf-8')
        if not _lock_soon(file):
            file.seek(0)
            owner = file.read().strip() or 'another process'
            file.close()
            raise WorkDirInUseError(self._message(owner))
        file.truncate(0)
        file.write(f'process {os.getpid()} on {socket.gethostname()}')
        file.flush()
        self._file = file
        _own.add(self.path)

    def _message(self, owner: str) -> str:
        return (
            f'{self.path.parent} is in use by a run that is training '
            f'({owner}). Wait for it, stop it, or give another folder: '
            '--work-dir.'
        )

    def release(self) -> None:
        """Free the folder, if it was taken."""
        if self._file is not None:
            self._file.close()
            self._file = None
            _own.discard(self.path)

    def __enter__(self) -> RunLock:
        return self

    def __exit__(self, *_: Any) -> None:
        self.release()


def claim(folder: str | Path, part: str) -> bool:
    """Take a part of a work folder until this process ends.

    Args:
        folder: Work folder.
        part: Name of the part.

    Returns:
        False if another process has it.
    """
    lock = RunLock(folder, f'.{part}.lock')
    if lock.path in _own:
        return True
    try:
        lock.acquire()
    except WorkDirInUseError:
        return False
    _claimed.append(lock)
    return True


def is_locked(folder: str | Path) -> bool:
    """Tell whether another process is training into the folder."""
    path = Path(folder).resolve() / NAME
    if path in _own or not path.is_file():
        return False
    with path.open('a+', encoding='utf-8') as file:
        return not _lock(file)


def _lock_soon(file: IO[str]) -> bool:
    """Lock a file that another process may be looking at."""
    for _ in range(_TRIES - 1):
        if _lock(file):
            return True
        time.sleep(_PAUSE)
    return _lock(file)


def _lock(file: IO[str]) -> bool:
    """Lock a file and tell whether it could be had.

    A record lock: unlike those of ``flock``, children do not inherit it, so
    workers that outlive a killed run do not hold its folder.
    """
    if fcntl is None:
        return True
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # the file system knows no locks
        return True
    return True
