"""A segmentor of which parts stay as they were loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from torch import nn


@MODELS.register_module()
class FreezableEncoderDecoder(EncoderDecoder):
    """Encoder–decoder with frozen parts, whatever they are made of.

    Nothing of a frozen part changes in training: its parameters get no
    gradient, and its batch norms neither use nor update the statistics of
    the batch. Dropout inside is off. Where all that comes before a layer is
    frozen, no activations are kept for it either.

    Args:
        frozen (Sequence[str]): Parts, by their names as in
            ``named_modules()``, such as ``'backbone'`` or
            ``'backbone.layer1'``. Defaults to ().
        kwargs: As for :class:`mmseg.models.EncoderDecoder`.

    Raises:
        ValueError: If the model has no such part.
    """

    def __init__(self, *, frozen: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.frozen = (frozen,) if isinstance(frozen, str) else tuple(frozen)
        parts = dict(self.named_modules())
        for name in self.frozen:
            if not name or name not in parts:
                names = ', '.join(n for n, _ in self.named_children())
                raise ValueError(
                    f'frozen: the model has no part "{name}". Its parts are '
                    f'{names}, and what is inside as in "backbone.layer1".'
                )
        self._freeze()

    def train(self, mode: bool = True) -> FreezableEncoderDecoder:
        """Set the mode of all but the frozen parts, which only evaluate."""
        super().train(mode)
        self._freeze()
        return self

    def _freeze(self) -> None:
        for part in map(self.get_submodule, self.frozen):
            # Past the train() of backbones, which may thaw what is inside.
            nn.Module.train(part, False)
            part.requires_grad_(False)
