"""A batch of pixels, its bins, and the blocks in which both are handled."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

# Elements handled at once. Their temporaries fit into the caches of a CPU,
# and on a GPU are small beside the probabilities.
_CPU_BLOCK = 2**19
_GPU_BLOCK = 2**24

Block = tuple[slice, slice]  # images and pixels


class Options(NamedTuple):
    """What does not change from step to step."""

    only_present: bool
    per_image: bool
    ignore_index: int | None
    bins: int


class Batch(NamedTuple):
    """What is known of the pixels."""

    probs: Tensor  # B × C × N, in the end the gradient
    bins: Tensor  # of the probabilities, B × C × N, int16; 0 for void
    rows: Tensor  # first number of each class's bins, (B or 1) × C × 1, int32
    labels: Tensor  # B × N
    label_numbers: Tensor  # of the bins of the labels' classes, B × N, int32
    entropy_scale: Tensor | None  # factor of the cross-entropy, B × N
    options: Options

    @classmethod
    def of(
        cls,
        probs: Tensor,
        labels: Tensor,
        entropy_scale: Tensor | None,
        options: Options,
    ) -> Batch:
        """Make room for the bins of probabilities, B × C × N."""
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

    def blocks(self) -> list[Block]:
        """Cut the batch into blocks."""
        images, classes, pixels = self.probs.shape
        limit = _CPU_BLOCK if self.probs.device.type == 'cpu' else _GPU_BLOCK
        step = max(1, limit // (classes * pixels))
        width = min(pixels, max(1, limit // classes))
        return [
            (slice(b, b + step), slice(n, n + width))
            for b in range(0, images, step)
            for n in range(0, pixels, width)
        ]

    def pick(self, values: Tensor, images: slice) -> Tensor:
        """Return values of groups, (B or 1) × C × 1, for some images."""
        return values[images] if self.options.per_image else values

    def numbers(self, where: Block) -> Tensor:
        """Number the bins of a block over all classes and groups.

        Returns:
            The number of every probability's bin, b × C × n, int32.
        """
        images, pixels = where
        rows = self.pick(self.rows, images)
        return self.bins[images, :, pixels].int().add_(rows)
