"""Look inside data sets that wrap others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def innermost(dataset: Any) -> Iterator[Any]:
    """Go through the data sets inside those that repeat, join or seed.

    Args:
        dataset: A data set, or a wrapper around some (``RepeatDataset``,
            ``ConcatDataset``, …), however deep.

    Yields:
        The data sets that wrap none, in order; the given one if it is such.
    """
    if hasattr(dataset, 'datasets'):
        inner = dataset.datasets
    elif hasattr(dataset, 'dataset'):
        inner = [dataset.dataset]
    else:
        yield dataset
        return
    for each in inner:
        yield from innermost(each)
