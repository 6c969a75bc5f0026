"""The Lovász-Softmax loss and its gradient in one go, by counting.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .lovasz import class_labels, precise
from .lovasz_blocks import Batch, Options
from .lovasz_slopes import differentiate, slopes_by_bin


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
    bins: int = 8192,
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

    Returns:
        The loss of each group, (G,), float64, where G is B or 1.
    """
    options = Options(only_present, per_image, ignore_index, bins)
    return _BinnedLoss.apply(
        logits, labels, chosen, class_weight, entropy_weight, options
    )


class _BinnedLoss(torch.autograd.Function):
    """Loss whose forward pass turns the probabilities into the gradient."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        labels: Tensor,
        chosen: Tensor,
        class_weight: Tensor | None,
        entropy_weight: Tensor | None,
        options: Options,
    ) -> Tensor:
        groups = len(logits) if options.per_image else 1
        losses = logits.new_zeros(groups, dtype=torch.float64)
        scale = None
        if entropy_weight is None:
            probs = logits.softmax(1, dtype=precise(logits.dtype))
        else:
            probs = logits.log_softmax(1, dtype=precise(logits.dtype))
            scale = _add_entropy(
                losses, probs, labels, entropy_weight, options
            )
            probs.exp_()
        probs = probs.contiguous()
        batch = Batch.of(probs, labels, scale, options)
        slopes = slopes_by_bin(batch, chosen, class_weight, losses)
        for where in batch.blocks():
            differentiate(batch, where, slopes, losses)
        ctx.dtype = logits.dtype
        ctx.save_for_backward(probs)
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
        return (gradient * grad).to(ctx.dtype), None, None, None, None, None


def _add_entropy(
    losses: Tensor,
    log_probs: Tensor,
    labels: Tensor,
    weight: Tensor,
    options: Options,
) -> Tensor:
    """Add the cross-entropy to the losses; return its factors, B × N."""
    label, is_class = class_labels(
        labels, log_probs.shape[1], options.ignore_index
    )
    scale = torch.where(is_class, weight[label], 0).to(log_probs.dtype)
    entropy = -log_probs.gather(1, label[:, None])[:, 0]
    # where: the entropy of a void pixel may be infinite.
    entropy = torch.where(is_class, entropy * scale, 0)
    entropy += scale  # which the gradient's part of the entropy takes off
    losses += entropy.view(len(losses), -1).sum(1, dtype=torch.float64)
    return scale
