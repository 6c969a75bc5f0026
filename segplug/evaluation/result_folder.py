"""Give the results of each test a folder of its own."""

from __future__ import annotations

from pathlib import Path

from segplug.fileio import PathLike

from .report import METRICS_FILE, Report, ResultFolderError
from .run_facts import RunFacts

_SAME = ('config', 'checkpoint', 'dataset')


def result_folder(base: PathLike, name: str, facts: RunFacts) -> Path:
    """Return a folder whose results, if it has any, are of the same test.

    Args:
        base: Folder of all tests of a config.
        name: What to call it, such as the checkpoint's name.
        facts: What is to be tested.

    Returns:
        ``base/name``, or with ``-2``, ``-3`` … behind it where the results
        there are of another config, other weights or other data.
    """
    path, number = Path(base) / name, 1
    while (path / METRICS_FILE).exists() and not _is_of(path, facts):
        number += 1
        path = Path(base) / f'{name}-{number}'
    return path


def _is_of(folder: Path, facts: RunFacts) -> bool:
    try:
        found = Report.load(folder).content
    except (ResultFolderError, LookupError, TypeError):
        return False
    wanted = facts.to_dict()
    return all(
        found.get(section, {}).get(key) == value
        for section in _SAME
        for key, value in wanted[section].items()
    )
