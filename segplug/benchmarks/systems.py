"""Parameters and operations of the systems that the configs describe."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from segplug.errors import SegplugError


class NoSystemError(SegplugError, ValueError):
    """A config does not describe a segmentor of a known image size."""


@dataclass(frozen=True)
class System:
    """Size of a network.

    Attributes:
        name: Name of the config, without suffix.
        parameters: Number of parameters in training, auxiliary heads
            included.
        trained: Number of those that are not frozen.
        size: Height and width of the image, in px.
        flops: Floating-point operations of the inference of one image, a
            multiplication with addition counted as two, as PyTorch's
            ``FlopCounterMode`` counts them: convolutions and matrix products.
    """

    name: str
    parameters: int
    trained: int
    size: tuple[int, int]
    flops: int


def measure(path: Path) -> System:
    """Count without computing: PyTorch follows the shapes only.

    Args:
        path: Of a segmentor's config with ``crop_size``, the size of the
            image.

    Returns:
        What was counted.

    Raises:
        NoSystemError: If there is no such config, or it is of another kind.
    """
    if not path.is_file():
        raise NoSystemError(f'There is no config {path}.')
    cfg = Config.fromfile(str(path))
    if 'crop_size' not in cfg or 'decode_head' not in cfg.get('model', {}):
        raise NoSystemError(
            f'{path} has no crop_size or no model with a decode_head, so it '
            'is not the config of a segmentor.'
        )
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    model = build_empty(cfg).eval()
    height, width = cfg.crop_size
    image = torch.empty(1, 3, height, width, device='meta')
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(image, mode='tensor')
    parameters = list(model.parameters())
    return System(
        name=path.stem,
        parameters=sum(p.numel() for p in parameters),
        trained=sum(p.numel() for p in parameters if p.requires_grad),
        size=(height, width),
        flops=counter.get_total_flops(),
    )


def build_empty(cfg: Config) -> nn.Module:
    """Build the network of a config without memory for its weights."""
    # MMPretrain's backbones compute while they are built.
    backbone = cfg.model.get('backbone') or {}
    computes = str(backbone.get('type')).startswith('mmpretrain.')
    with torch.device('cpu' if computes else 'meta'):
        model = MODELS.build(cfg.model)
    return model.to('meta')


def table(systems: Sequence[System]) -> str:
    """Write systems as a Markdown table."""
    lines = ['| config | parameters | input | GFLOPs |', '|---|--:|---|--:|']
    for system in systems:
        height, width = system.size
        lines.append(
            f'| `{system.name}` | {system.parameters:,} | {height}×{width} '
            f'| {system.flops / 1e9:.1f} |'
        )
    return '\n'.join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this measurement."""
    parser.add_argument('configs', nargs='+', type=Path, metavar='CONFIG')


def run(args: argparse.Namespace) -> None:
    """Print the table."""
    print(table([measure(path) for path in args.configs]))
