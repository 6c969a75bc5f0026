"""Read the lists that say which image belongs to which split."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import SplitListError

_ID = re.compile(r'\w[\w.\-]*', re.ASCII)
_SHOWN = 5


@dataclass(frozen=True)
class SplitList:
    """The ids of one list, in its order.

    Args:
        ids: Each once.
        problems: One sentence for each line that is malformed.
        repeated: Number of lines that repeat an earlier one.
    """

    ids: list[str]
    problems: list[str]
    repeated: int


@dataclass
class Splits:
    """The ids of all splits.

    Args:
        ids: Of each split, in the order of its list.
        problems: One sentence for each malformed line.
        notes: Remarks.
    """

    ids: dict[str, list[str]]
    problems: list[str]
    notes: list[str]


def read_list(path: Path) -> SplitList:
    """Read a list of images.

    A line is an id (``2008_000008``) or, as DeepLab's lists have it, the
    path of an image and of its label
    (``/JPEGImages/2008_000008.jpg /labels/2008_000008.png``). Empty lines
    are passed over.

    Args:
        path: Text file, UTF-8.

    Returns:
        The ids and what was wrong.

    Raises:
        SplitListError: If the file cannot be read or holds no id.
    """
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SplitListError(
            f'{path}: cannot be read as a list of images ({error}).'
        ) from error
    ids: list[str] = []
    problems = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            ids.append(parse_line(line))
        except ValueError as error:
            problems.append(f'{path}:{number}: {error}.')
    if not ids:
        cause = f' {problems[0]}' if problems else ''
        raise SplitListError(f'{path} names no image.{cause}')
    unique = list(dict.fromkeys(ids))
    return SplitList(unique, problems, len(ids) - len(unique))


def read_splits(paths: Mapping[str, Path]) -> Splits:
    """Read the lists of all splits.

    Args:
        paths: File of each split.

    Returns:
        What they hold.

    Raises:
        SplitListError: If one cannot be read or two share images.
    """
    lists = {name: read_list(path) for name, path in paths.items()}
    ids = {name: split.ids for name, split in lists.items()}
    check_disjoint(ids)
    notes = [
        f'{paths[name]} repeats {split.repeated} ids; each counts once.'
        for name, split in lists.items()
        if split.repeated
    ]
    problems = [text for split in lists.values() for text in split.problems]
    return Splits(ids, problems, notes)


def parse_line(line: str) -> str:
    """Return the id in one line of a list.

    Raises:
        ValueError: If the line has neither of the two forms, or the id
            could lead out of the folder of the data set.
    """
    columns = line.split()
    if len(columns) == 1:
        return check_id(columns[0])
    paths = [PurePosixPath(column) for column in columns]
    suffixes = [path.suffix.lower() for path in paths]
    if suffixes not in (['.jpg', '.png'], ['.png', '.png']):
        raise ValueError(
            f'{_short(line)} is neither an id nor the path of an image and '
            'of its label'
        )
    image, label = (path.stem for path in paths)
    if image != label:
        raise ValueError(
            f"the image '{image}' and the label '{label}' do not match"
        )
    if any('..' in path.parts for path in paths):
        raise ValueError(f"{_short(line)} has a path with '..'")
    return check_id(image)


def check_id(name: str) -> str:
    """Return an id that is safe as the name of a file.

    Raises:
        ValueError: If it is not.
    """
    if '/' in name or '\\' in name or '..' in name:
        raise ValueError(
            f"the id {_short(name)} holds a path separator or '..'"
        )
    if not _ID.fullmatch(name):
        raise ValueError(
            f'the id {_short(name)} holds other characters than letters, '
            "digits, '_', '-' and '.'"
        )
    return name


def check_disjoint(splits: Mapping[str, Collection[str]]) -> None:
    """Refuse splits that share images.

    Raises:
        SplitListError: Naming the first shared ids. Ids that differ only in
            case count as the same: many file systems do not tell them apart.
    """
    for (a, first), (b, second) in itertools.combinations(splits.items(), 2):
        there = {name.casefold() for name in second}
        shared = [name for name in first if name.casefold() in there]
        if shared:
            listed = ', '.join(shared[:_SHOWN])
            more = ', …' if len(shared) > _SHOWN else ''
            raise SplitListError(
                f'{len(shared)} images are both in {a} and in {b}: '
                f'{listed}{more}. A split must not share images with another.'
            )


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + '...')
