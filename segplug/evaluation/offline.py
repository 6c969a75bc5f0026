"""Score a folder of predictions against a folder of labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.evaluator import BaseMetric
from tqdm import tqdm

from segplug.errors import SegplugError
from segplug.fileio import PathLike
from segplug.untrusted_image import UnreadableImageError, open_image

from .label_files import read_labels
from .schemes import FileScheme

_SHOWN = 10
_IMAGE_SUFFIXES = ('.png', '.jpg')  # where a data set may have any


class FolderMismatchError(SegplugError, ValueError):
    """Predictions and labels are not one for one."""


class Pair(NamedTuple):
    """Files of one image; ``image`` may be unknown."""

    pred: Path
    label: Path
    image: Path | None


class WrongSize(NamedTuple):
    """A prediction that does not have its label's size; (H, W) in px."""

    pred: Path
    size: tuple[int, int]
    wanted: tuple[int, int]


@dataclass(frozen=True)
class Matching:
    """What belongs together in two folders, and what does not.

    Attributes:
        pairs: Predictions with their labels, in the order of the labels.
        missing: Labels without a prediction.
        extra: Predictions without a label.
        wrong_size: Predictions whose size is not that of their label.
    """

    pairs: tuple[Pair, ...]
    missing: tuple[Path, ...] = ()
    extra: tuple[Path, ...] = ()
    wrong_size: tuple[WrongSize, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every label has a prediction of its size."""
        return not (self.missing or self.wrong_size)

    def problems(self) -> str:
        """Describe all that does not match; empty if nothing."""
        sizes = [
            f'{w.pred}: {w.size[0]}×{w.size[1]} instead of '
            f'{w.wanted[0]}×{w.wanted[1]} (H×W)'
            for w in self.wrong_size
        ]
        parts = (
            ('labels have no prediction', self.missing),
            ('predictions have the wrong size', sizes),
            ('predictions have no label', self.extra),
        )
        return '\n'.join(_listing(what, list(x)) for what, x in parts if x)


def match(
    pred_dir: PathLike,
    label_dir: PathLike,
    scheme: FileScheme,
    image_dir: PathLike | None = None,
    split: PathLike | None = None,
) -> Matching:
    """Pair the files of two folders, searched recursively.

    Where names repeat in subfolders, the subfolders must be the same on both
    sides.

    Args:
        pred_dir: Folder of predictions, PNG.
        label_dir: Folder of labels, whose names end as the scheme says.
        scheme: Names and codes of the data set.
        image_dir: Folder of the images, if pictures are wanted later.
        split: File with the name of one image a line, without suffix; other
            labels are left out.

    Raises:
        FolderMismatchError: If a folder or the split does not exist, two
            files have the same key, the split names what has no label, or
            nothing matches.
    """
    found = [
        _files(label_dir, scheme, scheme.label_suffix),
        _files(pred_dir, scheme, '.png'),
        _files(image_dir, scheme, scheme.img_suffix) if image_dir else {},
    ]
    labels, preds, images = _by_name(found)
    if split is not None:
        labels = _selected(labels, Path(split), label_dir)
    if not labels.keys() & preds.keys():
        raise FolderMismatchError(
            f'None of the {len(preds)} predictions in {pred_dir} belongs to '
            f'one of the {len(labels)} labels (*{scheme.label_suffix}) in '
            f'{label_dir}. A prediction has the name of its image or label, '
            'and ends with .png; where names repeat, it is in the subfolder '
            'of the same name.'
        )
    pairs, wrong = [], []
    for key in sorted(labels.keys() & preds.keys()):
        size, wanted = _size(preds[key]), _size(labels[key])
        if size == wanted:
            pairs.append(Pair(preds[key], labels[key], images.get(key)))
        else:
            wrong.append(WrongSize(preds[key], size, wanted))
    return Matching(
        pairs=tuple(pairs),
        missing=tuple(labels[k] for k in sorted(labels.keys() - preds.keys())),
        extra=tuple(preds[k] for k in sorted(preds.keys() - labels.keys())),
        wrong_size=tuple(wrong),
    )


def score(
    matching: Matching,
    scheme: FileScheme,
    metrics: Sequence[BaseMetric],
    *,
    partial: bool = False,
    progress: bool = False,
) -> dict[str, float]:
    """Score the pairs.

    Args:
        matching: What :func:`match` returned.
        scheme: Names and codes of the data set.
        metrics: Metrics of this package, changed in place: afterwards they
            hold their results.
        partial: Score the pairs there are, even if some labels have none.
        progress: Whether to draw a progress bar.

    Returns:
        Scores by name.

    Raises:
        FolderMismatchError: If labels lack a prediction of their size, and
            ``partial`` is not set, or no pair is left.
    """
    if not matching.pairs or not (partial or matching.complete):
        raise FolderMismatchError(
            f'{matching.problems()}\nGive a prediction of the right size for '
            'every label, or use --partial to score the rest.'
        )
    meta = {'classes': scheme.classes, 'palette': scheme.palette}
    for metric in metrics:
        metric.dataset_meta = meta
    for sample in tqdm(
        _samples(matching.pairs, scheme),
        total=len(matching.pairs),
        disable=not progress,
    ):
        for metric in metrics:
            metric.process(None, [sample])
    scores: dict[str, float] = {}
    for metric in metrics:
        scores.update(metric.evaluate(len(matching.pairs)))
    return scores


def _samples(pairs: Sequence[Pair], scheme: FileScheme) -> Iterator[dict]:
    for pair in pairs:
        pred = scheme.pred_table[read_labels(pair.pred)]
        label = scheme.label_table[read_labels(pair.label)]
        yield {
            'pred_sem_seg': {'data': torch.from_numpy(pred)[None]},
            'gt_sem_seg': {'data': torch.from_numpy(label)[None]},
            'img_path': str(pair.image or pair.label),
            'seg_map_path': str(pair.label),
            'pred_path': str(pair.pred),
        }


def _files(
    folder: PathLike, scheme: FileScheme, suffix: str | None
) -> dict[str, Path]:
    """Return the files of a folder by subfolder and key."""
    if not Path(folder).is_dir():
        raise FolderMismatchError(f'There is no folder {folder}.')
    endings = (suffix,) if suffix else _IMAGE_SUFFIXES
    found: dict[str, Path] = {}
    for path in sorted(Path(folder).rglob('*')):
        if not path.name.endswith(endings):
            continue
        below = path.relative_to(folder).parent
        key = (below / scheme.key(path)).as_posix()
        other = found.setdefault(key, path)
        if other != path:
            raise FolderMismatchError(
                f'{other} and {path} both stand for "{key}". Keep one of them.'
            )
    return found


def _by_name(folders: list[dict[str, Path]]) -> list[dict[str, Path]]:
    """Drop the subfolders from the keys unless names repeat somewhere."""
    short = [
        {key.rpartition('/')[2]: path for key, path in files.items()}
        for files in folders
    ]
    repeat = any(len(s) < len(files) for s, files in zip(short, folders))
    return folders if repeat else short


def _selected(
    labels: dict[str, Path], split: Path, label_dir: PathLike
) -> dict[str, Path]:
    """Return the labels of a split, in its order."""
    try:
        lines = split.read_text(encoding='utf-8').splitlines()
    except (OSError, ValueError) as error:
        raise FolderMismatchError(
            f'The split {split} cannot be read: {error}'
        ) from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise FolderMismatchError(f'The split {split} names no image.')
    keys = {
        name: name if name in labels else name.rpartition('/')[2]
        for name in names
    }
    unknown = [name for name, key in keys.items() if key not in labels]
    if unknown:
        raise FolderMismatchError(
            _listing(f'names in {split} have no label in {label_dir}', unknown)
        )
    return {key: labels[key] for key in keys.values()}


def _size(path: Path) -> tuple[int, int]:
    """Return (H, W) without decoding the file."""
    try:
        with open_image(path) as image:
            return image.height, image.width
    except UnreadableImageError as error:
        raise FolderMismatchError(f'{path} {error}.') from error


def _listing(what: str, items: list[object]) -> str:
    more = len(items) - _SHOWN
    lines = [f'{len(items)} {what}:', *map(str, items[:_SHOWN])]
    if more > 0:
        lines.append(f'… and {more} more')
    return '\n  '.join(lines)
