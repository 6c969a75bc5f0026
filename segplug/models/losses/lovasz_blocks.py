"""A batch of pixels, its bins, and the blocks in which both are handled."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# Elements handled at once, at most. Their temporaries fit into the caches of a
# CPU, and on a GPU are small beside the probabilities.
_CPU_BLOCK = 7 * 2**16
_GPU_BLOCK = 2**24

Block = tuple[slice, slice]  # images and pixels


class Options(NamedTuple):
    """What does not change from step to step."""

    only_present: bool
    per_image: bool
    ignore_index: int | None
    bins: int


class Batch(NamedTuple):
    """What is known of the pixels.

    A group's classes have a row each in the tables of bins.
    """

    probs: Tensor  # B × C × N; that of void becomes 0
    labels: Tensor  # B × N
    own: Tensor  # places of the errors of the labels' classes, B × N, int32
    bins: Tensor  # B × C × N, int16
    rows: Tensor  # numbers of the rows, (B or 1) × C × 1, int32
    options: Options

    @classmethod
    def of(cls, probs: Tensor, labels: Tensor, options: Options) -> Batch:
        """Make room for the bins of probabilities, B × C × N."""
        images, classes, _ = probs.shape
        rows = torch.arange(
            classes * (images if options.per_image else 1),
            dtype=torch.int32,
            device=probs.device,
        )
        return cls(
            probs,
            labels,
            torch.empty_like(labels, dtype=torch.int32),
            torch.empty_like(probs, dtype=torch.int16),
            rows.view(-1, classes, 1),
            options,
        )

    def blocks(self) -> list[Block]:
        """Cut the batch into blocks."""
        images, classes, pixels = self.probs.shape
        limit = _CPU_BLOCK if self.probs.device.type == 'cpu' else _GPU_BLOCK
        step = max(1, limit // (classes * pixels))
        parts = -(-pixels * classes // limit)
        width = -(-pixels // parts)
        return [
            (slice(b, b + step), slice(n, n + width))
            for b in range(0, images, step)
            for n in range(0, pixels, width)
        ]

    def every(self, step: int) -> Batch:
        """Return one of ``step`` pixels of each image."""
        probs, labels, own, bins = (x[..., ::step] for x in self[:4])
        return Batch(probs, labels, own, bins, self.rows, self.options)

    def probs_of(self, where: Block) -> Tensor:
        """Return the probabilities of a block, b × C × n."""
        images, pixels = where
        return self.probs[images, :, pixels]

    def labels_of(self, where: Block) -> Tensor:
        """Make the labels of a block into indices of classes, b × n, int64."""
        return self.labels[where].long().clamp(0, self.probs.shape[1] - 1)

    def valid(self, where: Block) -> Tensor | None:
        """Tell which pixels of a block count, b × n, bool; None for all."""
        if self.options.ignore_index is None:
            return None
        return self.labels[where] != self.options.ignore_index

    def offsets(self, where: Block, factor: int, start: int) -> Tensor:
        """Return numbers for the rows of a block, (b or 1) × C × 1, int32."""
        images = where[0] if self.options.per_image else slice(None)
        return self.rows[images] * factor + start

    def add(self, losses: Tensor, where: Block, terms: Tensor) -> None:
        """Add the sums of a block's terms, b × n, to the losses, (G,)."""
        if self.options.per_image:
            losses[where[0]] += terms.sum(1, dtype=torch.float64)
        else:
            losses += terms.sum(dtype=torch.float64)
