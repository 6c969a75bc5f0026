"""Export the weights of a checkpoint to a format that cannot hold code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.runner import CheckpointLoader
from torch import Tensor

from segplug.compat import safetensors_files
from segplug.compat.safetensors_files import SUFFIX, is_safetensors
from segplug.errors import SegplugError
from segplug.fileio import PathLike, atomic_path
from segplug.weights import weights_of


class ExportError(SegplugError, ValueError):
    """Weights cannot be exported."""


def export_weights(
    checkpoint: str, out: PathLike, *, force: bool = False
) -> int:
    """Write the weights that a test of a checkpoint would use.

    Where weights were averaged while training (EMA), MMEngine stores and
    tests the averages as ``state_dict``, so these are exported.

    Args:
        checkpoint: Path or address.
        out: File to write; its name ends in ``.safetensors``.
        force: Whether a file that is there is replaced.

    Returns:
        The number of weights.

    Raises:
        ExportError: If ``out`` is there, has another ending, cannot be
            written, or reads back otherwise.
    """
    out = Path(out)
    if not is_safetensors(out):
        raise ExportError(f'{out}: the name must end in {SUFFIX}.')
    if out.exists() and not force:
        raise ExportError(f'{out} exists; give --force to replace it.')
    loaded = CheckpointLoader.load_checkpoint(checkpoint, 'cpu', None)
    weights = weights_of(loaded, source=checkpoint)
    try:
        with atomic_path(out) as temporary:
            safetensors_files.write(temporary, weights, _meta(loaded))
            written = safetensors_files.read(temporary)['state_dict']
            _check_equal(weights, written, out)
    except SegplugError:
        raise
    except Exception as error:
        raise ExportError(f'{out} cannot be written: {error}.') from error
    return len(weights)


def _meta(loaded: Any) -> Mapping[str, Any]:
    meta = loaded.get('meta') if isinstance(loaded, Mapping) else None
    return meta if isinstance(meta, Mapping) else {}


def _check_equal(
    ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], out: Path
) -> None:
    """Compare bit by bit, so that NaN equals itself."""
    for name, value in ours.items():
        other = theirs.get(name)
        if other is None or _facts(other) != _facts(value):
            same = False
        else:
            same = torch.equal(_bytes(other), _bytes(value))
        if not same:
            raise ExportError(f'{out}: {name} reads back otherwise.')


def _facts(value: Tensor) -> tuple[Any, ...]:
    return value.dtype, value.shape


def _bytes(value: Tensor) -> Tensor:
    return value.detach().contiguous().reshape(-1).view(torch.uint8)
