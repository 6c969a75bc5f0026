"""The Lovász-Softmax loss and its gradient in one go, by counting.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Any, Callable

import torch
from torch import Tensor

from . import lovasz_triton
from .arguments import Backend
from .lovasz import precise
from .lovasz_blocks import Batch, Options
from .lovasz_own import Entropy, count_own
from .lovasz_refine import refine
from .lovasz_ruler import Cells, Sample, fit_ruler
from .lovasz_slopes import Slopes, count_bins, differentiate


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
    backend: Backend = 'torch',
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
        backend: ``'triton'`` for kernels of our own where they can compute
            it, ``'torch'`` for PyTorch's operations.

    Returns:
        The loss of each group, (G,), float64, where G is B or 1.
    """
    options = Options(only_present, per_image, ignore_index, bins)
    if backend == 'triton' and lovasz_triton.is_usable(logits):
        compute = lovasz_triton.loss_and_gradient
    else:
        compute = loss_and_gradient
    return _BinnedLoss.apply(
        logits, labels, chosen, class_weight, entropy_weight, options, compute
    )


def loss_and_gradient(
    logits: Tensor,
    labels: Tensor,
    chosen: Tensor,
    class_weight: Tensor | None,
    entropy_weight: Tensor | None,
    options: Options,
    losses: Tensor,
) -> Tensor:
    """Add the losses of the groups, (G,), and return their gradient.

    The other arguments are those of :func:`lovasz_softmax_binned`. The
    gradient, B × C × N, is made in the place of the probabilities.
    """
    entropy, normalize = None, torch.softmax
    if entropy_weight is not None:
        dtype = precise(logits.dtype)
        scale = torch.empty_like(labels, dtype=dtype)
        entropy = Entropy(entropy_weight.to(dtype), scale)
        normalize = torch.log_softmax
    probs = normalize(logits, 1, dtype=precise(logits.dtype)).contiguous()
    own = torch.empty_like(labels, dtype=torch.int32)
    batch = Batch.of(probs, labels, own, options)
    cells = Cells.of(options.bins)
    in_cells = count_own(batch, cells, entropy, losses)
    sample = Sample.of(labels, options.per_image)
    some = Batch.of(*map(sample.take, (probs, labels, own)), options)
    ruler = fit_ruler(some, sample.step, in_cells, cells)
    del in_cells, sample, some  # and their memory
    bins, counts = count_bins(batch, ruler)
    slopes = Slopes.of(
        counts, ruler, chosen, class_weight, probs.dtype, options, losses
    )
    for where in batch.blocks():
        differentiate(batch, bins, where, slopes.values, entropy, losses)
    refine(batch, bins, logits, slopes, losses)
    return probs


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
