"""Which values are NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn


def bad_terms(losses: Mapping[str, Tensor]) -> list[str]:
    """Return the terms of a loss that are not finite, with their values.

    Args:
        losses: Scalars by name.
    """
    return [
        f'{name} = {float(value)}'
        for name, value in losses.items()
        if not torch.isfinite(value).all()
    ]


def is_finite(values: Iterable[Tensor]) -> bool:
    """Tell whether all values of all tensors are finite.

    One number is brought to the host, whatever the number of tensors. A sum
    of finite values that overflows counts as not finite.
    """
    tensors = [value for value in values if value.is_floating_point()]
    if not tensors:
        return True
    norms = torch._foreach_norm(tensors, float('inf'))
    total = torch.stack([n.float().to(norms[0].device) for n in norms]).sum()
    return bool(torch.isfinite(total))


def gradients(model: nn.Module) -> list[Tensor]:
    """Return the gradients of a model's parameters."""
    return [p.grad for p in model.parameters() if p.grad is not None]


def bad_names(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return the names of tensors that hold a value that is not finite."""
    return [
        name
        for name, value in tensors.items()
        if isinstance(value, Tensor)
        and value.is_floating_point()
        and not torch.isfinite(value).all()
    ]
