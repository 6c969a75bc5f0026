"""Number the samples of a training run, so that it can go on anywhere.

The random numbers of a sample's augmentation follow from the seed and the
sample's number alone: not from the worker process that happens to load it,
nor from what was loaded before. So a run that starts in the middle sees what
an uninterrupted one sees, without loading anything twice, and the number of
workers changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch.utils.data import Dataset, Sampler

from segplug.errors import SegplugError

from .rng import seeded


class EmptyLoaderError(SegplugError, ValueError):
    """The data set yields no batch to train on."""


class Numbered(int):
    """An index into a data set that knows its place in the run.

    Args:
        index: Index of the sample.
        epoch: Which pass over the data.
        place: Number of the sample in that pass, of this process.
    """

    epoch: int
    place: int

    def __new__(cls, index: int, epoch: int = 0, place: int = 0) -> Numbered:
        """Make an int with two attributes."""
        self = super().__new__(cls, index)
        self.epoch, self.place = epoch, place
        return self


class NumberedBatches(Sampler):
    """Number the samples of another batch sampler, and skip to a place.

    Args:
        batches: Batch sampler with a length, as a DataLoader holds it.
        endless: Whether to begin another pass when one ends, with the next
            epoch's order.
    """

    def __init__(self, batches: Any, *, endless: bool) -> None:
        self.batches = batches
        self.endless = endless
        self.sampler = getattr(batches, 'sampler', batches)
        self.batch_size = getattr(batches, 'batch_size', None)
        self.drop_last = getattr(batches, 'drop_last', False)
        self.epoch = 0
        self._skipped = 0

    def skip(self, batches: int) -> None:
        """Have the next iteration begin after so many batches."""
        self._skipped = batches

    def set_epoch(self, epoch: int) -> None:
        """Have the next pass be of that epoch."""
        self.epoch = epoch
        for owner in (self.batches, self.sampler):
            if hasattr(owner, 'set_epoch'):
                owner.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[Numbered]]:
        skipped, self._skipped = self._skipped, 0
        while True:
            count = 0
            for batch in self._pass(self.batches):
                count += 1
                if skipped > 0:
                    skipped -= 1
                else:
                    yield [Numbered(*sample) for sample in batch]
            if not self.endless:
                return
            if count == 0:
                raise EmptyLoaderError(
                    'The training data yield no batch: there are fewer '
                    f'samples than train_dataloader.batch_size = '
                    f'{self.batch_size}, and drop_last is on.'
                )
            self.set_epoch(self.epoch + 1)

    def _pass(
        self, batches: Iterable[list[int]]
    ) -> Iterator[list[tuple[int, int, int]]]:
        """Go through one pass: (index, epoch, place) of every sample."""
        place, epoch = 0, self.epoch
        for batch in batches:
            yield [(i, epoch, n) for n, i in enumerate(batch, place)]
            place += len(batch)


class SeededDataset(Dataset):
    """Load each numbered sample with random numbers of its own.

    Everything else is the inner data set's. Generators that a transform
    made for itself, and OpenCV's, are not seeded.

    Args:
        dataset: Map-style data set.
        seed: Seed of the run.
        rank: Number of this process in a distributed run.
    """

    def __init__(self, dataset: Any, *, seed: int, rank: int) -> None:
        self.dataset = dataset
        self.seed = seed
        self.rank = rank

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        if not isinstance(index, Numbered):
            return self.dataset[index]
        with seeded(self.seed, self.rank, index.epoch, index.place):
            return self.dataset[int(index)]

    def __getattr__(self, name: str) -> Any:
        if name == 'dataset' or name.startswith('__'):
            raise AttributeError(name)  # before __init__, when unpickling
        return getattr(self.dataset, name)
