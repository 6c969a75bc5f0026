"""Find the folders that a data set's files lie in, unpacking archives."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Optional

from segplug.errors import SegplugError
from segplug.fileio import sha256

from .archive import unpack
from .errors import SourceError, explain_os_error

_DEPTH = 4  # folders below the one that the user gave
_DEMO = 'examples'  # folder of the PASCAL-Part archive with a few pictures


@dataclass(frozen=True)
class Source:
    """A source as the user gave it, and the folder to read it from.

    Args:
        given: Folder or archive.
        root: The folder itself, or the one the archive was unpacked to.
    """

    given: Path
    root: Path

    def facts(self) -> dict[str, Any]:
        """Return the name, and for an archive its SHA-256."""
        facts: dict[str, Any] = {'name': self.given.resolve().name}
        if self.given.is_file():
            facts['sha256'] = sha256(self.given)
        return facts


class Workspace:
    """Opens sources; removes what it unpacked when the block is left.

    Archives are unpacked beside the output folder: its disk is the one that
    has to have room anyway.

    Args:
        out: The output folder. No source may overlap with it.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._beside = out.resolve().parent
        self._prefix = f'.{out.resolve().name}.unpacked-'
        self._archives: dict[Path, Path] = {}  # by the unpacked folder

    def __enter__(self) -> Workspace:
        for leftover in self._beside.glob(f'{glob.escape(self._prefix)}*'):
            shutil.rmtree(leftover, ignore_errors=True)
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        for folder in self._archives:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, SegplugError):
            error.args = (self.rename(str(error)),)

    def open(self, given: Path, *, suffixes: Collection[str]) -> Source:
        """Make a source readable as a folder.

        Args:
            given: Folder or archive.
            suffixes: Suffixes of the files wanted from an archive.

        Returns:
            The source.

        Raises:
            SourceError: If it does not exist or overlaps with the output
                folder.
            ArchiveError: If it is an archive that cannot be used.
            OutputError: If there is no room to unpack it.
        """
        self.check_apart(given)
        if given.is_dir():
            return Source(given, given)
        return Source(given, self._unpack(given, suffixes))

    def check_apart(self, given: Path) -> None:
        """Refuse a source that is missing or overlaps with the output.

        Raises:
            SourceError: If it does.
        """
        if not given.exists():
            raise SourceError(
                f'There is no file or folder {given} (looked from '
                f'{Path.cwd()}).'
            )
        source, out = given.resolve(), self.out.resolve()
        if out == source or out in source.parents or source in out.parents:
            raise SourceError(
                f'The output folder {self.out} and the source {given} lie '
                'one inside the other. Choose an --out elsewhere.'
            )

    def rename(self, message: str) -> str:
        """Name archives in a message, not what they were unpacked to."""
        for folder, archive in self._archives.items():
            message = message.replace(str(folder), str(archive))
        return message

    def _unpack(self, archive: Path, suffixes: Collection[str]) -> Path:
        try:
            name = tempfile.mkdtemp(prefix=self._prefix, dir=self._beside)
        except OSError as error:
            raise explain_os_error(error, self._beside) from error
        folder = Path(name)
        self._archives[folder] = archive
        unpack(archive, folder, suffixes=suffixes)
        return folder


def find_folder(
    source: Source,
    suffix: str,
    *,
    names: Sequence[str],
    parents: Sequence[str] = (),
    expected: str,
) -> Path:
    """Find the folder with a data set's files at any sensible depth.

    A folder given itself is taken when such files lie right in it.
    Otherwise the folders with such files below it are searched for, those
    with a usual name first.

    Args:
        source: Where to look.
        suffix: Suffix of the files, in lower case.
        names: Usual names of the folder.
        parents: Names of parent folders to prefer, best first.
        expected: What the user should have given, for the error.

    Returns:
        The folder.

    Raises:
        SourceError: If there is none, only the demonstration pictures of
            PASCAL-Part, or several that could be meant.
    """
    found = [f for f in walk(source.root) if _holds(f, suffix)]
    real = [folder for folder in found if folder.name != _DEMO]
    if source.root in real:
        return source.root
    real = [f for f in real if f.name in names] or real
    for parent in parents:
        real = [f for f in real if f.parent.name == parent] or real
    if len(real) == 1:
        return real[0]
    if not real:
        raise SourceError(_missing(source, suffix, found, expected))
    listed = ', '.join(str(f.relative_to(source.root)) for f in real[:5])
    raise SourceError(
        f'{source.given} has several folders with {suffix} files ({listed}). '
        'Give the path of the one that is meant.'
    )


def find_parent(
    source: Source, folders: Sequence[str], *, expected: str
) -> Path:
    """Find the folder that holds folders with given names.

    Args:
        source: Where to look.
        folders: Names, all of which must be there.
        expected: What the user should have given, for the error.

    Returns:
        The folder.

    Raises:
        SourceError: If there is none, or several.
    """
    found = [
        folder
        for folder in walk(source.root)
        if all((folder / name).is_dir() for name in folders)
    ]
    if len(found) == 1:
        return found[0]
    listed = ', '.join(folders)
    if not found:
        raise SourceError(
            f'{source.given} holds no folders {listed}; wanted: {expected}.'
        )
    listed = ', '.join(str(f.relative_to(source.root)) for f in found[:5])
    raise SourceError(
        f'{source.given} holds the data set several times (in {listed}). '
        'Give the path of the folder that is meant.'
    )


def find_lists(
    source: Source, names: Sequence[Sequence[str]]
) -> Optional[list[Path]]:
    """Find the lists of the splits in a source or in its parent folder.

    VOC's ``ImageSets`` are passed over: they list images whether or not a
    data set made from them has a label.

    Args:
        source: Where to look.
        names: Sets of file names that belong together, best first.

    Returns:
        The files of the first set found, None if there is none.

    Raises:
        SourceError: If several folders hold such a set.
    """
    inside = [
        folder
        for folder in walk(source.root)
        if 'ImageSets' not in folder.relative_to(source.root).parts
    ]
    for folders in (inside, [source.given.resolve().parent]):
        for group in names:
            found = [
                folder
                for folder in folders
                if all((folder / name).is_file() for name in group)
            ]
            if len(found) > 1:
                listed = ', '.join(map(str, found[:5]))
                raise SourceError(
                    f'{source.given} has several {group[0]} (in {listed}). '
                    'Name the lists with --train-list and --val-list.'
                )
            if found:
                return [found[0] / name for name in group]
    return None


def _missing(
    source: Source, suffix: str, found: list[Path], expected: str
) -> str:
    message = f'{source.given} holds no {suffix} files; wanted: {expected}.'
    if found:
        message += (
            f' The {suffix} files in its folder {_DEMO} are only the '
            'demonstration pictures of the PASCAL-Part archive.'
        )
    return message


def walk(root: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Yield a folder and those below it, links followed, in a fixed order."""
    yield root
    if depth == 0:
        return
    try:
        with os.scandir(root) as entries:
            below = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError as error:
        raise SourceError(f'{root}: {error.strerror}.') from error
    for name in below:
        if not name.startswith('.') and name != '__MACOSX':
            yield from walk(root / name, depth - 1)


def _holds(folder: Path, suffix: str) -> bool:
    return any(
        file.suffix.lower() == suffix and not file.name.startswith('.')
        for file in folder.iterdir()
    )
