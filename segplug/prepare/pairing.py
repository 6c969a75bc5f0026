"""Bring the ids of the lists together with their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .errors import BadItemError, OtherDatasetError, SourceError
from .spec import Item

_SAMPLES = 3  # annotations that show which data set they are of


@dataclass(frozen=True)
class Files:
    """Files named after ids.

    Args:
        folder: Where they lie.
        suffix: What follows the id.
    """

    folder: Path
    suffix: str

    def of(self, name: str) -> Path:
        """Return the path of an id's file."""
        return self.folder / f'{name}{self.suffix}'


def pair(
    splits: Mapping[str, Sequence[str]], images: Files, annotations: Files
) -> tuple[list[Item], list[str]]:
    """Make items of the ids that have both files.

    Args:
        splits: Ids of each split.
        images: The image files.
        annotations: The files that labels are made from.

    Returns:
        The items in the order of the lists, and one sentence for each id
        that lacks a file.
    """
    items, problems = [], []
    for split, names in splits.items():
        for name in names:
            item = Item(name, split, images.of(name), annotations.of(name))
            wanted = (item.image, item.annotation)
            missing = [str(path) for path in wanted if not path.is_file()]
            if missing:
                absent = ' and no '.join(missing)
                problems.append(f'{name} ({split}): there is no {absent}.')
            else:
                items.append(item)
    return items, problems


def refuse_other(
    items: Sequence[Item], read: Callable[[Path], object], *, expected: str
) -> None:
    """Refuse a wrong source at once, rather than ten thousand files of it.

    Args:
        items: Some are tried.
        read: Reads an annotation.
        expected: What the user should have given.

    Raises:
        SourceError: If all that were tried are of another data set.
    """
    tried, errors = items[:_SAMPLES], []
    for item in tried:
        try:
            read(item.annotation)
        except OtherDatasetError as error:
            errors.append(error)
        except BadItemError:
            pass  # reported when its turn comes
    if tried and len(errors) == len(tried):
        raise SourceError(f'{errors[0]} Wanted: {expected}.')
