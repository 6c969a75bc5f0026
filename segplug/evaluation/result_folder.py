"""Give the results of each test a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from segplug.fileio import PathLike

from .report import METRICS_FILE, Report, ResultFolderError
from .run_facts import RunFacts

_SAME = ('config', 'checkpoint', 'dataset')


def result_folder(
    base: PathLike,
    name: str,
    facts: RunFacts,
    claim: Callable[[Path], bool] = lambda _: True,
) -> Path:
    """Return a folder whose results, if it has any, are of the same test.

    Args:
        base: Folder of all tests of a config.
        name: What to call it, such as the checkpoint's name.
        facts: What is to be tested.
        claim: Takes a folder for this test, and tells whether it could:
            another test that is under way may have it.

    Returns:
        ``base/name``, or with ``-2``, ``-3`` … behind it where the results
        there are of another config, other weights or other data, or another
        test is under way.
    """
    path, number = Path(base) / name, 1
    while not (_is_of(path, facts) and claim(path)):
        number += 1
        path = Path(base) / f'{name}-{number}'
    return path


def _is_of(folder: Path, facts: RunFacts) -> bool:
    """Tell whether the results there, if any, are of what is to be tested."""
    if not (folder / METRICS_FILE).exists():
        return True
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
