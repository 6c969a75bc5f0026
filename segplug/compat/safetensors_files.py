"""Read and write weights as safetensors, a format that cannot hold code.

Source: https://github.com/huggingface/safetensors (Apache-2.0). The library
is optional: ``pip install 'segplug[safetensors]'``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segplug.errors import SegplugError

from .safe_load import CorruptCheckpointError

try:
    import safetensors
    from safetensors.torch import save_file
except ImportError:  # the extra `safetensors`
    safetensors = None

SUFFIX = '.safetensors'
_META = 'segplug'  # key of the metadata, which the format wants as text
_KEPT = ('dataset_meta', 'experiment_name', 'iter', 'epoch')


class MissingSafetensorsError(SegplugError, ImportError):
    """The library is not installed."""


def is_safetensors(path: str | Path) -> bool:
    """Tell by its name whether a file holds safetensors."""
    return str(path).lower().endswith(SUFFIX)


def read(
    path: str | Path, map_location: Any = None, *, name: str | None = None
) -> dict[str, Any]:
    """Read weights and what is known of them.

    Args:
        path: Local file.
        map_location: Device or its name; the CPU by default.
        name: What to call the file in errors. Defaults to the path.

    Returns:
        ``state_dict`` and ``meta``, as in a checkpoint of MMEngine; ``meta``
        is empty in files that other programs wrote.

    Raises:
        MissingSafetensorsError: If the library is not installed.
        CorruptCheckpointError: If the file is damaged.
    """
    _check_library(path)
    try:
        with safetensors.safe_open(str(path), framework='pt') as file:
            meta = _meta(file.metadata() or {})
            weights = {key: file.get_tensor(key) for key in file.keys()}
    except Exception as error:  # a damaged file can break it anywhere
        raise CorruptCheckpointError(
            f'The weights {name or path} cannot be read as safetensors '
            f'({_clause(error)}). Fetch or write the file again.'
        ) from error
    if isinstance(map_location, (str, torch.device)):
        weights = {k: v.to(map_location) for k, v in weights.items()}
    return {'state_dict': weights, 'meta': meta}


def write(
    path: str | Path, weights: Mapping[str, Tensor], meta: Mapping[str, Any]
) -> None:
    """Write weights with what is known of them.

    Args:
        path: File to write.
        weights: By name.
        meta: Of a checkpoint; its ``dataset_meta``, ``experiment_name``,
            ``iter`` and ``epoch`` are kept, as JSON.

    Raises:
        MissingSafetensorsError: If the library is not installed.
    """
    _check_library(path)
    kept = {key: meta[key] for key in _KEPT if key in meta}
    text = json.dumps(kept, default=_plain)
    # Tied weights share memory, which the format does not know.
    apart = {
        name: value.detach().cpu().clone().contiguous()
        for name, value in weights.items()
    }
    Path(path).touch()
    mode = Path(path).stat().st_mode  # the library makes it private
    save_file(apart, str(path), {'format': 'pt', _META: text})
    Path(path).chmod(mode)


def _check_library(path: str | Path) -> None:
    if safetensors is None:
        raise MissingSafetensorsError(
            f'{path}: safetensors are read and written by a library that is '
            "not installed: pip install 'segplug[safetensors]'."
        )


def _meta(texts: Mapping[str, str]) -> dict[str, Any]:
    meta = json.loads(texts.get(_META, '{}'))
    if not isinstance(meta, dict) or not isinstance(
        meta.get('dataset_meta', {}), dict
    ):
        raise ValueError(f'its metadata "{_META}" are not as segplug writes')
    return {key: meta[key] for key in _KEPT if key in meta}


def _plain(value: Any) -> Any:
    """Turn what NumPy holds into what JSON knows."""
    if hasattr(value, 'tolist'):
        return value.tolist()
    return list(value)


def _clause(error: Exception) -> str:
    return ' '.join(str(error).split()).rstrip('.') or type(error).__name__
