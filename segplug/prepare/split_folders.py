"""Data sets whose files lie in the folders train, val and test.

The files of a split lie in its folder or, as with the cities of Cityscapes,
one level below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .errors import SourceError
from .sources import Source, walk
from .spec import Item
from .splits import check_disjoint, check_id

Tree = dict[str, dict[str, Path]]  # split → id → file

_SPLITS = ('train', 'val', 'test')


def split_parents(source: Source, ending: str) -> list[Path]:
    """Return the folders whose train, val or test hold certain files.

    Args:
        source: Where to look, at any sensible depth.
        ending: Of the names of the files, in lower case.
    """
    return [
        folder
        for folder in walk(source.root)
        if any(next(_files(folder / s, ending), None) for s in _SPLITS)
    ]


def choose_folder(
    source: Source,
    folders: Sequence[Path],
    *,
    names: Sequence[str],
    wanted: str,
) -> Path:
    """Choose among folders that could be meant.

    Args:
        source: Where they were found.
        folders: The folders.
        names: Usual ends of their paths, such as ``'pan_seg/bitmasks'``, best
            first.
        wanted: What the user should have given, for the error.

    Returns:
        The one whose path ends in the best name.

    Raises:
        SourceError: If there is none, or several that are equally good.
    """
    for name in names:
        usual = [f for f in folders if f'/{f.as_posix()}'.endswith(f'/{name}')]
        if usual:
            folders = usual
            break
    if len(folders) == 1:
        return folders[0]
    if not folders:
        raise SourceError(
            f'{source.given} holds nothing that fits; wanted: {wanted}.'
        )
    listed = ', '.join(str(f.relative_to(source.root)) for f in folders[:5])
    raise SourceError(
        f'{source.given} has several folders that could be meant ({listed}). '
        'Give the path of the right one.'
    )


def list_tree(folder: Path, ending: str, splits: Sequence[str]) -> Tree:
    """List the files of each split by id.

    Args:
        folder: Holds the folders of the splits.
        ending: Of the names of the files, in lower case; what precedes it is
            the id.
        splits: Names of the splits; their folders may be missing.

    Raises:
        SourceError: If a name makes no safe id, or two files have the same.
        SplitListError: If two splits share an id.
    """
    tree: Tree = {split: {} for split in splits}
    for split, found in tree.items():
        for path in sorted(_files(folder / split, ending)):
            name = path.name[: -len(ending)]
            try:
                check_id(name)
            except ValueError as error:
                raise SourceError(f'{path}: {error}.') from error
            if name in found:
                raise SourceError(
                    f'{path} and {found[name]} have the same name; each '
                    'image needs one of its own.'
                )
            found[name] = path
    check_disjoint(tree)
    return tree


def pair_trees(images: Tree, labels: Tree) -> tuple[list[Item], list[str]]:
    """Make items of the images that have a label in the same split.

    Returns:
        The items, by split and id, and one sentence for each image without a
        label and each label without an image.
    """
    items, problems = [], []
    for split, pictures in images.items():
        masks = labels.get(split, {})
        for name in sorted({*pictures, *masks}):
            if name not in masks:
                problems.append(f'{pictures[name]}: there is no label for it.')
            elif name not in pictures:
                problems.append(f'{masks[name]}: there is no image for it.')
            else:
                items.append(Item(name, split, pictures[name], masks[name]))
    return items, problems


def ids_by_split(
    items: Sequence[Item], splits: Sequence[str]
) -> dict[str, list[str]]:
    """Return the ids of the items of each split."""
    return {
        split: [item.id for item in items if item.split == split]
        for split in splits
    }


def _files(folder: Path, ending: str) -> Iterator[Path]:
    """Yield the files of a split, links followed."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith('.'):
            continue
        if path.is_dir():
            for file in path.iterdir():
                if _is_meant(file, ending):
                    yield file
        elif _is_meant(path, ending):
            yield path


def _is_meant(path: Path, ending: str) -> bool:
    hidden = path.name.startswith('.')
    return not hidden and path.name.lower().endswith(ending)
