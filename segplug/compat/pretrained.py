"""Refuse pretrained weights that do not fit, instead of training without.

MMEngine initialises from whatever names happen to agree: a checkpoint of a
whole segmentor given for a backbone has none in common, so that training
starts from scratch without a word.
"""

from __future__ import annotations

import logging

from mmengine.logging import print_log
from mmengine.model.weight_init import PretrainedInit as HostInit
from mmengine.model.weight_init import update_init_info
from mmengine.registry import WEIGHT_INITIALIZERS
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn

from segplug.errors import SegplugError
from segplug.weights import load_weights, weights_of

_BACKBONE = 'backbone.'
_SHOWN = 3


class PretrainedMismatchError(SegplugError, ValueError):
    """Weights and the module that shall start from them are of other kinds."""


def install() -> None:
    """Register the initialiser in place of MMEngine's."""
    WEIGHT_INITIALIZERS.register_module(
        name='Pretrained', module=PretrainedInit, force=True
    )


class PretrainedInit(HostInit):
    """Initialise a module from a checkpoint that fits it.

    Without ``prefix``, a checkpoint whose names begin with ``backbone.``,
    such as that of a classifier or of a whole segmentor, gives its backbone.

    Args:
        checkpoint (str): Path or address of the weights.
        prefix (str, optional): Take only the weights whose names begin with
            it. Defaults to None.
        map_location (str): Device to load to. Defaults to ``'cpu'``.

    Raises:
        PretrainedMismatchError: When called, if a weight has another shape
            in the module, or if no name agrees.
    """

    def __call__(self, module: nn.Module) -> None:
        """Load the weights into the module.

        Args:
            module: What to initialise.
        """
        weights = self._weights(module)
        fit = load_weights(module, weights)
        kind = type(module).__name__
        if fit.reshaped:
            raise PretrainedMismatchError(
                f'The weights {self.checkpoint} are of another model than '
                f'{kind}: {fit.describe()}.'
            )
        if not fit.matched:
            theirs = ', '.join(list(weights)[:_SHOWN])
            ours = ', '.join(list(module.state_dict())[:_SHOWN])
            raise PretrainedMismatchError(
                f'No weight in {self.checkpoint} has a name that {kind} '
                f'knows: the file has {theirs} …, wanted are {ours} … (or '
                f'the same behind "{_BACKBONE}").'
            )
        print_log(
            f'{kind} starts from {fit.matched} of its {fit.count} weights in '
            f'{self.checkpoint}'
            + (f'; {fit.describe()}.' if fit.missing else '.'),
            'current',
            logging.WARNING if fit.missing else logging.INFO,
        )
        if hasattr(module, '_params_init_info'):
            update_init_info(module, init_info=self._get_init_info())

    def _weights(self, module: nn.Module) -> dict[str, Tensor]:
        """Read the weights and strip the prefix from their names."""
        loaded = CheckpointLoader.load_checkpoint(
            self.checkpoint, self.map_location, 'current'
        )
        weights = weights_of(loaded, source=self.checkpoint)
        prefix = self.prefix
        if prefix is None:
            if weights.keys() & module.state_dict().keys():
                return weights
            prefix = _BACKBONE
        prefix = prefix.rstrip('.') + '.'
        inner = {
            name[len(prefix) :]: value
            for name, value in weights.items()
            if name.startswith(prefix)
        }
        return inner or weights
