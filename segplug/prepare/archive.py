"""Unpack archives that nobody has vouched for.

Data sets come as archives from mirrors, and an archive can name files
outside the folder it is unpacked into, hold links and devices, or swell to
terabytes. Here a hostile archive is refused as a whole, and only files with
wanted suffixes are written, with their bytes and nothing else (no owner, no
mode, no time).
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Callable, Literal, NamedTuple

from .errors import ArchiveError, explain_os_error

_CHUNK = 1 << 20  # bytes copied at a time
_LONGEST_READ = 1 << 24  # bytes; only a forged header asks tarfile for more
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b'\x1f\x8b': gzip.open,
    b'BZh': bz2.open,
    b'\xfd7zXZ\x00': lzma.open,
}
_END_OF_TAR = bytes(tarfile.BLOCKSIZE)


@dataclass(frozen=True)
class Limits:
    """How large an archive may grow before it is refused.

    The defaults are several times what the largest supported data set
    (Cityscapes, 11 GB) needs.

    Args:
        members: Files and folders.
        file_bytes: Size of one file, unpacked.
        total_bytes: Size of all members together, unpacked.
        ratio: Unpacked over packed size, of the whole archive.
        small_bytes: Unpacked size up to which the ratio does not matter.
    """

    members: int = 300_000
    file_bytes: int = 1 << 30
    total_bytes: int = 64 << 30
    ratio: int = 200
    small_bytes: int = 64 << 20

    def total(self, packed: int) -> int:
        """Return how many bytes an archive of ``packed`` bytes may hold."""
        return min(
            self.total_bytes, max(self.small_bytes, self.ratio * packed)
        )


class _Member(NamedTuple):
    name: str
    size: int  # bytes, unpacked, as declared: the readers deliver no more
    kind: Literal['file', 'folder', 'other']
    open: Callable[[], IO[bytes]]


def unpack(
    archive: Path,
    target: Path,
    *,
    suffixes: Collection[str],
    limits: Limits = Limits(),  # noqa: B008  (it is frozen)
) -> int:
    """Unpack the files with wanted suffixes into an empty folder.

    Hidden files and the ``__MACOSX`` folder are passed over.

    Args:
        archive: tar (plain, gzip, bzip2, xz) or zip file, told apart by
            content.
        target: Folder to unpack into; made if it is missing.
        suffixes: Ends of the wanted names in lower case, such as ``'.png'``.
        limits: Sizes beyond which the archive is refused.

    Returns:
        The number of files written.

    Raises:
        ArchiveError: If the file is no archive, is damaged or encrypted,
            breaks a limit, names a path outside ``target``, holds a link or
            a device, or two files whose paths differ at most in case.
        OutputError: If the archive cannot be opened or a file cannot be
            written.
    """
    seen = _Seen(archive, limits)
    written = 0
    with _explained(archive), _members(archive, limits) as members:
        for member in members:
            path = seen.admit(member)
            if member.kind == 'file' and _is_wanted(path, suffixes):
                seen.claim(path)
                with member.open() as stream:
                    _write(stream, target / path)
                written += 1
    return written


def safe_path(name: str) -> PurePosixPath:
    """Return a member's path if it stays inside whatever it is joined to.

    Raises:
        ValueError: If the name is absolute, climbs with ``..``, or holds
            characters that mean something else on another system.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or '..' in path.parts:
        raise ValueError('leads out of the folder it is unpacked into')
    if '\\' in name or ':' in name or not name.isprintable():
        raise ValueError('holds a backslash, colon or unprintable character')
    return path


class _Seen:
    """Admits the members of one archive, one after another."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        self.archive = archive
        self.limits = limits
        self.total = limits.total(archive.stat().st_size)
        self.members = 0
        self.bytes = 0
        self.files: dict[str, PurePosixPath] = {}
        self.folders: set[str] = set()

    def admit(self, member: _Member) -> PurePosixPath:
        """Check name, kind and size of a member; return its path."""
        shown = f'{self.archive}: member {member.name!r}'
        try:
            path = safe_path(member.name)
        except ValueError as error:
            raise ArchiveError(
                f'{shown} {error}; the archive is refused.'
            ) from error
        if member.kind == 'other':
            raise ArchiveError(
                f'{shown} is a link or a device; the archive is refused.'
            )
        if member.kind == 'file' and not path.parts:
            raise ArchiveError(
                f'{shown} is a file without a name; the archive is refused.'
            )
        self.members += 1
        self.bytes += member.size
        if self.members > self.limits.members:
            raise ArchiveError(
                f'{self.archive} holds more than {self.limits.members} '
                'members; it is refused.'
            )
        if member.size > self.limits.file_bytes:
            raise ArchiveError(
                f'{shown} has {member.size} bytes, the limit is '
                f'{self.limits.file_bytes}; the archive is refused.'
            )
        if self.bytes > self.total:
            raise _too_large(self.archive, self.total)
        return path

    def claim(self, path: PurePosixPath) -> None:
        """Reserve the path of a file that is to be written.

        Where case does not count, the second of two such files would
        silently replace the first.
        """
        key, *parents = (
            unicodedata.normalize('NFC', str(part)).casefold()
            for part in (path, *path.parents)
        )
        clash = key in self.folders or any(
            name in self.files for name in (key, *parents)
        )
        if clash:
            other = self.files.get(key, 'another member')
            raise ArchiveError(
                f"{self.archive}: member '{path}' has the same path as "
                f"'{other}', at most case differs; the archive is refused."
            )
        self.files[key] = path
        self.folders.update(parents)


class _Bounded:
    """A binary stream that refuses to be read too far or too much at once.

    tarfile takes the sizes in a header at their word: a forged one could
    make it read gigabytes into memory.
    """

    def __init__(self, stream: IO[bytes], archive: Path, total: int) -> None:
        self.stream = stream
        self.archive = archive
        # Headers and padding come on top of the members.
        self.end = total + total // 2 + _LONGEST_READ
        self.total = total
        self.last = b''

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_READ:
            raise ArchiveError(
                f'{self.archive} holds a header of {size} bytes; it is '
                'refused.'
            )
        if self.stream.tell() + size > self.end:
            raise _too_large(self.archive, self.total)
        self.last = self.stream.read(size)
        return self.last

    def seek(self, position: int) -> int:
        if position > self.end:
            raise _too_large(self.archive, self.total)
        return self.stream.seek(position)

    def tell(self) -> int:
        return self.stream.tell()


@contextmanager
def _members(archive: Path, limits: Limits) -> Iterator[Iterator[_Member]]:
    with archive.open('rb') as stream:
        magic = stream.read(6)
    if magic.startswith((b'PK\x03\x04', b'PK\x05\x06')):
        with zipfile.ZipFile(archive) as opened:
            yield map(
                lambda info: _zip_member(opened, info), opened.infolist()
            )
        return
    total = limits.total(archive.stat().st_size)
    opener = next(
        (_OPENERS[sign] for sign in _OPENERS if magic.startswith(sign)), open
    )
    with opener(archive, 'rb') as stream:
        yield _tar_members(_Bounded(stream, archive, total))


def _zip_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    mode = info.external_attr >> 16
    kind: Literal['file', 'folder', 'other'] = 'file'
    if info.is_dir():
        kind = 'folder'
    elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        kind = 'other'
    return _Member(
        info.filename, info.file_size, kind, lambda: opened.open(info)
    )


def _tar_members(stream: _Bounded) -> Iterator[_Member]:
    with tarfile.open(fileobj=stream, mode='r:') as opened:  # type: ignore
        while (info := opened.next()) is not None:
            opened.members.clear()  # or every header stays in memory
            kind: Literal['file', 'folder', 'other'] = 'other'
            if info.isreg():
                kind = 'file'
            elif info.isdir():
                kind = 'folder'
            yield _Member(
                info.name,
                info.size,
                kind,
                lambda info=info: opened.extractfile(info),
            )
    # tarfile ends silently at a damaged or cut header.
    if stream.last != _END_OF_TAR:
        raise EOFError('the end of the archive is missing')
    while stream.read(_CHUNK):  # the checksum of gzip comes last
        pass


def _is_wanted(path: PurePosixPath, suffixes: Collection[str]) -> bool:
    hidden = path.name.startswith('.') or '__MACOSX' in path.parts
    return not hidden and path.name.lower().endswith(tuple(suffixes))


def _write(stream: IO[bytes], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('xb') as target:
        shutil.copyfileobj(stream, target, _CHUNK)


@contextmanager
def _explained(archive: Path) -> Iterator[None]:
    """Turn what the readers raise into one sentence."""
    try:
        yield
    except ArchiveError:
        raise
    except Exception as error:
        # zipfile, tarfile and the decompressors raise a dozen kinds. Those
        # of the operating system carry a number: EINVAL when a damaged
        # header sends a reader to a negative position.
        number = getattr(error, 'errno', None)
        if isinstance(error, OSError) and number not in (None, errno.EINVAL):
            raise explain_os_error(error, f'unpacking {archive}') from error
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> ArchiveError:
    with archive.open('rb') as stream:
        is_page = stream.read(64).lstrip().startswith(b'<')
    cause = (
        'it is a web page: the download gave an error page'
        if is_page
        else str(error) or type(error).__name__
    )
    return ArchiveError(
        f'{archive} is no intact tar or zip archive ({cause}). Download it '
        'again, or give the folder that it unpacks to.'
    )


def _too_large(archive: Path, total: int) -> ArchiveError:
    return ArchiveError(
        f'{archive} unpacks to more than {total} bytes, too many for its '
        'size; it is refused.'
    )
