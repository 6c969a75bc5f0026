"""Say whether a checkpoint may be scored, resumed or started from.

MMEngine loads the weights whose names and shapes agree and logs the rest, so
that a model that is half random is scored like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mmengine.logging import print_log
from mmengine.model import BaseTTAModel, is_model_wrapper
from mmengine.optim import OptimWrapper
from torch import nn

from segplug.errors import SegplugError
from segplug.weights import Fit

from .resume.state import optimizer_kind

_TRAINING_ONLY = 'auxiliary_head.'


class CheckpointMismatchError(SegplugError, ValueError):
    """A checkpoint is of another model than the config's."""


def unwrap(model: nn.Module) -> nn.Module:
    """Return the segmentor inside wrappers that distribute or augment."""
    while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
        model = model.module
    return model


def check_scored(fit: Fit, source: str) -> None:
    """Demand every weight that a prediction depends on.

    Auxiliary heads, which work in training only, may differ.

    Raises:
        CheckpointMismatchError: If a weight is missing, left over or of
            another shape.
    """
    fit = fit.without(_TRAINING_ONLY)
    if not fit.is_exact:
        raise CheckpointMismatchError(
            f'The checkpoint {source} does not fit the model, so it is not '
            f'scored: {fit.describe()}. Use the config that it was trained '
            'with.'
        )


def check_resumed(fit: Fit, source: str) -> None:
    """Demand every weight.

    Raises:
        CheckpointMismatchError: If a weight is missing, left over or of
            another shape.
    """
    if not fit.is_exact:
        raise CheckpointMismatchError(
            f'--resume: the checkpoint {source} is of another model: '
            f'{fit.describe()}. To start a new training from the weights '
            f'that fit, use --cfg-options load_from={source}.'
        )


def check_optimizer(
    checkpoint: Mapping[str, Any],
    wrapper: Any,
    source: str,
    kind: str | None = None,
) -> None:
    """Demand the state of an optimizer of the same kind.

    Options of numbers tell the kind; of flags, PyTorch's versions have
    different ones.

    Args:
        checkpoint: As loaded.
        wrapper: MMEngine's wrapper of the run's optimizer.
        source: What to call the checkpoint in the error.
        kind: Name of the class of the checkpoint's optimizer, where known.

    Raises:
        CheckpointMismatchError: If it is of another kind, or its parameters
            are grouped otherwise.
    """
    if not isinstance(wrapper, OptimWrapper):  # not built yet
        return
    wanted = wrapper.state_dict().get('param_groups', [])
    saved = checkpoint.get('optimizer', {}).get('param_groups', wanted)
    other = kind not in (None, optimizer_kind(wrapper))
    other |= len(wanted) != len(saved) or any(
        _numbers(one) != _numbers(two) for one, two in zip(wanted, saved)
    )
    if other:
        raise CheckpointMismatchError(
            f'--resume: the checkpoint {source} is of another optimizer, or '
            'of one with other groups of parameters. Resume with the '
            'optim_wrapper of its config; to start a new training from its '
            f'weights, use --cfg-options load_from={source}.'
        )


def _numbers(group: Mapping[str, Any]) -> set[str]:
    return {
        name
        for name, value in group.items()
        if not isinstance(value, (bool, type(None), list))
        and not name.startswith('initial_')
    }


def check_start(fit: Fit, source: str) -> None:
    """Tell which weights of a new training are not the checkpoint's.

    Raises:
        CheckpointMismatchError: If none is.
    """
    if not fit.matched:
        raise CheckpointMismatchError(
            f'load_from: nothing in {source} fits the model '
            f'({fit.describe()}). To start a backbone from weights of its '
            'own, use --pretrained.'
        )
    if fit.missing or fit.reshaped:
        print_log(
            f"Training starts from {fit.matched} of the model's {fit.count} "
            f'weights in {source}; the others are as initialised. '
            f'{fit.describe()}.',
            'current',
            logging.WARNING,
        )
