"""See before training whether the workers' batches fit shared memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from segplug.errors import SegplugError

#: Where Linux keeps what processes share.
FOLDER = Path('/dev/shm')

_IMAGE_BYTES = 3  # of a pixel: three colours in uint8
_LABEL_BYTES = 8  # of a pixel: MMSegmentation packs labels as int64
_PREFETCH = 2  # PyTorch's default
_MIB = 2**20


class SharedMemoryError(SegplugError, MemoryError):
    """The batches that workers prepare would not fit shared memory."""


def check_shared_memory(cfg: Mapping[str, Any]) -> None:
    """Refuse a run whose workers would die of a bus error.

    Args:
        cfg: Config of a run.

    Raises:
        SharedMemoryError: If the batches under way need more than is free.
    """
    wanted, free = needed(cfg), available()
    if free is not None and wanted > free:
        raise SharedMemoryError(message(wanted, free))


def message(wanted: int, free: int) -> str:
    """Return the sentence about too little shared memory, with the remedy.

    Args:
        wanted: Bytes that the batches need.
        free: Bytes there are.
    """
    size = -(-2 * wanted // 2**30)
    return (
        f'The batches that the workers of the data loaders prepare need at '
        f'least {wanted / _MIB:.0f} MiB of shared memory, but {FOLDER} has '
        f'{free / _MIB:.0f} MiB free: enlarge it (docker run '
        f'--shm-size={size}g) or use fewer workers '
        '(train_dataloader.num_workers).'
    )


def available() -> int | None:
    """Return the free bytes, None where there is no such folder."""
    try:
        return shutil.disk_usage(FOLDER).free
    except OSError:
        return None


def needed(cfg: Mapping[str, Any]) -> int:
    """Estimate from below what training and validation put there, in bytes.

    Counted are images and labels of the batches that are ready or on their
    way, for all processes of this machine. Workers that stay alive keep the
    training batches during a validation.
    """
    loaders = [cfg.get(f'{name}_dataloader') for name in ('train', 'val')]
    ranks = int(os.environ.get('LOCAL_WORLD_SIZE', '1'))
    return ranks * sum(_of_loader(item) for item in loaders)


def _of_loader(loader: Any) -> int:
    if not isinstance(loader, Mapping):  # none, or one that was built
        return 0
    workers = loader.get('num_workers') or 0
    ahead = loader.get('prefetch_factor') or _PREFETCH
    pixels = sample_pixels(loader.get('dataset') or {})
    sample = pixels * (_IMAGE_BYTES + _LABEL_BYTES)
    return workers * ahead * (loader.get('batch_size') or 1) * sample


def sample_pixels(dataset: Mapping[str, Any]) -> int:
    """Return the least size of a sample after its pipeline, in px.

    The last resize or crop decides; 0 where there is none.

    Args:
        dataset: Config of a dataset or of one that wraps others.
    """
    pixels = 0
    for step in _steps(dataset):
        name = str(step.get('type', '')).rpartition('.')[2]
        if name in ('RandomCrop', 'CenterCrop'):
            wanted = _area(step.get('crop_size'))
            pixels = min(pixels, wanted) if pixels else wanted
        elif name == 'RandomResizedCrop':
            pixels = _area(step.get('scale'))
        elif name == 'Resize' and step.get('scale') is not None:
            pixels = _area(step['scale'], shortest=step.get('keep_ratio'))
    return pixels


def _steps(dataset: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the transforms of a dataset, inner ones first."""
    inner = dataset.get('dataset') or (dataset.get('datasets') or [None])[0]
    if isinstance(inner, Mapping):
        yield from _steps(inner)
    for step in dataset.get('pipeline') or ():
        if isinstance(step, Mapping):
            yield step


def _area(size: Any, *, shortest: Any = False) -> int:
    """Return the area of a size, or of the square of its shorter edge."""
    edges = [size, size] if isinstance(size, (int, float)) else size or [0]
    if shortest:
        edges = [min(edges)] * 2
    return int(edges[0] * edges[-1])
