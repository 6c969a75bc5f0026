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
    """What is known of the pixels.

    A row is a class of a group: with ``per_image`` there are B × C, else C.
    """

    probs: Tensor  # B × C × N; void becomes 0; in the end the gradient
    labels: Tensor  # B × N
    own: Tensor  # places of the errors of the labels' classes, B × N, int32
    bins: Tensor  # B × C × N, int16
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
        return cls(
            probs,
            labels,
            torch.empty_like(labels, dtype=torch.int32),
            torch.empty_like(probs, dtype=torch.int16),
            entropy_scale,
            options,
        )

    @property
    def groups(self) -> int:
        """Number of sets of pixels, G."""
        return len(self.probs) if self.options.per_image else 1

    def rows(self, images: slice) -> Tensor:
        """Number the rows of some images, (b or 1) × C × 1, int32."""
        classes, device = self.probs.shape[1], self.probs.device
        count = self.groups * classes
        rows = torch.arange(count, dtype=torch.int32, device=device)
        rows = rows.view(self.groups, classes, 1)
        return rows[images] if self.options.per_image else rows

    def labels_of(self, where: Block) -> Tensor:
        """Make the labels of a block into indices of classes, b × n, int64."""
        return self.labels[where].long().clamp(0, self.probs.shape[1] - 1)

    def valid(self, where: Block) -> Tensor | None:
        """Tell which pixels of a block count, b × n, bool; None for all."""
        if self.options.ignore_index is None:
            return None
        return self.labels[where] != self.options.ignore_index

    def every(self, step: int) -> Batch:
        """Return one of ``step`` pixels of each image."""
        probs, labels, own, bins = (x[..., ::step] for x in self[:4])
        return self._replace(probs=probs, labels=labels, own=own, bins=bins)

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
