"""Count the files that training goes on without."""

from __future__ import annotations

from collections.abc import Sequence

import torch

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
        count = len(self)
        if count > self.allowed:
            raise TooManyBadFilesError(
                f'{count} files are bad, {self.allowed} are allowed '
                f'(max_bad_files of the data set). The last one: {error}'
            ) from error

    def __len__(self) -> int:
        return int(self.flags.sum())

    def indices(self) -> Sequence[int]:
        """Return the indices of the bad samples."""
        return self.flags.nonzero().flatten().tolist()
