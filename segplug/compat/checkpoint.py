"""Make every way in which MMEngine loads a checkpoint a safe one.

MMEngine 0.10.7 cannot read its own checkpoints on PyTorch 2.6 and later,
executes code from those it downloads, and 0.11.0rc3 executes code from all.
The loaders below replace all of MMEngine's, for every scheme.
"""

from __future__ import annotations

import difflib
import io
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import torch
from mmengine import fileio
from mmengine.dist import barrier
from mmengine.runner import checkpoint as host
from mmengine.runner.checkpoint import CheckpointLoader

from segplug.errors import SegplugError

from . import safetensors_files
from .safe_load import safe_load

_ZOOS = {
    'modelzoo://': host.get_torchvision_models,
    'torchvision://': host.get_torchvision_models,
    'open-mmlab://': host.get_external_models,
    'openmmlab://': host.get_external_models,
    'mmcls://': host.get_mmcls_models,
}

_SHOWN = 5


class CheckpointDownloadError(SegplugError, OSError):
    """Weights that a config names could not be fetched."""


class MissingCheckpointError(SegplugError, FileNotFoundError):
    """There is no checkpoint where one was looked for."""


def install() -> None:
    """Register the safe loaders in place of MMEngine's."""
    register = CheckpointLoader.register_scheme
    register('', load_from_local, force=True)
    register(['http://', 'https://'], load_from_http, force=True)
    register(list(_ZOOS), load_from_zoo, force=True)
    remote = [r'(\S+\:)?s3://', r'(\S+\:)?petrel://']
    register(remote, load_from_ceph, force=True)
    register('pavi://', load_from_pavi, force=True)


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Load a local file; ``file://`` and ``~`` are understood.

    Files that end in ``.safetensors`` give a ``state_dict`` and ``meta``.

    Raises:
        MissingCheckpointError: If there is no such file.
    """
    return _load(local_path(filename), map_location)


def local_path(filename: str) -> Path:
    """Return the path of a local checkpoint.

    Raises:
        MissingCheckpointError: If there is no such file.
    """
    path = Path(filename.removeprefix('file://')).expanduser()
    if path.is_dir():
        inside = sorted(file.name for file in path.glob('*.pth'))
        listed = ', '.join(inside[-_SHOWN:]) or 'no checkpoint'
        raise MissingCheckpointError(
            f'{path} is a folder, wanted is the path of a checkpoint. It '
            f'holds {listed}.'
        )
    if not path.is_file():
        raise MissingCheckpointError(
            f'There is no checkpoint {path} (looked from {Path.cwd()}).'
        )
    return path


def load_from_http(filename: str, map_location: Any = None) -> Any:
    """Fetch a URL into PyTorch's cache once, then load it safely.

    In distributed runs one process of each machine downloads.

    Raises:
        CheckpointDownloadError: If the download fails; the message says
            which file to place where.
    """
    path = cached_path(filename)
    # One process a machine: machines may not share the cache.
    if os.environ.get('LOCAL_RANK', '0') == '0' and not path.is_file():
        _download(filename, path)
    barrier()
    return _load(path, map_location, name=f'{filename} ({path})')


def load_from_zoo(filename: str, map_location: Any = None) -> Any:
    """Load ``torchvision://``, ``open-mmlab://`` and ``mmcls://`` names."""
    checkpoint = _load_address(zoo_address(filename), map_location)
    if filename.startswith('mmcls://'):
        return host._process_mmcls_checkpoint(checkpoint)
    return checkpoint


def load_from_ceph(filename: str, map_location: Any = None) -> Any:
    """Load an object of a petrel or S3 store."""
    content = fileio.get(filename, backend_args={'backend': 'petrel'})
    return safe_load(io.BytesIO(content), map_location, name=filename)


def load_from_pavi(filename: str, map_location: Any = None) -> Any:
    """Refuse ``pavi://``, whose client would unpickle by itself."""
    raise ValueError(
        f'{filename}: pavi:// is not supported. Download the file and give '
        'its local path.'
    )


def zoo_address(filename: str) -> str:
    """Translate a zoo name into its URL, or path under MMEngine's home.

    Raises:
        CheckpointDownloadError: If the zoo has no such model (similar names
            are shown) or its list cannot be read.
    """
    scheme, _, name = filename.partition('://')
    try:
        models = _ZOOS[f'{scheme}://']()
    except ImportError as error:
        raise CheckpointDownloadError(
            f'{filename}: the addresses of {scheme}:// weights are read from '
            f'torchvision, which cannot be imported ({error}). Install it, '
            'or give a local file with `--pretrained PATH`.'
        ) from error
    if scheme in ('open-mmlab', 'openmmlab'):
        name = host.get_deprecated_model_names().get(name, name)
    if name not in models:
        near = difflib.get_close_matches(name, models, n=3)
        raise CheckpointDownloadError(
            f'{filename} is unknown: {scheme} has no model "{name}". '
            f'Similar names: {", ".join(near) or "none"}.'
        )
    return models[name]


def cached_path(url: str) -> Path:
    """Return where PyTorch keeps, or will keep, the file of a URL."""
    name = os.path.basename(urlparse(url).path)
    return Path(torch.hub.get_dir()) / 'checkpoints' / name


def _load(path: Path, map_location: Any, name: str | None = None) -> Any:
    if safetensors_files.is_safetensors(path):
        return safetensors_files.read(path, map_location, name=name)
    return safe_load(str(path), map_location, name=name)


def _load_address(address: str, map_location: Any) -> Any:
    if urlparse(address).scheme in ('http', 'https'):
        return load_from_http(address, map_location)
    path = os.path.join(host._get_mmengine_home(), address)
    return load_from_local(path, map_location)


def _download(url: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match = torch.hub.HASH_REGEX.search(path.name)
    prefix = match.group(1) if match else None
    try:
        torch.hub.download_url_to_file(url, str(path), prefix, progress=False)
    except (OSError, RuntimeError) as error:
        raise CheckpointDownloadError(
            f'The weights {url} could not be fetched ({error}). Download '
            f'the file where there is a network and place it at {path}, or '
            'give a local file with `--pretrained PATH` (`--cfg-options '
            'model.pretrained=PATH`), or train from scratch with '
            '`--pretrained none`.'
        ) from error
