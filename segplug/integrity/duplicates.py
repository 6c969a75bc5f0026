"""Find images that occur in more than one split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .inspection import Inspection

_BLOCK = 1024  # hashes compared at a time: 8 MiB of differences
_BITS = np.array([bin(i).count('1') for i in range(256)], np.uint8)


class Twins(NamedTuple):
    """Two images of different splits.

    Attributes:
        first: The one whose split comes first.
        second: The other.
        bits: Bits in which their perceptual hashes differ; 0 also for equal
            pixels.
    """

    first: Inspection
    second: Inspection
    bits: int


def equal_images(found: Sequence[Inspection]) -> list[Twins]:
    """Return the images whose pixels are those of one in another split."""
    groups: dict[str, list[Inspection]] = defaultdict(list)
    for item in found:
        if item.digest is not None:
            groups[item.digest].append(item)
    return [
        Twins(a, b, 0)
        for group in groups.values()
        for a, b in combinations(group, 2)
        if a.sample.split != b.sample.split
    ]


def similar_images(
    found: Sequence[Inspection], most_bits: int = 4
) -> list[Twins]:
    """Return the images that look like one in another split.

    Args:
        found: With perceptual hashes; others are passed over.
        most_bits: In how many of 64 bits the hashes may differ.

    Returns:
        Pairs with different pixels, those most alike first.
    """
    splits: dict[str, list[Inspection]] = defaultdict(list)
    for item in found:
        if item.look is not None:
            splits[item.sample.split].append(item)
    twins = [
        Twins(first[i], second[j], bits)
        for first, second in combinations(splits.values(), 2)
        for i, j, bits in _near(_looks(first), _looks(second), most_bits)
        if first[i].digest != second[j].digest
    ]
    return sorted(twins, key=lambda pair: pair.bits)


def _looks(items: Iterable[Inspection]) -> np.ndarray:
    return np.array([item.look for item in items], np.uint64)


def _near(
    first: np.ndarray, second: np.ndarray, most_bits: int
) -> list[tuple[int, int, int]]:
    near = []
    for start in range(0, len(first), _BLOCK):
        block = first[start : start + _BLOCK, None] ^ second[None]
        split = np.ascontiguousarray(block).view(np.uint8)
        bits = _BITS[split].reshape(*block.shape, 8).sum(-1)
        rows, columns = np.nonzero(bits <= most_bits)
        near += [
            (start + int(i), int(j), int(bits[i, j]))
            for i, j in zip(rows, columns)
        ]
    return near
