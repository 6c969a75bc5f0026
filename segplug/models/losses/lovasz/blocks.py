"""A batch of pixels, its bins, and the blocks in which both are handled."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils._python_dispatch import _get_current_dispatch_mode

from .bins import count

# Elements handled at once, at most: on a CPU so many that their temporaries
# fit into its caches, on a GPU a part of all, to keep it busy.
_CPU_BLOCK = 7 * 2**16
_GPU_BLOCK = 2**24
_GPU_PARTS = 16

Block = tuple[slice, slice]  # images and pixels


def bits(values: Tensor) -> Tensor:
    """Return the bits of floats as integers, which share their memory."""
    wide = values.dtype == torch.float64
    return values.view(torch.int64 if wide else torch.int32)


def has_values(logits: Tensor) -> bool:
    """Tell whether code that is not PyTorch's may compute with a tensor.

    Tensors that only trace have no values, and what compiles or records
    operations does not see others.
    """
    return (
        type(logits) is Tensor
        and not torch.compiler.is_compiling()
        and _get_current_dispatch_mode() is None
    )


class Options(NamedTuple):
    """What does not change from step to step."""

    only_present: bool
    per_image: bool
    ignore_index: int | None
    bins: int


def block_size(values: Tensor) -> int:
    """Return how many elements of a tensor are handled at once, at most."""
    if values.device.type == 'cpu':
        return _CPU_BLOCK
    return _gpu_block(values.numel())


def _gpu_block(elements: int) -> int:
    return min(max(elements // _GPU_PARTS, _CPU_BLOCK), _GPU_BLOCK)


class Bins(NamedTuple):
    """The bins of pixels."""

    # From −K on, and from 0 on for the labels' classes, B × C × N, int16.
    numbers: Tensor
    marked: Tensor  # which pixels are in a marked bin, B × N, int8

    @classmethod
    def like(cls, probs: Tensor, labels: Tensor) -> Bins:
        """Make room for those of probabilities and labels."""
        return cls(
            torch.empty_like(probs, dtype=torch.int16),
            torch.empty_like(labels, dtype=torch.int8),
        )


class Batch(NamedTuple):
    """What is known of the pixels."""

    probs: Tensor  # B × C × N; that of void becomes 0
    labels: Tensor  # B × N
    valid: Tensor | None  # which pixels count, B × N, bool; None for all
    own: Tensor  # places of the errors of the labels' classes, B × N, int32
    options: Options

    @classmethod
    def of(
        cls, probs: Tensor, labels: Tensor, own: Tensor, options: Options
    ) -> Batch:
        """Find the pixels that count."""
        ignored = options.ignore_index
        valid = None if ignored is None else labels != ignored
        return cls(probs, labels, valid, own, options)

    @property
    def tables(self) -> tuple[int, int]:
        """How many tables there are: of each group one for each class."""
        images, classes, _ = self.probs.shape
        return images if self.options.per_image else 1, classes

    def blocks(self, classes: int | None = None) -> list[Block]:
        """Cut the batch into blocks.

        Args:
            classes: How many classes are handled at once; None for all.
        """
        images, channels, pixels = self.probs.shape
        classes, limit = classes or channels, block_size(self.probs)
        step = max(1, limit // (classes * pixels))
        parts = -(-pixels * classes // limit)
        width = -(-pixels // parts)
        return [
            (slice(b, b + step), slice(n, n + width))
            for b in range(0, images, step)
            for n in range(0, pixels, width)
        ]

    def probs_of(self, where: Block) -> Tensor:
        """Return the probabilities of a block, b × C × n."""
        images, pixels = where
        return self.probs[images, :, pixels]

    def labels_of(self, where: Block) -> Tensor:
        """Make the labels of a block into indices of classes, b × n, int64."""
        return self.labels[where].long().clamp(0, self.probs.shape[1] - 1)

    def look_up(self, table: Tensor, where: Block, numbers: Tensor) -> Tensor:
        """Take the entries that have these numbers in the rows of a table.

        Args:
            table: A row for each class of each group, G × C × K.
            where: The block.
            numbers: From 0 to K − 1, b × C × n, int64.
        """
        if self.options.per_image:
            table = table[where[0]]
        return table.expand(len(numbers), -1, -1).gather(2, numbers)

    def count(self, table: Tensor, where: Block, numbers: Tensor) -> None:
        """Count in the rows of a table how often each number occurs.

        Args:
            table: Rows of each group, G × R × K, int32.
            where: The block.
            numbers: From 0 to K − 1, b × R × n, int64.
        """
        if self.options.per_image:
            count(table[where[0]], numbers)
        else:
            count(table[0], numbers.movedim(0, 1).flatten(1))

    def clear(self, probs: Tensor, where: Block) -> Tensor:
        """Set those of void to 0, even if they are NaN, in place.

        Args:
            probs: Of the block's pixels, b × C × n, float.
            where: The block.
        """
        if self.valid is not None:
            # Faster than a mask where void is scattered.
            number, valid = bits(probs), self.valid[where][:, None]
            number.bitwise_and_(-valid.to(number.dtype))
        return probs

    def add(self, losses: Tensor, where: Block, terms: Tensor) -> None:
        """Add the sums of a block's terms, b × n, to the losses, (G,)."""
        if self.options.per_image:
            losses[where[0]] += terms.sum(1, dtype=torch.float64)
        else:
            losses += terms.sum(dtype=torch.float64)
