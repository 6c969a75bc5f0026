"""The Lovász-Softmax loss and its gradient by counting, step by step.

``docs/lovasz.md`` derives the method and its error.
"""

from __future__ import annotations

from typing import Callable, NamedTuple

import torch
from torch import Tensor

from .blocks import Batch, Bins, Options
from .own import Entropy, count_own
from .refine import refine
from .ruler import Cells, Ruler, Sample, fit_ruler
from .slopes import Fill, Slopes
from .sorted import precise


class Passes(NamedTuple):
    """What takes most of the time; :mod:`.torch_backend` describes each."""

    count_bins: Callable[[Batch, Ruler, Bins, Tensor], None]
    fill: Fill
    differentiate: Callable[
        [Batch, Bins, Tensor, Entropy | None, Tensor], None
    ]


def loss_and_gradient(
    logits: Tensor,
    labels: Tensor,
    chosen: Tensor,
    class_weight: Tensor | None,
    entropy_weight: Tensor | None,
    options: Options,
    losses: Tensor,
    passes: Passes,
) -> Tensor:
    """Add the losses of the groups, (G,), and return their gradient.

    Args:
        logits: B × C × N, float.
        labels: Class ids, B × N, int64.
        chosen: Which classes may count, (C,), bool.
        class_weight: Factor of each class's loss, (C,), float.
        entropy_weight: Factor of the cross-entropy of a pixel of each class,
            (C,), float; None for no cross-entropy.
        options: What does not change from step to step.
        losses: (G,), float64.
        passes: Those of a backend.

    Returns:
        Gradient, B × C × N, made in the place of the probabilities.
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
    bins = Bins.like(probs, labels)
    counts = own.new_zeros(*batch.tables, 2 * options.bins)
    passes.count_bins(batch, ruler, bins, counts)
    if batch.valid is not None:
        void = (~batch.valid).view(len(counts), -1).sum(1, dtype=torch.int32)
        counts[..., 0] -= void[:, None]
    slopes = Slopes.of(
        counts,
        ruler,
        chosen,
        class_weight,
        probs.dtype,
        options,
        losses,
        passes.fill,
    )
    passes.differentiate(batch, bins, slopes.values, entropy, losses)
    refine(batch, bins, logits, slopes, losses)
    return probs
