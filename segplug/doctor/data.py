"""The data of a config: are they there, and prepared as they must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmseg.registry import DATASETS

from segplug.datasets import CheckedSegDataset
from segplug.engine.explain import explain
from segplug.errors import SegplugError

from .finding import Finding, note, ok, problem

_SPLITS = ('train', 'val', 'test')


def examine(cfg: Mapping[str, Any]) -> Iterator[Finding]:
    """Build the data sets of a config, each once, without their images.

    Args:
        cfg: The config.
    """
    seen: dict[str, str] = {}
    for split in _SPLITS:
        config = (cfg.get(f'{split}_dataloader') or {}).get('dataset')
        if not config:
            continue
        finding = _of_split(split, config)
        if finding.text in seen:
            continue
        seen[finding.text] = split
        yield finding
        if finding.level == 'ok':
            yield from _manifest(split, config)


def classes_of(cfg: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return type and class names of the training data, if a type has them.

    The data need not be there.
    """
    config = (cfg.get('train_dataloader') or {}).get('dataset') or {}
    while 'dataset' in config or 'datasets' in config:
        config = config.get('dataset') or config['datasets'][0]
    try:
        bare = {**config, 'pipeline': [], 'lazy_init': True}
        classes = DATASETS.build(bare).metainfo.get('classes')
    except Exception:  # told by `examine`; some types want their files
        kind = DATASETS.get(str(config.get('type')))
        classes = (getattr(kind, 'METAINFO', None) or {}).get('classes')
    return (config['type'], tuple(classes)) if classes else None


def _of_split(split: str, config: Mapping[str, Any]) -> Finding:
    try:
        dataset = DATASETS.build(_without_pipeline(config))
        count = len(dataset)
    except SegplugError as error:
        return problem('data', str(error))
    except Exception as error:  # whatever a wrong config leads to
        text = explain(error) or f'{type(error).__name__}: {error}'
        return problem(
            'data', f'{split}_dataloader.dataset cannot be built. {text}'
        )
    root = config.get('data_root') or ''
    return ok(
        'data', f'{split}: {count} images of {type(dataset).__name__} {root}'
    )


def _without_pipeline(config: Mapping[str, Any]) -> dict[str, Any]:
    bare = dict(config)
    if 'dataset' in bare:
        bare['dataset'] = _without_pipeline(bare['dataset'])
    if 'datasets' in bare:
        bare['datasets'] = [_without_pipeline(d) for d in bare['datasets']]
    if 'dataset' not in bare or 'pipeline' in bare:
        bare['pipeline'] = []
    return bare


def _manifest(split: str, config: Mapping[str, Any]) -> Iterator[Finding]:
    kind = DATASETS.get(str(config.get('type')))
    root = config.get('data_root')
    prepared = isinstance(kind, type) and issubclass(kind, CheckedSegDataset)
    if not (prepared and root) or (Path(root) / 'manifest.json').is_file():
        return  # its classes were compared when the dataset was built
    yield note(
        'data',
        f'{root} has no manifest.json, so that the classes of the {split} '
        'labels cannot be compared with those of the dataset.',
        'python tools/check_data.py examines the labels themselves.',
    )
