"""List the images and labels that a config, or a prepared folder, names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from segplug.datasets import CheckedSegDataset
from segplug.errors import SegplugError

_LOADERS = ('train', 'val', 'test')


class UncheckableError(SegplugError, ValueError):
    """There are no data to check where they were looked for."""


@dataclass(frozen=True)
class Sample:
    """An image of a split, with its label.

    Attributes:
        split: Name of the split.
        image: Path of the image.
        label: Path of the label map, None if there is none by design.
        classes: Number of classes: ids from 0 are valid.
        ignore: The other valid value.
        shift: What is subtracted from the values in the file: 1 where 0
            means "other" (``reduce_zero_label``), else 0.
    """

    split: str
    image: Path
    label: Path | None
    classes: int
    ignore: int = 255
    shift: int = 0


@dataclass(frozen=True)
class Collection:
    """All that is to be checked.

    Attributes:
        samples: In the order of the splits.
        classes: Names of the classes.
        remarks: What was noticed on the way.
    """

    samples: tuple[Sample, ...]
    classes: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def of_config(cfg: Config) -> Collection:
    """Collect the samples of a config's three loaders, each split once.

    Raises:
        UncheckableError: If a data set has no folder or list, or the config
            has no data set of label maps.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    samples: dict[tuple[str, Path], Sample] = {}
    classes: tuple[str, ...] = ()
    for loader in _LOADERS:
        outer = (cfg.get(f'{loader}_dataloader') or {}).get('dataset')
        for inner in _inner(outer or {}):
            dataset = _built(inner)
            classes = tuple(dataset.METAINFO.get('classes', ()))
            for sample in _of_dataset(dataset, loader):
                samples.setdefault((sample.split, sample.image), sample)
    if not samples:
        raise UncheckableError('The config has no data set with label maps.')
    return Collection(tuple(samples.values()), classes)


def of_folder(root: Path) -> Collection:
    """Collect the samples of a folder that ``prepare_data.py`` wrote.

    Raises:
        UncheckableError: If it is no such folder.
    """
    manifest = _manifest(root)
    splits = manifest.get('splits')
    if not isinstance(splits, dict) or not splits:
        raise UncheckableError(f'{root / "manifest.json"} names no split.')
    try:
        names = [list(split.get('pixels', {})) for split in splits.values()]
    except (AttributeError, TypeError) as error:
        raise UncheckableError(
            f'{root / "manifest.json"} is damaged ({error}).'
        ) from error
    classes = tuple(name for name in names[0] if name != 'ignore')
    files = {path.stem: path for path in _listed(root / 'images')}
    samples = [
        Sample(
            split=split,
            image=files.get(name, root / 'images' / name),
            label=root / 'labels' / f'{name}.png',
            classes=len(classes),
        )
        for split in splits
        for name in _lines(root / 'splits' / f'{split}.txt')
    ]
    used = {sample.image for sample in samples}
    spare = [path for path in files.values() if path not in used]
    remarks = []
    if spare:
        shown = ', '.join(path.name for path in spare[:5])
        remarks.append(f'{len(spare)} images are in no split: {shown} …')
    return Collection(tuple(samples), classes, tuple(remarks))


def _manifest(root: Path) -> Mapping[str, Any]:
    path = root / 'manifest.json'
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError:
        raise UncheckableError(
            f'{root} holds no manifest.json. Give a folder that '
            'tools/prepare_data.py wrote, or a config.'
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UncheckableError(f'{path} cannot be read: {error}.') from error
    if not isinstance(content, dict):
        raise UncheckableError(f'{path} is no manifest.')
    return content


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UncheckableError(f'{folder}: {error.strerror}.') from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding='utf-8').split()
    except (OSError, ValueError) as error:
        raise UncheckableError(f'{path} cannot be read: {error}.') from error


def _inner(config: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the data sets inside those that repeat or join them."""
    if 'datasets' in config:
        for item in config['datasets']:
            yield from _inner(item)
    elif 'dataset' in config:
        yield from _inner(config['dataset'])
    elif config:
        yield dict(config)


def _built(config: dict[str, Any]) -> BaseSegDataset:
    config = {**config, 'pipeline': [], 'lazy_init': True}
    dataset = DATASETS.build(config)
    if not isinstance(dataset, BaseSegDataset):
        raise UncheckableError(
            f'{type(dataset).__name__} is no data set of label maps.'
        )
    return dataset


def _of_dataset(dataset: BaseSegDataset, loader: str) -> Iterator[Sample]:
    if isinstance(dataset, CheckedSegDataset):
        dataset._check_root()
        # Without the check of all files: each is reported by itself.
        listed = BaseSegDataset.load_data_list(dataset)
    else:
        listed = dataset.load_data_list()
    if not listed:
        raise UncheckableError(
            f'{type(dataset).__name__}: {dataset.ann_file or loader} names '
            'no image.'
        )
    split = Path(dataset.ann_file).stem if dataset.ann_file else loader
    for item in listed:
        label = item.get('seg_map_path')
        yield Sample(
            split=split,
            image=Path(item['img_path']),
            label=Path(label) if label else None,
            classes=len(dataset.METAINFO.get('classes', ())),
            ignore=dataset.ignore_index,
            shift=int(bool(dataset.reduce_zero_label)),
        )
