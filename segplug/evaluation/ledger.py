"""Sum per-image tensors over processes and count every image once.

Samplers give each process the same number of images by repeating some at the
end. A sum cannot forget what was added to it, so the last image of each
process is held back until the size of the data set is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional

from mmengine.dist import all_gather_object, all_reduce, get_dist_info
from torch import Tensor

from segplug.errors import SegplugError


class Share(NamedTuple):
    """What one process has seen: number of images, first and last name."""

    seen: int
    first: Optional[str]
    last: Optional[str]


class SamplerError(SegplugError, RuntimeError):
    """The images seen are not those of the data set, each once."""


@dataclass
class Ledger:
    """Running sum of one process, able to take back its last image.

    Attributes:
        total: Sum over all images but the last.
        last: Contribution of the last image, same shape.
        share: Number of images seen and the names at both ends.
    """

    total: Tensor
    last: Tensor
    share: Share = Share(0, None, None)

    @classmethod
    def like(cls, zero: Tensor) -> Ledger:
        """Return an empty ledger for tensors like ``zero``."""
        return cls(zero.clone(), zero.clone())

    def add(self, amount: Tensor, name: str | None) -> None:
        """Add the contribution of one image; nothing is synchronised."""
        if self.total.device != amount.device:
            self.total = self.total.to(amount.device)
            self.last = self.last.to(amount.device)
        self.total += self.last
        self.last = amount
        seen, first, _ = self.share
        first = first if seen else name
        self.share = Share(seen + 1, first, name)

    def close(self, size: int) -> tuple[Tensor, bool]:
        """Sum over all processes, each image of the data set once.

        Args:
            size: Number of images of the data set.

        Returns:
            The sum, equal on all processes, and whether this process's last
            image was a repeat and has been left out.

        Raises:
            SamplerError: On all processes, if the images seen cannot be
                the data set's dealt out in turn.
        """
        rank, world = get_dist_info()
        shares = [Share(*s) for s in all_gather_object(tuple(self.share))]
        repeated = repeats(shares, size)[rank]
        total = self.total if repeated else self.total + self.last
        if world > 1:
            all_reduce(total)
        return total, repeated


def repeats(shares: list[Share], size: int) -> list[bool]:
    """Tell for each process whether its last image is a padding repeat.

    With W processes, process r is given the images r, r + W, r + 2W, … of a
    list that is the data set, followed by its own beginning until the length
    divides by W. ``DefaultSampler`` of MMEngine and ``DistributedSampler``
    of PyTorch both do so, shuffled or not, whatever the batch size.

    Args:
        shares: What each process has seen, by rank.
        size: Number of images of the data set.

    Raises:
        SamplerError: If the numbers or the names do not fit this rule.
    """
    world = len(shares)
    due = [max(0, -(-(size - rank) // world)) for rank in range(world)]
    extra = [share.seen - n for share, n in zip(shares, due)]
    allowed = {0, 1} if world > 1 else {0}
    if not set(extra) <= allowed:
        raise SamplerError(
            f'The data set has {size} images, so the {world} process(es) '
            f'should have evaluated {due}, but they evaluated '
            f'{[share.seen for share in shares]}. Evaluate every image once: '
            "use sampler=dict(type='DefaultSampler', shuffle=False) and "
            'drop_last=False.'
        )
    for rank, share in enumerate(shares):
        _check_repeat(rank, share, shares, size, bool(extra[rank]))
    return [bool(n) for n in extra]


def _check_repeat(
    rank: int, share: Share, shares: list[Share], size: int, extra: bool
) -> None:
    position = (share.seen - 1) * len(shares) + rank
    if extra and share.last != shares[position % size].first:
        raise SamplerError(
            f'Process {rank} evaluated one image more than its share, and '
            f'it is {share.last}, not the expected repeat '
            f'{shares[position % size].first}. The sampler does not deal '
            'images out in turn, so repeats cannot be told apart; use '
            "sampler=dict(type='DefaultSampler')."
        )
