"""How the prediction and label files of a data set are named and coded."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from segplug.errors import SegplugError
from segplug.labels.cityscapes import (
    ANNOTATED_CLASSES,
    ANNOTATED_PALETTE,
    CLASSES,
    PALETTE,
)

from . import cityscapes

CITYSCAPES_IDS = 'cityscapes_ids'
_VOID = 255


class UnknownDatasetError(SegplugError, ValueError):
    """No data set has this name."""


@dataclass(frozen=True)
class FileScheme:
    """Names and codes of the files of a data set.

    Attributes:
        name: Name of the data set.
        classes: Names of its classes.
        palette: RGB colours of the classes; may be empty.
        img_suffix: End of the names of images; None if they may differ.
        label_suffix: End of the names of label files.
        label_table: Class of each value in label files, shape (256,), uint8;
            255 is void.
        pred_table: Class of each value in prediction files, shape (256,),
            uint8; values that are no class are misses.
        label_classes: Names of the values in label files, which other forms
            of the data set join or leave out.
        groups: Names of the classes of each category, if it has categories.
    """

    name: str
    classes: tuple[str, ...]
    palette: tuple[tuple[int, ...], ...]
    img_suffix: str | None
    label_suffix: str
    label_table: np.ndarray
    pred_table: np.ndarray
    label_classes: tuple[str, ...]
    groups: dict[str, tuple[str, ...]] | None = None

    def key(self, path: Path) -> str:
        """Return what images, labels and predictions have in common.

        It is the name of the file without the suffix of images or labels,
        whichever it has, and without the extension.
        """
        for suffix in (self.label_suffix, self.img_suffix):
            ending = Path(suffix or '').stem
            if ending and path.stem.endswith(ending):
                return path.stem[: -len(ending)]
        return path.stem


def scheme(
    name: str,
    num_classes: int | None = None,
    *,
    prepared: Sequence[str] | None = None,
) -> FileScheme:
    """Return the scheme of a data set.

    Args:
        name: Registered name such as ``'CityscapesDataset'``, or a short
            form such as ``'cityscapes'``, or the usual name of the prepared
            folder such as ``'pascal_part'``; ``'cityscapes_ids'`` for files
            of Cityscapes' label ids, as its benchmark wants them.
        num_classes: Form of a data set whose class takes ``num_classes``.
            Defaults to the first that fits ``prepared``.
        prepared: Classes that the labels were prepared with, where a
            manifest tells: names of prepared folders then come before
            registered ones that are equal.

    Raises:
        UnknownDatasetError: If there is none; all names are listed. Or if it
            has no such form, or none for labels prepared like this.
    """
    if name == CITYSCAPES_IDS:
        return _cityscapes_ids(num_classes or len(CLASSES))
    kinds = {_short(n): n for n in DATASETS.module_dict if _has_classes(n)}
    folders = {
        _folder(registered): registered for registered in kinds.values()
    }
    kinds = {**kinds, **folders} if prepared else {**folders, **kinds}
    kinds.pop('', None)
    if _short(name) not in kinds:
        raise UnknownDatasetError(
            f'There is no data set "{name}". Choose from '
            f'{", ".join(sorted([*kinds, CITYSCAPES_IDS]))}.'
        )
    kind = DATASETS.get(kinds[_short(name)])
    files = _registered(kind)
    if num_classes is None and prepared and _has_forms(kind):
        num_classes = len(prepared)
    if num_classes not in (None, len(files.classes)):
        files = replace(files, **_form(kind, num_classes))
    if prepared and tuple(prepared) != files.label_classes:
        raise UnknownDatasetError(
            f'The labels were prepared with {len(prepared)} classes '
            f'({", ".join(prepared[:3])}, …), not with the '
            f'{len(files.label_classes)} '
            f'({", ".join(files.label_classes[:3])}, …) of {files.name}. '
            'Choose the data set that they are of.'
        )
    return files


def _short(name: str) -> str:
    return name.lower().replace('_', '').removesuffix('dataset')


def _folder(name: str) -> str:
    """Return the usual name of a data set's folder, if it has one."""
    remedy = getattr(DATASETS.get(name), 'REMEDY', '')
    return _short(Path(remedy.rpartition('--out ')[2]).name)


def _has_classes(name: str) -> bool:
    kind = DATASETS.get(name)
    return (
        inspect.isclass(kind)
        and issubclass(kind, BaseSegDataset)
        and bool(kind.METAINFO.get('classes'))
    )


def _has_forms(kind: type[BaseSegDataset]) -> bool:
    return 'num_classes' in inspect.signature(kind).parameters


def _form(kind: type[BaseSegDataset], num_classes: int) -> dict[str, Any]:
    """Return what another form of a data set has otherwise."""
    if not _has_forms(kind):
        raise UnknownDatasetError(
            f'{kind.__name__} has one form, of '
            f'{len(kind.METAINFO["classes"])} classes; leave --num-classes '
            'out.'
        )
    try:
        dataset = kind(num_classes=num_classes, pipeline=[], lazy_init=True)
    except ValueError as error:
        raise UnknownDatasetError(
            f'{kind.__name__} has no form of {num_classes} classes: {error}'
        ) from error
    return {
        'classes': tuple(dataset.metainfo['classes']),
        'palette': tuple(map(tuple, dataset.metainfo['palette'])),
        'label_table': _renumbered(dataset),
        'label_classes': dataset.label_classes(),
    }


def _renumbered(dataset: BaseSegDataset) -> np.ndarray:
    """Return what a data set makes of each value in its label files."""
    table = np.arange(256, dtype=np.uint8)
    for old, new in (dataset.label_map or {}).items():
        table[old] = new
    return table


def _registered(kind: type[BaseSegDataset]) -> FileScheme:
    table = np.arange(256, dtype=np.uint8)
    pred_table = table.copy()
    if _default(kind, 'reduce_zero_label'):
        table = np.array([_VOID, *range(255)], np.uint8)  # 1 is the first
        table[_VOID] = _VOID
        pred_table = table.copy()
    return FileScheme(
        name=kind.__name__,
        classes=tuple(kind.METAINFO['classes']),
        palette=tuple(map(tuple, kind.METAINFO.get('palette', ()))),
        img_suffix=_default(kind, 'img_suffix'),
        label_suffix=_default(kind, 'seg_map_suffix'),
        label_table=table,
        pred_table=pred_table,
        label_classes=tuple(kind.METAINFO['classes']),
    )


def _default(kind: type[BaseSegDataset], name: str) -> str | bool:
    """Return the default of a constructor's argument."""
    for owner in kind.__mro__:
        parameters = inspect.signature(owner.__init__).parameters
        if name in parameters:
            return parameters[name].default
    raise UnknownDatasetError(f'{kind.__name__} has no argument {name}.')


def _cityscapes_ids(num_classes: int) -> FileScheme:
    if num_classes not in (len(CLASSES), len(ANNOTATED_CLASSES)):
        raise UnknownDatasetError(
            f'{CITYSCAPES_IDS} has no form of {num_classes} classes: it has '
            f'{len(CLASSES)} or {len(ANNOTATED_CLASSES)}.'
        )
    evaluated = num_classes == len(CLASSES)
    return FileScheme(
        name=CITYSCAPES_IDS,
        classes=CLASSES if evaluated else ANNOTATED_CLASSES,
        palette=PALETTE if evaluated else ANNOTATED_PALETTE,
        img_suffix='_leftImg8bit.png',
        label_suffix='_gtFine_labelIds.png',
        label_table=cityscapes.label_table(num_classes),
        pred_table=cityscapes.prediction_table(num_classes),
        label_classes=CLASSES if evaluated else ANNOTATED_CLASSES,
        groups=cityscapes.CATEGORIES if evaluated else None,
    )
