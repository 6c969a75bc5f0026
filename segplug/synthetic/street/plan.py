"""How a street is laid out across and along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional

import numpy as np

Style = Literal['city', 'suburb', 'road']

REACH = 150.0
"""Metres of street that are furnished before the first place."""


@dataclass(frozen=True)
class Side:
    """One side of a street, from the kerb outward; widths in metres.

    Attributes:
        bays: Of the parking bays, 0 for none.
        walk: Of the sidewalk.
        verge: Of the grass beyond, up to the front of the houses.
    """

    bays: float
    walk: float
    verge: float


@dataclass(frozen=True)
class Plan:
    """A straight street along z with its middle at x = 0.

    Attributes:
        style: What stands along it.
        half: Half of the width of the lanes in metres.
        lanes: Number of lanes, both directions together.
        left: The left side.
        right: The right side.
        rails: x of the middle of a tram track in the road, or None.
        crossings: z of zebra crossings.
        junctions: ``(start, end)`` z of side streets.
        divided: Whether something divides the two directions.
    """

    style: Style
    half: float
    lanes: int
    left: Side
    right: Side
    rails: Optional[float]
    crossings: tuple[float, ...]
    junctions: tuple[tuple[float, float], ...]
    divided: bool

    @property
    def sides(self) -> tuple[tuple[int, Side], ...]:
        """Sign of x and layout of both sides."""
        return ((-1, self.left), (1, self.right))

    def kerb(self, side: Side) -> float:
        """Return the distance of the kerb from the middle."""
        return self.half + side.bays

    def front(self, side: Side) -> float:
        """Return the distance of the house fronts from the middle."""
        return self.kerb(side) + side.walk + side.verge

    def open(self, z: float, margin: float = 0.0) -> bool:
        """Return whether a side street lies at z."""
        return any(a - margin < z < b + margin for a, b in self.junctions)


_STYLES: tuple[Style, ...] = ('city', 'suburb', 'road')


def sample_plan(rng: np.random.Generator, easy: bool) -> Plan:
    """Draw a street.

    Args:
        rng: Source of randomness.
        easy: Whether it is a plain two-lane street in a city.
    """
    style = _STYLES[int(rng.choice(3, p=(0.55, 0.28, 0.17)))]
    lanes = int(rng.choice([2, 4], p=(0.65, 0.35)))
    if easy:
        style, lanes = 'city', 2
    half = lanes / 2 * rng.uniform(3.0, 3.8)
    rails = None
    if style != 'road' and rng.random() < 0.3 and not easy:
        rails = float(rng.choice([-1, 1])) * half * (0.5 if lanes == 2 else
                                                     0.25)  # fmt: skip
    start = rng.uniform(12, 45)
    junctions = []
    while start < REACH and not easy and style != 'road':
        junctions.append((start, start + rng.uniform(7, 12)))
        start += rng.uniform(45, 90)
    crossings = [a - 3.5 for a, _ in junctions if rng.random() < 0.6]
    return Plan(
        style,
        float(half),
        lanes,
        _side(rng, style),
        _side(rng, style),
        rails,
        tuple(float(c) for c in crossings),
        tuple((float(a), float(b)) for a, b in junctions),
        bool(lanes == 4 and rng.random() < 0.35),
    )


def _side(rng: np.random.Generator, style: Style) -> Side:
    bays = rng.choice([0.0, 2.2], p=(0.45, 0.55))
    if style == 'city':
        verge = rng.choice([0.0, rng.uniform(1, 3)], p=(0.75, 0.25))
        return Side(float(bays), float(rng.uniform(2, 5)), float(verge))
    if style == 'suburb':
        bays = rng.choice([0.0, 2.2], p=(0.65, 0.35))
        walk, verge = rng.uniform(1.3, 2.5), rng.uniform(3, 8)
        return Side(float(bays), float(walk), float(verge))
    walk = rng.choice([0.0, rng.uniform(1, 2)], p=(0.7, 0.3))
    return Side(0.0, float(walk), float(rng.uniform(5, 14)))
