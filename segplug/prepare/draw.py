"""Divide images among splits by lot, the same on every machine.

Names are put in the order of the SHA-256 digests of ``<seed>:<name>``. No
random number generator is involved, so the order depends neither on Python
nor on NumPy, and a name that comes or goes leaves that of the others as it
is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate


def shuffled(names: Iterable[str], seed: int) -> list[str]:
    """Return names in the order of the digests of ``<seed>:<name>``."""

    def key(name: str) -> tuple[bytes, str]:
        return hashlib.sha256(f'{seed}:{name}'.encode()).digest(), name

    return sorted(names, key=key)


def apportion(total: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Divide a number in proportion to shares.

    Args:
        total: The number.
        shares: Of each part.

    Returns:
        Whole numbers that add up to ``total``, each bound between two parts
        rounded half up; none is 0 as long as there is enough for all.
    """
    whole, last = sum(shares.values()), len(shares) - 1
    bounds = [
        (2 * total * share + whole) // (2 * whole)
        for share in accumulate(shares.values())
    ]
    if total > last:
        for i in range(last):
            least = bounds[i - 1] + 1 if i else 1
            bounds[i] = min(max(bounds[i], least), total - last + i)
    starts = [0, *bounds[:-1]]
    return {n: b - a for n, a, b in zip(shares, starts, bounds)}


def draw(
    groups: Mapping[str, Sequence[str]], counts: Mapping[str, int], seed: int
) -> dict[str, list[str]]:
    """Divide groups of images among splits.

    The groups are taken in shuffled order and dealt to one split after the
    other; a split is full once it has its number of images. A group is never
    divided, so with groups of several images a split may get a few more than
    its number and the next one fewer, but each gets a group if there are
    enough of them.

    Args:
        groups: Ids by the name of the group.
        counts: Number of images wanted in each split; what is left over is
            in none.
        seed: Another seed gives another draw.

    Returns:
        Ids of each split, sorted.
    """
    bounds = list(accumulate(counts.values()))
    splits: list[list[str]] = [[] for _ in bounds]
    order = shuffled(groups, seed)
    at, last, dealt = 0, len(bounds) - 1, 0
    for left, group in zip(range(len(order), 0, -1), order):
        is_full = dealt >= bounds[at]
        if at < last and splits[at] and (is_full or left <= last - at):
            at += 1
        elif is_full and at == last:
            break
        splits[at] += groups[group]
        dealt += len(groups[group])
    return {name: sorted(ids) for name, ids in zip(counts, splits)}
