"""Load the weights of a checkpoint and tell how they fit the model."""

from __future__ import annotations

import copy
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from segplug.errors import SegplugError

_WRAPPER = re.compile(r'^module\.')  # of models saved while distributed
_COUNTER = 'num_batches_tracked'  # absent from checkpoints before PyTorch 0.4
_SHOWN = 4


class NoWeightsError(SegplugError, ValueError):
    """A file was loaded that holds no weights."""


@dataclass(frozen=True)
class Fit:
    """How the weights of a checkpoint fitted a model.

    Attributes:
        count: Number of weights that the model has.
        missing: Names that only the model has.
        unexpected: Names that only the checkpoint has.
        reshaped: Shapes in checkpoint and model of names that both have,
            where they differ.
    """

    count: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: dict[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def matched(self) -> int:
        """Number of the model's weights that were loaded."""
        return self.count - len(self.missing) - len(self.reshaped)

    @property
    def is_exact(self) -> bool:
        """Whether each weight of one side has its like on the other."""
        return not (self.missing or self.unexpected or self.reshaped)

    def without(self, beginning: str) -> Fit:
        """Return the fit but for the weights of one part of the model.

        Args:
            beginning: What their names begin with.
        """

        def keep(names: Iterable[str]) -> tuple[str, ...]:
            return tuple(n for n in names if not n.startswith(beginning))

        return Fit(
            count=self.count,
            missing=keep(self.missing),
            unexpected=keep(self.unexpected),
            reshaped={n: self.reshaped[n] for n in keep(self.reshaped)},
        )

    def describe(self) -> str:
        """Return what does not fit in one clause."""
        parts = []
        if self.reshaped:
            listed = [
                f'{name} is {_size(theirs)}, wanted {_size(ours)}'
                for name, (theirs, ours) in self.reshaped.items()
            ]
            parts.append(_some(listed))
        if self.missing:
            parts.append(f'not in the file: {_some(self.missing)}')
        if self.unexpected:
            parts.append(f'not in the model: {_some(self.unexpected)}')
        return '; '.join(parts)


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> Fit:
    """Load what fits into a module and tell what does not.

    Args:
        module: The model or a part of it.
        weights: By name, as in its ``state_dict()``.

    Returns:
        How they fitted. Counters of batch norm, which old checkpoints lack,
        are neither counted nor missed.
    """
    own = module.state_dict()
    try:
        result = module.load_state_dict(weights, strict=False)
        reshaped = {}
    except RuntimeError:  # PyTorch has loaded the rest
        reshaped = _reshaped(weights, own)
        if not reshaped:
            raise
        rest = copy.copy(weights)  # with the versions of its modules
        for name in reshaped:
            del rest[name]
        result = module.load_state_dict(rest, strict=False)
    names = {n for n in own if not n.endswith(_COUNTER)}
    missing = names.intersection(result.missing_keys) - reshaped.keys()
    return Fit(
        count=len(names),
        missing=tuple(name for name in own if name in missing),
        unexpected=tuple(result.unexpected_keys),
        reshaped=reshaped,
    )


def weights_of(
    checkpoint: Any,
    *,
    source: str,
    revise_keys: Sequence[tuple[str, str]] = (),
) -> OrderedDict[str, Tensor]:
    """Return the weights of a checkpoint by name.

    With them go the versions of the modules, by which these read the weights
    of earlier versions (``_metadata``, as in PyTorch).

    Args:
        checkpoint: What was loaded: weights by name, or a dict that has them
            as ``state_dict``.
        source: What to call the checkpoint in the error.
        revise_keys: Patterns in the names and what comes in their place.

    Raises:
        NoWeightsError: If there are none.
    """
    inner = checkpoint
    if isinstance(checkpoint, Mapping):
        inner = checkpoint.get('state_dict', checkpoint)
    found = inner.items() if isinstance(inner, Mapping) else ()
    tensors = OrderedDict(
        (_revised(_WRAPPER.sub('', str(name)), revise_keys), value)
        for name, value in found
        if isinstance(value, Tensor)
    )
    tensors._metadata = getattr(inner, '_metadata', None)
    if not tensors:
        raise NoWeightsError(
            f'{source} holds no weights: neither tensors by name nor a '
            '"state_dict" of them.'
        )
    return tensors


def _revised(name: str, revise_keys: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in revise_keys:
        name = re.sub(pattern, replacement, name)
    return name


def _reshaped(
    weights: Mapping[str, Tensor], own: Mapping[str, Tensor]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    return {
        name: (_shape(weights[name]), _shape(value))
        for name, value in own.items()
        if name in weights and _shape(weights[name]) != _shape(value)
    }


def _shape(value: Tensor) -> tuple[int, ...]:
    return tuple(value.shape)


def _size(shape: tuple[int, ...]) -> str:
    return '×'.join(map(str, shape)) or 'a number'


def _some(names: Collection[str]) -> str:
    shown = ', '.join(list(names)[:_SHOWN])
    more = len(names) - _SHOWN
    return f'{shown} and {more} more' if more > 0 else shown
