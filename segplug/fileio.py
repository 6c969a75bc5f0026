"""Write files so that a reader never sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Union

PathLike = Union[str, 'os.PathLike[str]']


@contextmanager
def atomic_path(path: PathLike) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` when the block succeeds.

    The temporary file lies in the same folder and keeps the suffix, so
    encoders that look at the extension work. It is flushed to disk and then
    renamed; when the block raises, it is removed and ``path`` is untouched.

    Args:
        path: Final name of the file. Missing parent folders are created.

    Yields:
        The temporary path to write to.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        yield temporary
        with temporary.open('rb+') as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def atomic_link(path: PathLike, target: PathLike) -> None:
    """Make a symbolic link, in place of a file or link that is there.

    Args:
        path: Name of the link. Missing parent folders are created.
        target: What it points to, relative to the folder of the link.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        temporary.symlink_to(target)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    token = f'{os.getpid()}-{secrets.token_hex(4)}'
    return path.with_name(f'.{path.name}.{token}.tmp{path.suffix}')


def write_text(path: PathLike, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_json(path: PathLike, value: Any) -> None:
    """Write indented, strictly valid JSON atomically.

    Raises:
        ValueError: If ``value`` holds NaN or infinity, which JSON lacks.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + '\n')


def sha256(path: PathLike) -> str:
    """Return the hexadecimal SHA-256 digest of a file."""
    digest = hashlib.sha256()
    with open(path, 'rb') as stream:
        for block in iter(lambda: stream.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()
