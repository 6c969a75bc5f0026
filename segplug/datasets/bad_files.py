"""Count the files that training goes on without."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.dist import all_reduce

from segplug.errors import SegplugError


class TooManyBadFilesError(SegplugError, ValueError):
    """More files are bad than the config allows."""


class BadFiles:
    """Which samples of a data set could not be loaded.

    The flags lie in shared memory, so that what a worker process meets is
    known to all. They are neither locked nor ordered: two workers at once
    may let one file more pass than is allowed.

    Args:
        length: Number of samples.
        allowed: How many may be bad.
    """

    def __init__(self, length: int, allowed: int) -> None:
        self.flags = torch.zeros(length, dtype=torch.uint8).share_memory_()
        self.allowed = allowed

    def add(self, index: int, error: Exception) -> None:
        """Note that a sample is bad.

        Raises:
            TooManyBadFilesError: If that is one too many.
        """
        self.flags[index] = 1
        self._check(f' The last one: {error}')

    def share(self) -> None:
        """Have all processes of a distributed run know of all bad files.

        Raises:
            TooManyBadFilesError: If together they are too many.
        """
        flags = self.flags.clone()
        all_reduce(flags, 'max')
        self.mark(flags.nonzero().flatten().tolist())
        self._check()

    def mark(self, indices: Sequence[int]) -> None:
        """Note samples that are known to be bad."""
        self.flags[list(indices)] = 1

    def _check(self, last: str = '') -> None:
        if len(self) > self.allowed:
            raise TooManyBadFilesError(
                f'{len(self)} files are bad, {self.allowed} are allowed '
                f'(max_bad_files of the data set).{last}'
            )

    def __len__(self) -> int:
        return int(self.flags.sum())

    def indices(self) -> Sequence[int]:
        """Return the indices of the bad samples."""
        return self.flags.nonzero().flatten().tolist()
