"""The output folder: whose it is, what lies where, what has to go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import OutputError, explain_os_error
from .pictures import IMAGE_SUFFIXES
from .records import History, read_history

try:
    import fcntl
except ImportError:  # Windows: two runs at once are not noticed there
    fcntl = None  # type: ignore[assignment]

#: Names that segplug.fileio.atomic_path gives to unfinished files.
_UNFINISHED = re.compile(r'\..+\.\d+-[0-9a-f]+\.tmp(\.\w+)?')
_SYSTEM_FILES = {'.DS_Store', 'Thumbs.db', 'desktop.ini'}
_SHOWN = 5


@dataclass(frozen=True)
class Output:
    """The layout of a prepared data set.

    Args:
        root: The output folder.
        image_suffix: Of the image files.
    """

    root: Path
    image_suffix: str

    @property
    def manifest(self) -> Path:
        """Description of the finished data set."""
        return self.root / 'manifest.json'

    @property
    def journal(self) -> Path:
        """Record of an unfinished run."""
        return self.root / 'unfinished.jsonl'

    @property
    def problems(self) -> Path:
        """Everything that was dropped, one sentence a line."""
        return self.root / 'problems.txt'

    @property
    def splits(self) -> Path:
        """Folder of the lists."""
        return self.root / 'splits'

    def split(self, name: str) -> Path:
        """List of one split."""
        return self.splits / f'{name}.txt'

    def image(self, name: str) -> Path:
        """Image of an item."""
        return self.root / 'images' / f'{name}{self.image_suffix}'

    def label(self, name: str) -> Path:
        """Label of an item."""
        return self.root / 'labels' / f'{name}.png'

    def all_of(self, name: str) -> set[Path]:
        """Files that any run may have written for an item."""
        images = (
            self.image(name).parent / f'{name}{s}' for s in IMAGE_SUFFIXES
        )
        return {*images, self.label(name)}

    def drop_other_images(self, name: str) -> None:
        """Remove images of an item that have another suffix."""
        for path in self.all_of(name) - {self.image(name), self.label(name)}:
            path.unlink(missing_ok=True)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Make the folder and keep other runs out of it.

        Raises:
            OutputError: If it is a file, cannot be written or another run
                is at work.
        """
        is_new = not self.root.exists()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise explain_os_error(error, self.root) from error
        with _locked(self.root):
            try:
                yield
            finally:
                if is_new and not any(self.root.iterdir()):
                    self.root.rmdir()

    def history(self, dataset: str, splits: Iterable[str]) -> History:
        """Read what earlier runs left and clear away their unfinished files.

        Args:
            dataset: Name of the data set.
            splits: Names of its splits.

        Returns:
            The history; an empty one for an empty folder.

        Raises:
            OutputError: If the folder holds files that no run wrote, or
                another data set.
        """
        history = read_history(self.manifest, self.journal, dataset)
        unfinished, foreign = self._survey(self._owned(history, splits))
        if foreign:
            listed = ', '.join(map(str, sorted(foreign)[:_SHOWN]))
            raise OutputError(
                f'The output folder {self.root} holds {len(foreign)} files '
                f'that were not prepared there ({listed}). Choose an empty '
                'or a new folder, or move them away.'
            )
        for path in unfinished:
            path.unlink(missing_ok=True)
        return history

    def _owned(self, history: History, splits: Iterable[str]) -> set[Path]:
        if history.manifest is None and not history.interrupted:
            return set()
        owned = {self.manifest, self.journal, self.problems}
        owned.update(self.split(name) for name in splits)
        for name in history.ids:
            owned |= self.all_of(name)
        return owned

    def _survey(self, owned: set[Path]) -> tuple[list[Path], list[Path]]:
        """Return the unfinished and the foreign files."""
        parts = (self.image('_'), self.label('_'), self.split('_'))
        folders = {self.root, *(path.parent for path in parts)}
        unfinished, foreign = [], []
        for folder in filter(Path.is_dir, folders):
            for path in folder.iterdir():
                if path in owned or path in folders:
                    continue
                if _UNFINISHED.fullmatch(path.name):
                    unfinished.append(path)
                elif path.name not in _SYSTEM_FILES:
                    foreign.append(path)
        return unfinished, foreign

    def remove(self, names: Iterable[str]) -> int:
        """Remove images and labels; return of how many items."""
        removed = 0
        for name in names:
            paths = list(filter(os.path.lexists, self.all_of(name)))
            removed += bool(paths)
            for path in paths:
                path.unlink(missing_ok=True)
        return removed

    def unfinish(self, splits: Iterable[str]) -> None:
        """Remove what only a finished data set has, so that none is used."""
        for path in (self.manifest, *map(self.split, splits)):
            path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise OutputError(
            f'Another run is preparing data in {folder}; wait for its end.'
        ) from error
    except OSError:
        pass  # a file system without locks
    try:
        yield
    finally:
        os.close(handle)
