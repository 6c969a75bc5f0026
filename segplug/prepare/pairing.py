"""Bring the ids of the lists together with their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .spec import Item


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
