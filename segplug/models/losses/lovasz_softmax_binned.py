"""The Lovász-Softmax loss and its gradient in one go, by counting.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from .lovasz import class_coefficients, class_labels, precise
from .lovasz_binned import bin_weights, count_ids

# Elements handled at once. Their temporaries fit into the caches of a CPU,
# and on a GPU are small beside the probabilities.
_CPU_BLOCK = 2**19
_GPU_BLOCK = 2**24
_EPSILON = 2.0**-24  # the distance from 1 to the next smaller float32


class _Options(NamedTuple):
    only_present: bool
    per_image: bool
    ignore_index: int | None
    bins: int


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
    options = _Options(only_present, per_image, ignore_index, bins)
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
        options: _Options,
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
        batch = _Batch.of(probs.contiguous(), labels, scale, options)
        own, others = _count(batch)
        counted = (own.sum(-1) > 0) | (not options.only_present)
        coefficients = class_coefficients(counted & chosen, class_weight)
        tables = _tables(own, others, coefficients, losses, probs.dtype)
        for where in batch.blocks():
            _differentiate(batch, where, tables, losses)
        ctx.dtype = logits.dtype
        ctx.save_for_backward(batch.probs)
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
    options: _Options,
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


class _Batch(NamedTuple):
    """What is known of the pixels; a block of them is a pair of slices."""

    probs: Tensor  # B × C × N, in the end the gradient
    bins: Tensor  # of the probabilities, B × C × N, int16; 0 for void
    rows: Tensor  # first number of each class's bins, (B or 1) × C × 1, int32
    labels: Tensor  # B × N
    label_numbers: Tensor  # of the bins of the labels' classes, B × N, int32
    entropy_scale: Tensor | None  # B × N
    options: _Options

    @classmethod
    def of(
        cls,
        probs: Tensor,
        labels: Tensor,
        entropy_scale: Tensor | None,
        options: _Options,
    ) -> _Batch:
        images, classes, _ = probs.shape
        rows = torch.arange(
            classes * (images if options.per_image else 1),
            dtype=torch.int32,
            device=probs.device,
        )
        return cls(
            probs,
            torch.empty_like(probs, dtype=torch.int16),
            (rows * options.bins).view(-1, classes, 1),
            labels,
            torch.empty_like(labels, dtype=torch.int32),
            entropy_scale,
            options,
        )

    @property
    def size(self) -> int:
        """Number of bins of all classes and groups."""
        return self.rows.numel() * self.options.bins

    def blocks(self) -> list[tuple[slice, slice]]:
        """Cut the batch into blocks: slices of images and of pixels."""
        images, classes, pixels = self.probs.shape
        limit = _CPU_BLOCK if self.probs.device.type == 'cpu' else _GPU_BLOCK
        step = max(1, limit // (classes * pixels))
        width = min(pixels, max(1, limit // classes))
        return [
            (slice(b, b + step), slice(n, n + width))
            for b in range(0, images, step)
            for n in range(0, pixels, width)
        ]

    def numbers(self, where: tuple[slice, slice]) -> tuple[Tensor, Tensor]:
        """Number the bins of a block over all classes and groups.

        Returns:
            The number of every probability's bin, b × C × n, int32.
        """
        images, pixels = where
        rows = self.rows[images] if self.options.per_image else self.rows
        return self.bins[images, :, pixels].int().add_(rows)


def _count(batch: _Batch) -> tuple[Tensor, Tensor]:
    """Put the probabilities into bins, and count.

    The bins of a class have equal widths in ln p/(1 − p) and are symmetric
    to p = ½: the bin of an error 1 − p mirrors that of p. The first and the
    last bin stay empty but for void.

    Returns:
        Number of the pixels labelled with the class, by bins of the error
        1 − p, and of the other valid pixels, by bins of the error p,
        (G, C, K), float64.
    """
    every = batch.rows.new_zeros(batch.size, dtype=torch.int64)
    scale = _bins_per_logit(batch)
    for where in batch.blocks():
        _assign(batch, where, scale)
        numbers = batch.numbers(where)
        every += count_ids(numbers.flatten(), batch.size)
        label, is_class = class_labels(
            batch.labels[where], scale.shape[1], batch.options.ignore_index
        )
        own = numbers.gather(1, label[:, None])[:, 0]
        own += (~is_class).int().mul_(batch.size)
        batch.label_numbers[where] = own
    every[:: batch.options.bins] = 0
    own = count_ids(batch.label_numbers.flatten(), 2 * batch.size)
    own = own[: batch.size]
    every -= own
    shape = (-1, scale.shape[1], batch.options.bins)
    return own.view(shape).flip(-1).double(), every.view(shape).double()


def _bins_per_logit(batch: _Batch) -> Tensor:
    """Fit the bins to the probabilities; (B or 1) × C × 1."""
    dims = (2,) if batch.options.per_image else (0, 2)
    high = batch.probs.amax(dims, keepdim=True).logit(_EPSILON)
    low = batch.probs.amin(dims, keepdim=True).logit(_EPSILON)
    reach = torch.maximum(high, -low).clamp_min(1e-4)
    return (batch.options.bins / 2 - 1) / reach


def _assign(batch: _Batch, where: tuple[slice, slice], scale: Tensor) -> None:
    """Fill in the bins of a block."""
    images, pixels = where
    options = batch.options
    logit = batch.probs[images, :, pixels].logit(_EPSILON)
    logit.mul_(scale[images] if options.per_image else scale)
    bins = batch.bins[images, :, pixels]
    bins.copy_(logit.add_(options.bins // 2))
    bins.clamp_(1, options.bins - 2)  # rounding, and NaN
    if options.ignore_index is not None:
        # Times 0 or 1: faster than a mask where void is scattered.
        valid = batch.labels[where] != options.ignore_index
        bins.mul_(valid[:, None].to(bins.dtype))


def _tables(
    own: Tensor,
    others: Tensor,
    coefficients: Tensor,
    losses: Tensor,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:
    """Return the slope of the loss in p for the bins of p.

    Adds to the losses what does not depend on p: with g the weights, the sum
    of the errors times g is Σ g − Σ p·g on foreground, Σ p·g on background.

    Args:
        own: Number of pixels of the class by bins of 1 − p, (G, C, K).
        others: Number of the other pixels by bins of p, likewise.
        coefficients: Factor of each class's loss, (G, C).
        losses: (G,).
        dtype: Type of the result.

    Returns:
        The slopes of pixels of other classes, (size,), and those of pixels
        by their label number, (2 · size,).
    """
    fg, bg = bin_weights(own, others)
    # Rounded first, so that a perfect prediction's terms cancel.
    fg = (fg * coefficients[..., None]).to(dtype)
    bg = (bg * coefficients[..., None]).to(dtype)
    bg[..., 0] = 0  # void
    losses += (own * fg).sum((1, 2))
    bg = bg.flatten()
    return bg, torch.cat([-fg.flip(-1).flatten(), bg])


def _differentiate(
    batch: _Batch,
    where: tuple[slice, slice],
    tables: tuple[Tensor, Tensor],
    losses: Tensor,
) -> None:
    """Add p times the slopes to the losses, put the gradient in p's place."""
    images, pixels = where
    probs = batch.probs[images, :, pixels]
    numbers = batch.numbers(where)
    label = batch.labels[where].clamp(0, probs.shape[1] - 1).long()[:, None]
    product = tables[0].index_select(0, numbers.flatten()).view_as(numbers)
    own = batch.label_numbers[where][:, None]
    slope = tables[1].index_select(0, own.flatten()).view_as(own)
    product.mul_(probs)
    slope *= probs.gather(1, label)
    if batch.entropy_scale is not None:
        slope -= batch.entropy_scale[where][:, None]
    mean = product.scatter_(1, label, slope).sum(1, keepdim=True)
    if batch.options.per_image:
        losses[images] += mean.sum((1, 2), dtype=torch.float64)
    else:
        losses += mean.sum(dtype=torch.float64)
    probs.mul_(-mean).add_(product)
