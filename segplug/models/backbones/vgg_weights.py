"""Read the weights of torchvision's VGG networks with batch norm."""

from __future__ import annotations

import re
from typing import Any

from torch import nn

from segplug.errors import SegplugError


class PretrainedWeightsError(SegplugError, ValueError):
    """Weights that were given for a network do not fit it."""


def translate(
    state_dict: dict[str, Any], prefix: str, encoder: nn.Module
) -> None:
    """Rename torchvision's entries to those of a SegNet encoder, in place.

    torchvision counts layers: ``features.0`` is the first convolution,
    ``features.1`` its batch norm, ``features.2`` the ReLU, and so on; each
    pooling counts as one. Its ``classifier`` has no counterpart and is
    dropped. State dicts without ``features`` are left as they are.

    Args:
        state_dict: Weights that are about to be loaded.
        prefix: What the names of the encoder's entries start with.
        encoder: Encoder with ``num_convs``, the convolutions per stage.

    Raises:
        PretrainedWeightsError: If the weights are of another VGG.
    """
    start = f'{prefix}features.'
    given = [key for key in state_dict if key.startswith(start)]
    if not given:
        return
    names = _names(encoder.num_convs)
    own = encoder.state_dict()
    for key in given:
        layer, entry = re.match(r'(\d+)\.(.+)', key[len(start) :]).groups()
        name = f'{names.get(int(layer))}.{entry}'
        value = state_dict.pop(key)
        if name not in own or own[name].shape != value.shape:
            raise PretrainedWeightsError(_message(key, value))
        state_dict[prefix + name] = value
    absent = [
        name
        for name in own
        if prefix + name not in state_dict and 'num_batches' not in name
    ]
    if absent:
        raise PretrainedWeightsError(
            f'The pretrained VGG weights lack "{absent[0]}" and '
            f'{len(absent) - 1} more of the encoder. Give '
            'torchvision://vgg16_bn or a file with its weights.'
        )
    for key in [k for k in state_dict if k.startswith(f'{prefix}classifier.')]:
        del state_dict[key]


def _names(num_convs: tuple[int, ...]) -> dict[int, str]:
    """Map torchvision's layer numbers to modules of the encoder."""
    names, layer = {}, 0
    for stage, count in enumerate(num_convs):
        for conv in range(count):
            names[layer] = f'stages.{stage}.{conv}.conv'
            names[layer + 1] = f'stages.{stage}.{conv}.bn'
            layer += 3  # the ReLU
        layer += 1  # the pooling
    return names


def _message(key: str, value: Any) -> str:
    shape = ' × '.join(map(str, value.shape)) or 'a number'
    return (
        f'The pretrained weights hold "{key}" ({shape}), which the encoder '
        'has no place for: it needs a VGG with batch norm and the same '
        'convolutions, for SegNet torchvision://vgg16_bn. SegNet-Basic and '
        'other shapes have no such weights: use `--pretrained none`.'
    )
