"""What has been prepared: the manifest, and the journal that precedes it.

The manifest describes a finished data set. While a run changes anything,
there is a journal instead, which gets a line for each finished item. A run
that was interrupted therefore leaves no manifest, and the next one knows
what is done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Optional

from segplug.fileio import write_text

from .errors import OutputError
from .splits import check_id

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """One finished item.

    Args:
        id: Of the item.
        recipe: Digest of everything but the files that the outputs depend
            on.
        annotation: SHA-256 of the file that the label was made from.
        image: SHA-256 of the image in the output folder; None when the item
            is no part of the data set.
        label: SHA-256 of the label, None as for the image.
        pixels: Of each class and, last, ignored ones.
        source: SHA-256 of the image that ``image`` was made from; None when
            it is the same.
    """

    id: str
    recipe: str
    annotation: str
    image: Optional[str] = None
    label: Optional[str] = None
    pixels: tuple[int, ...] = ()
    source: Optional[str] = None

    @property
    def kept(self) -> bool:
        """Whether the item is part of the data set."""
        return self.image is not None


@dataclass
class History:
    """What earlier runs left.

    Args:
        ids: Of everything they may have written.
        records: Finished items by id.
        manifest: Of the finished data set, None if there is none.
        interrupted: Whether there is a journal.
    """

    ids: set[str] = field(default_factory=set)
    records: dict[str, Record] = field(default_factory=dict)
    manifest: Optional[dict[str, Any]] = None
    interrupted: bool = False


class Journal:
    """Appends finished items to a file."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open('a', encoding='utf-8')

    def add(self, record: Record) -> None:
        """Write a line and hand it to the operating system."""
        self._stream.write(json.dumps(asdict(record)) + '\n')
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def start_journal(
    path: Path, dataset: str, ids: Iterable[str], records: Iterable[Record]
) -> Journal:
    """Write a new journal.

    Args:
        path: Its file.
        dataset: Name of the data set.
        ids: Of everything that may be or get written: what is not among
            them is not ours.
        records: What is known to be finished.

    Returns:
        The journal, open for more records.
    """
    header = {'format': FORMAT, 'dataset': dataset, 'ids': sorted(ids)}
    lines = [header, *map(asdict, records)]
    write_text(path, ''.join(json.dumps(line) + '\n' for line in lines))
    return Journal(path)


def read_history(manifest: Path, journal: Path, dataset: str) -> History:
    """Read what earlier runs left.

    Args:
        manifest: File of the manifest; need not exist.
        journal: File of the journal; need not exist.
        dataset: Name that both must have.

    Returns:
        The history. The journal, which is younger, has precedence.

    Raises:
        OutputError: If a file is damaged or of another data set.
    """
    history = History()
    if manifest.exists():
        content = _parse(manifest, _read(manifest))
        _check_header(manifest, content, dataset)
        history.manifest = content
        _add(history, _manifest_records(manifest, content))
    if journal.exists():
        history.interrupted = True
        header, *lines = _read(journal).split('\n')
        content = _parse(journal, header)
        _check_header(journal, content, dataset)
        history.ids.update(_header_ids(journal, content))
        _add(history, filter(None, map(_parse_record, lines)))
    _check_ids(manifest.parent, history.ids)
    return history


def manifest_files(records: Mapping[str, Record]) -> dict[str, Any]:
    """Return the part of the manifest that :func:`read_history` reads."""
    files = {
        name: {
            'image': record.image,
            'label': record.label,
            'annotation': record.annotation,
            'pixels': list(record.pixels),
            **({'source': record.source} if record.source else {}),
        }
        for name, record in sorted(records.items())
        if record.kept
    }
    left_out = {
        name: record.annotation
        for name, record in sorted(records.items())
        if not record.kept
    }
    return {'files': files, 'left_out': left_out}


def _manifest_records(path: Path, content: dict[str, Any]) -> list[Record]:
    try:
        recipe = content['recipe']
        kept = [
            Record(name, recipe, **{**entry, 'pixels': tuple(entry['pixels'])})
            for name, entry in content['files'].items()
        ]
        left_out = [
            Record(name, recipe, annotation)
            for name, annotation in content['left_out'].items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, error) from error
    return kept + left_out


def _parse_record(line: str) -> Optional[Record]:
    """Return a record; None for a line that was cut off by an interrupt."""
    try:
        entry = json.loads(line)
        record = Record(**{**entry, 'pixels': tuple(entry['pixels'])})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return record if isinstance(record.id, str) else None


def _header_ids(path: Path, content: dict[str, Any]) -> list[str]:
    ids = content.get('ids', [])
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise _damaged(path, 'its ids are no list of names')
    return ids


def _add(history: History, records: Iterable[Record]) -> None:
    for record in records:
        history.ids.add(record.id)
        history.records[record.id] = record


def _check_ids(folder: Path, ids: Iterable[str]) -> None:
    """Refuse ids that would lead out of the folder: files get removed."""
    for name in ids:
        try:
            check_id(name)
        except ValueError as error:
            raise OutputError(
                f'The records in {folder} are damaged: {error}. Remove the '
                'folder and prepare the data again.'
            ) from error


def _read(path: Path) -> str:
    return path.read_text(encoding='utf-8', errors='replace')


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, error) from error
    if not isinstance(content, dict):
        raise _damaged(path, 'it is no JSON object')
    return content


def _check_header(path: Path, content: dict[str, Any], dataset: str) -> None:
    if content.get('dataset') != dataset:
        raise OutputError(
            f'{path} is of the data set {content.get("dataset")!r}, not '
            f'{dataset!r}. Choose another --out.'
        )
    if content.get('format') != FORMAT:
        raise OutputError(
            f'{path} has the format {content.get("format")!r}, this version '
            f'of segplug knows {FORMAT}. Choose another --out.'
        )


def _damaged(path: Path, cause: object) -> OutputError:
    return OutputError(
        f'{path} is damaged ({cause}). Remove the folder {path.parent} and '
        'prepare the data again.'
    )
