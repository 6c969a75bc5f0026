"""The Lovász-Softmax loss and its gradient in one go, by counting.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

import functools
from typing import Any, Callable

import torch
from torch import Tensor

from ..arguments import Backend
from . import numba_backend, torch_backend, triton_backend
from .blocks import Options
from .counting import loss_and_gradient


def lovasz_softmax_binned(
    logits: Tensor,
    labels: Tensor,
    *,
    chosen: Tensor,
    class_weight: Tensor | None = None,
    entropy_weight: Tensor | None = None,
    only_present: bool = True,
    per_image: bool = False,
    ignore_index: int | None = 255,
    bins: int,
    backend: Backend = 'auto',
) -> Tensor:
    """Compute the Lovász-Softmax loss, and cross-entropy with it, by counting.

    The gradient is made together with the loss; it cannot be differentiated
    again.

    Args:
        logits: B × C × N, float. Half precision is computed in float32.
        labels: Class ids, B × N, integer. An id that is neither a class nor
            ``ignore_index`` is background to all classes, and has no
            cross-entropy.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        entropy_weight: Factor of the cross-entropy of a pixel of each class,
            (C,), float; its sum over the pixels of a group is added to the
            group's loss. None for no cross-entropy.
        only_present: Whether classes without a pixel in a group do not count.
        per_image: Whether each image is a group, or the whole batch is one.
        ignore_index: Label of void pixels; None for no void.
        bins: Number of bins of the errors, even, from 4 to 32768.
        backend: What makes the passes over the probabilities where it can:
            ``'numba'``, ``'triton'`` or ``'torch'``, which always can, or
            ``'auto'`` for Numba on a CPU, else PyTorch.

    Returns:
        The loss of each group, (G,), float64, where G is B or 1.
    """
    options = Options(only_present, per_image, ignore_index, bins)
    labels = labels.long().contiguous()
    if backend == 'numba':
        numba_backend.warn_if_missing()
    if backend == 'triton' and triton_backend.is_usable(logits):
        compute = triton_backend.loss_and_gradient
    else:
        use_numba = backend in ('auto', 'numba')
        use_numba = use_numba and numba_backend.is_usable(logits)
        passes = numba_backend.PASSES if use_numba else torch_backend.PASSES
        compute = functools.partial(loss_and_gradient, passes=passes)
    return _BinnedLoss.apply(
        logits, labels, chosen, class_weight, entropy_weight, options, compute
    )


class _BinnedLoss(torch.autograd.Function):
    """Loss whose forward pass makes the gradient, too."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        labels: Tensor,
        chosen: Tensor,
        class_weight: Tensor | None,
        entropy_weight: Tensor | None,
        options: Options,
        compute: Callable[..., Tensor],
    ) -> Tensor:
        groups = len(logits) if options.per_image else 1
        losses = logits.new_zeros(groups, dtype=torch.float64)
        gradient = compute(
            logits,
            labels,
            chosen,
            class_weight,
            entropy_weight,
            options,
            losses,
        )
        ctx.dtype = logits.dtype
        ctx.save_for_backward(gradient)
        return losses

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        if torch.is_grad_enabled():  # as create_graph=True does
            raise RuntimeError(
                'The binned Lovász loss cannot be differentiated twice: use '
                "method='exact'."
            )
        (gradient,) = ctx.saved_tensors
        grad = grad.to(gradient.dtype)[:, None, None]
        return ((gradient * grad).to(ctx.dtype), *[None] * 6)
