"""Who is on the way: vehicles, riders and people on foot."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..models import cars, heavy
from ..models.faces import Model
from ..models.figures import TwoWheeler, paint_cycle, paint_person
from ..models.painter import Painter
from .plan import REACH, Plan, Side
from .props import Draw, Prop, draw_model, draw_seed

_KINDS = ('car', 'truck', 'bus', 'motorcycle', 'bicycle', 'caravan',
          'trailer')  # fmt: skip
_SHARES = (0.62, 0.07, 0.06, 0.09, 0.12, 0.02, 0.02)
_FOOTPRINT = {
    'car': (1.0, 2.4), 'truck': (1.3, 4.2), 'bus': (1.4, 5.8),
    'caravan': (1.2, 3.0), 'trailer': (0.9, 1.5), 'train': (1.4, 14.0),
}  # fmt: skip
_CLEAR = {'car': 6.5, 'truck': 11.0, 'bus': 14.0, 'motorcycle': 4.0,
          'bicycle': 3.5, 'caravan': 8.0, 'trailer': 5.0}  # fmt: skip


_TOPS = {'car': 1.2, 'truck': 3.0, 'bus': 3.0, 'train': 3.4}


def _bulk(kind: str, x: float) -> tuple[float, float, float, float, float]:
    """Return the block whose shadow a vehicle throws."""
    wide, long = _FOOTPRINT.get(kind, (0.15, 0.7))
    return x, 0.9 * wide, 0.95 * long, 0.0, _TOPS.get(kind, 1.3)


def vehicle(kind: str, x: float, heading: float, lit: bool) -> Draw:
    """Return what draws a vehicle.

    Args:
        kind: Its kind.
        x: Place across the street in metres.
        heading: Where it goes, from the street's z to x in radians.
        lit: Whether its lamps shine.
    """
    if kind in ('bicycle', 'motorcycle'):
        return partial(_cycle, kind, x, heading, True)
    make = {
        'car': partial(_car, lit=lit),
        'truck': partial(heavy.truck, lit=lit),
        'bus': partial(heavy.bus, lit=lit),
        'train': partial(heavy.tram, lit=lit),
        'caravan': heavy.caravan,
        'trailer': heavy.trailer,
    }[kind]
    draw = draw_model(make, x, heading, kind, True, _FOOTPRINT[kind])
    return partial(_lamps, draw, kind, x, heading) if lit else draw


def _car(rng: np.random.Generator, lit: bool) -> Model:
    return (heavy.van if rng.random() < 0.15 else cars.car)(rng, lit)


def _lamps(
    draw: Draw,
    kind: str,
    x: float,
    heading: float,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    """Draw a vehicle and let its lamps shine."""
    draw(rng, painter, z)
    toward = np.cos(heading) < 0
    colour = np.array([0.9, 0.88, 0.8] if toward else [0.55, 0.03, 0.02])
    wide, long = _FOOTPRINT[kind]
    for side in (-0.62, 0.62):
        place = (x + side * wide, 0.8, z - 0.9 * long)
        radius = 0.45 if toward else 0.2
        painter.glow(place, radius, colour, kind, painter.instances)


def _cycle(
    kind: TwoWheeler,
    x: float,
    heading: float,
    ridden: bool,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    _, depth = painter.camera.pixels(np.array([x, 0, z]))
    if depth > 2.5:
        paint_cycle(rng, painter, (x, z), heading, kind, ridden)


def _walker(
    x: float,
    heading: float,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    _, depth = painter.camera.pixels(np.array([x, 0, z]))
    if depth > 2.0:
        paint_person(rng, painter, (x, z), heading)


def populate(
    rng: np.random.Generator, plan: Plan, lit: bool, easy: bool
) -> Iterator[Prop]:
    """Yield vehicles, riders and people.

    Args:
        rng: Source of randomness.
        plan: The street.
        lit: Whether lamps shine.
        easy: Whether there are few of them.
    """
    yield from _lanes(rng, plan, lit, 22.0 if easy else 13.0)
    for sign, side in plan.sides:
        yield from _parked(rng, plan, sign, side)
        yield from _walkers(rng, plan, sign, side, 3 if easy else 5)
    for place in plan.crossings:
        if place > 9 and rng.random() < 0.5:
            for _ in range(int(rng.integers(1, 4))):
                heading = float(rng.choice([-1, 1])) * np.pi / 2
                x = rng.uniform(-1, 1) * plan.half
                draw = partial(_walker, float(x), heading)
                z = place + rng.uniform(-1, 1)
                yield Prop(0, float(z), draw_seed(rng), draw)
    if plan.rails is not None and rng.random() < 0.6:
        oncoming = plan.rails < 0
        z = float(rng.uniform(26, 70))
        draw = vehicle('train', plan.rails, np.pi * oncoming, lit)
        yield Prop(0, z, draw_seed(rng), draw, -8.0 if oncoming else 8.0)


def _lanes(
    rng: np.random.Generator, plan: Plan, lit: bool, spacing: float
) -> Iterator[Prop]:
    """Yield moving vehicles in every lane, oncoming ones on the left."""
    lane = 2 * plan.half / plan.lanes
    for k in range(plan.lanes):
        x = -plan.half + (k + 0.5) * lane
        oncoming = x < 0
        heading = np.pi if oncoming else 0.0
        pace = float(rng.uniform(5, 12))
        pace = -pace if oncoming else pace
        z = rng.uniform(7, 26)
        while z < 110:
            kind = str(rng.choice(_KINDS, p=_SHARES))
            slim = kind in ('bicycle', 'motorcycle')
            aside = rng.normal(0, 0.2) + (0.3 * lane if slim else 0)
            place = x + aside * np.sign(x)
            draw = vehicle(kind, float(place), heading, lit)
            clear = _CLEAR[kind]
            on_rails = plan.rails is not None and abs(place - plan.rails) < 2
            if not on_rails or rng.random() < 0.4:
                bulk = _bulk(kind, float(place))
                yield Prop(0, float(z + clear / 2), draw_seed(rng), draw, pace,
                           bulk)  # fmt: skip
            z += clear + rng.exponential(spacing)


def _parked(
    rng: np.random.Generator, plan: Plan, sign: int, side: Side
) -> Iterator[Prop]:
    """Yield parked vehicles in the bays, and cycles on the sidewalk."""
    x = sign * (plan.half + 0.5 * side.bays)
    z = rng.uniform(2, 9)
    full = rng.uniform(0.3, 0.95)
    while side.bays and z < 100:
        kind = str(rng.choice(['car', 'truck', 'caravan', 'trailer',
                               'motorcycle'],
                              p=[0.86, 0.05, 0.025, 0.025, 0.04]))  # fmt: skip
        clear = _CLEAR[kind] * 0.9
        if rng.random() < full and not plan.open(z + clear / 2, 3):
            heading = 0.0 if sign > 0 else np.pi
            if kind == 'motorcycle':
                draw = partial(_cycle, kind, x, heading + 0.6, False)
            else:
                draw = vehicle(kind, x, heading, False)
            bulk = _bulk(kind, x)
            yield Prop(
                1, float(z + clear / 2), draw_seed(rng), draw, bulk=bulk
            )
        z += clear
    if side.walk < 1.5:
        return
    for _ in range(int(rng.poisson(1.6))):
        place = rng.uniform(6, 60)
        for k in range(int(rng.integers(1, 4))):
            heading = float(rng.choice([0.1, 1.4, 1.7]) + rng.normal(0, 0.1))
            x = sign * (plan.kerb(side) + rng.uniform(0.4, 0.8))
            draw = partial(_cycle, 'bicycle', float(x), heading, False)
            yield Prop(2, float(place + 0.7 * k), draw_seed(rng), draw)


def _walkers(
    rng: np.random.Generator, plan: Plan, sign: int, side: Side, mean: float
) -> Iterator[Prop]:
    """Yield people on the sidewalk."""
    if side.walk < 1.2 or plan.style == 'road':
        return
    for _ in range(int(rng.poisson(mean))):
        z = float(min(rng.gamma(2.0, 14.0) + 6, 0.6 * REACH))
        heading = float(rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2],
                                   p=[0.4, 0.4, 0.1, 0.1]))  # fmt: skip
        heading += float(rng.normal(0, 0.15))
        inside = rng.uniform(0.5, side.walk - 0.3)
        x = float(sign * (plan.kerb(side) + inside))
        draw = partial(_walker, x, heading)
        pace = 1.3 * float(np.cos(heading))
        yield Prop(2, z, draw_seed(rng), draw, pace)
