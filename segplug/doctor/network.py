"""The network of a config: size, classes, batch norm."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from mmseg.models.decode_heads import ASPPHead, PSPHead
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from segplug.benchmarks.systems import build_empty
from segplug.engine.explain import explain
from segplug.models import ConfigurableASPPHead

from .finding import Finding, note, ok, problem

_FEW = 4  # images for statistics of a batch


def build(cfg: Any) -> tuple[nn.Module | None, Finding]:
    """Build the network without memory for its weights.

    Args:
        cfg: The config.

    Returns:
        The network, None if it cannot be built, and what to say of it.
    """
    try:
        model = build_empty(copy.deepcopy(cfg))  # building changes it
    except Exception as error:  # whatever a wrong config leads to
        text = explain(error) or f'{type(error).__name__}: {error}'
        return None, problem('model', f'It cannot be built. {text}')
    count = sum(weight.numel() for weight in model.parameters())
    return model, ok(
        'model', f'{type(model).__name__}, {count / 1e6:.1f} M parameters.'
    )


def examine_classes(
    model: nn.Module, classes: tuple[str, ...], dataset: str
) -> Iterator[Finding]:
    """Compare the heads with the classes of the data.

    Args:
        model: The network.
        classes: Names of the classes of the training data.
        dataset: What to call these.
    """
    heads = {
        name: module.num_classes
        for name, module in model.named_modules()
        if isinstance(module, BaseDecodeHead)
    }
    wrong = {n: c for n, c in heads.items() if c != len(classes)}
    for name, count in wrong.items():
        yield problem(
            'classes',
            f'model.{name} has num_classes={count}, but {dataset} has '
            f'{len(classes)} classes.',
            f'--cfg-options model.{name}.num_classes={len(classes)}',
        )
    if heads and not wrong:
        yield ok('classes', f'{len(classes)}, in {dataset} and all heads.')


def examine_batch_norm(
    model: nn.Module, cfg: Mapping[str, Any]
) -> Iterator[Finding]:
    """Judge batch norm at the batch size of a process.

    Args:
        model: The network.
        cfg: The config.
    """
    topic = 'batch norm'
    batch = (cfg.get('train_dataloader') or {}).get('batch_size')
    norms = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    if not batch or not norms:
        return
    pooled = [name for name, m in model.named_modules() if _pools(m)]
    if batch == 1 and pooled:
        yield problem(
            topic,
            f'A batch is one image, and model.{pooled[0]} normalises one '
            'value per image and channel: PyTorch refuses that in training.',
            '--cfg-options train_dataloader.batch_size=2, or '
            f'model.{pooled[0]}.type=ConfigurableASPPHead in place of an '
            'ASPPHead.',
        )
    elif batch < _FEW:
        yield note(
            topic,
            f'{len(norms)} layers take their statistics from {batch} '
            f'image{"" if batch == 1 else "s"} per process, which is noisy.',
            'Larger batches, or several GPUs with SyncBN, are steadier.',
        )
    else:
        yield ok(topic, f'{len(norms)} layers, {batch} images per process.')


def _pools(module: nn.Module) -> bool:
    """Tell whether a head has batch norm behind a pooling to 1×1."""
    if isinstance(module, ConfigurableASPPHead):  # guards against it
        return False
    return isinstance(module, (ASPPHead, PSPHead)) and any(
        isinstance(part, _BatchNorm) for part in module.modules()
    )
