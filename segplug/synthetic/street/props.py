"""Things at a place of a street, drawn when a camera comes by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Optional

import numpy as np

from ..models.faces import Model, footprint
from ..models.painter import Painter

Draw = Callable[[np.random.Generator, Painter, float], None]
"""Draws with a generator, a painter and the z at which the thing is."""


@dataclass(frozen=True)
class Prop:
    """Something to be drawn.

    Nothing in an outer band can hide anything in an inner one, so outer
    bands are painted first, and the farthest first within a band.

    Attributes:
        band: 4 fronts of houses, 3 verge, 2 sidewalk, 1 parking, 0 road.
        z: Metres along the street at the beginning.
        seed: Seed of its looks, the same in every picture of a clip.
        draw: What draws it.
        speed: Metres per second along z.
        bulk: x, half width, half length, foot and top in metres of the
            block whose shadow it throws, or None for none.
    """

    band: int
    z: float
    seed: int
    draw: Draw
    speed: float = 0.0
    bulk: Optional[tuple[float, float, float, float, float]] = None

    def at(self, time: float) -> float:
        """Return its z after some seconds."""
        return self.z + self.speed * time


def paint_props(
    painter: Painter, props: list[Prop], time: float, reach: float
) -> None:
    """Paint everything that lies ahead, back to front.

    Args:
        painter: What paints.
        props: The things.
        time: Seconds since the beginning of the clip.
        reach: Metres ahead up to which things are drawn.
    """
    here = painter.camera.position[2]
    places = [(prop, prop.at(time)) for prop in props]
    seen = [(p, z) for p, z in places if -16 < z - here < reach]
    seen.sort(key=lambda pair: (-pair[0].band, -pair[1]))
    for prop, z in seen:
        prop.draw(np.random.default_rng(prop.seed), painter, z)


def draw_model(
    make: Callable[[np.random.Generator], Model],
    x: float,
    heading: float,
    kind: str,
    counted: bool = False,
    spot: Optional[tuple[float, float]] = None,
) -> Draw:
    """Return what draws a model of faces.

    Args:
        make: Makes the model.
        x: Place across the street.
        heading: Turn from the street's z to x in radians.
        kind: Kind of its pixels.
        counted: Whether it is an instance.
        spot: Half width and half length of its shadow in metres.
    """
    return partial(_draw_model, make, x, heading, kind, counted, spot)


def _draw_model(
    make: Callable[[np.random.Generator], Model],
    x: float,
    heading: float,
    kind: str,
    counted: bool,
    spot: Optional[tuple[float, float]],
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    model = make(rng).placed((x, 0.0, z), heading)
    if spot is not None:
        ground = footprint((x, 0.0, z), spot, heading)
        painter.shadow(ground, 0.75, 0.25)
    painter.model(model, kind, painter.instance() if counted else 0)


def draw_seed(rng: np.random.Generator) -> int:
    """Draw the seed of a thing."""
    return int(rng.integers(1 << 62))
