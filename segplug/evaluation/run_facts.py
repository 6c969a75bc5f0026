"""What a score is a score of: config, weights, data, versions, seed."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from segplug.fileio import PathLike, sha256
from segplug.typed import type_name

_PACKAGES = (
    'torch',
    'numpy',
    'opencv-python',
    'pillow',
    'mmengine',
    'mmcv',
    'mmcv-lite',
    'mmsegmentation',
)


@dataclass(frozen=True)
class RunFacts:
    """Where scores come from; every field can be left out.

    Attributes:
        config: Path of the config, the SHA-256 of its final text, after all
            overrides; the overrides of the command line (``options``); and
            whether predictions were averaged over scales and flips
            (``tta``).
        checkpoint: Path and SHA-256 of the weights.
        dataset: Type, folder and split list, and the SHA-256 of the
            ``manifest.json`` in the folder.
        predictions: Folder of predictions that were scored without a model.
        seed: Seed and determinism, as the config states them.
        versions: Versions of Python, of the packages and of the device.
    """

    config: dict[str, Any] = field(default_factory=dict)
    checkpoint: dict[str, Any] = field(default_factory=dict)
    dataset: dict[str, Any] = field(default_factory=dict)
    predictions: str | None = None
    seed: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def collect(
        cls,
        cfg: Mapping[str, Any],
        checkpoint: PathLike | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> RunFacts:
        """Read the facts from a config that is to be tested.

        Args:
            cfg: An MMEngine config with a ``test_dataloader``.
            checkpoint: Path of the weights.
            options: Settings that the command line overrode, by name.
        """
        return cls(
            config=_config(cfg, options or {}),
            checkpoint=_file(checkpoint),
            dataset=dataset_facts(cfg['test_dataloader']['dataset']),
            seed=dict(cfg.get('randomness') or {}),
            versions=versions(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def dataset_facts(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the data set of a config, with the hash of its manifest."""
    root = dataset.get('data_root')
    manifest = _file(Path(root) / 'manifest.json') if root else {}
    return {
        'type': str(dataset.get('type')),
        'data_root': root,
        'ann_file': dataset.get('ann_file'),
        'manifest_sha256': manifest.get('sha256'),
    }


def versions() -> dict[str, Any]:
    """Return the versions of what computed the scores."""
    cuda = torch.cuda.is_available()
    return {
        'segplug': _segplug_version(),
        'python': platform.python_version(),
        **{name: _version(name) for name in _PACKAGES},
        'device': torch.cuda.get_device_name() if cuda else 'cpu',
    }


def _config(
    cfg: Mapping[str, Any], options: Mapping[str, Any]
) -> dict[str, Any]:
    text = getattr(cfg, 'pretty_text', None) or repr(cfg)
    pipeline = cfg['test_dataloader']['dataset'].get('pipeline') or ()
    return {
        'path': getattr(cfg, 'filename', None),
        'sha256': hashlib.sha256(text.encode()).hexdigest(),
        'options': json.loads(json.dumps(dict(options), default=str)),
        'tta': any(
            type_name(step).endswith('TestTimeAug') for step in pipeline
        ),
    }


def _file(path: PathLike | None) -> dict[str, Any]:
    if path is None or not Path(path).is_file():
        return {'path': None if path is None else str(path), 'sha256': None}
    return {'path': str(path), 'sha256': sha256(path)}


def _segplug_version() -> str:
    from segplug import __version__  # the package imports this module

    return __version__


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
