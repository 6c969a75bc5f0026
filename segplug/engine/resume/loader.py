"""A data loader that can start anywhere in a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmengine.dist import get_rank
from torch.utils.data import DataLoader, IterableDataset

from .stream import EmptyLoaderError, NumberedBatches, SeededDataset

_KEPT = (
    'num_workers',
    'collate_fn',
    'pin_memory',
    'timeout',
    'worker_init_fn',
    'multiprocessing_context',
    'prefetch_factor',
    'persistent_workers',
    'in_order',
    'generator',
)


class ResumableLoader(DataLoader):
    """DataLoader whose samples are numbered and seeded one by one.

    Its workers start with the first batch that is asked for, not before, so
    that the place to start from can be set until then.

    Args:
        loader: Loader of a map-style data set, not iterated yet.
        seed: Seed of the run.
        endless: Whether to go on with another pass when one ends.
    """

    def __init__(
        self, loader: DataLoader, *, seed: int, endless: bool
    ) -> None:
        if len(loader.dataset) == 0:
            raise EmptyLoaderError('The training data set holds no sample.')
        batches = NumberedBatches(loader.batch_sampler, endless=endless)
        super().__init__(
            SeededDataset(loader.dataset, seed=seed, rank=get_rank()),
            batch_sampler=batches,
            **{k: getattr(loader, k) for k in _KEPT if hasattr(loader, k)},
        )
        # PyTorch forgets it where a batch sampler is given, but MMEngine
        # scales learning rates by it. Its __setattr__ would refuse.
        self.__dict__['batch_size'] = batches.batch_size

    def __iter__(self) -> Iterator[Any]:
        # A generator, so that nothing starts before the first batch.
        yield from super().__iter__()


def resumable(
    loader: DataLoader, *, seed: int, endless: bool
) -> ResumableLoader | None:
    """Make a loader resumable.

    Returns:
        The new loader, or None for one that has no batches of indices to
        number: of an iterable data set, or without batching.
    """
    if isinstance(loader.dataset, IterableDataset):
        return None
    if loader.batch_sampler is None:
        return None
    return ResumableLoader(loader, seed=seed, endless=endless)
