"""What stands along a street: houses, trees, furniture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..models.faces import Model
from ..models.painter import Painter
from .barriers import barrier, block, board
from .facades import house
from .furniture import pole, sign_post, street_lamp, traffic_light
from .nature import bush, tree
from .overhead import on_the_road
from .plan import REACH, Plan, Side
from .props import Draw, Prop, draw_seed

_TALL = {'city': (8, 24), 'suburb': (5, 8), 'road': (5, 9)}
_BUILT = {'city': 0.88, 'suburb': 0.62, 'road': 0.12}


def furnish(
    rng: np.random.Generator, plan: Plan, lit: bool, season: str
) -> Iterator[Prop]:
    """Yield everything that stands along both sides of a street.

    Args:
        rng: Source of randomness.
        plan: The street.
        lit: Whether lamps and windows shine.
        season: State of the leaves.
    """
    for sign, side in plan.sides:
        yield from _fronts(rng, plan, sign, side, lit, season)
        yield from _verge(rng, plan, sign, side, season)
        yield from _sidewalk(rng, plan, sign, side, lit, season)
    yield from on_the_road(rng, plan)


def _fronts(
    rng: np.random.Generator,
    plan: Plan,
    sign: int,
    side: Side,
    lit: bool,
    season: str,
) -> Iterator[Prop]:
    """Yield houses and what fills the gaps between them."""
    front = plan.front(side)
    z = -14.0
    while z < REACH + 20:
        long = float(rng.uniform(9, 24) if plan.style == 'city' else
                     rng.uniform(8, 14))  # fmt: skip
        middle = z + long / 2
        if plan.open(middle, long / 2 - 1):
            z += 4.0
            continue
        built = rng.random() < _BUILT[plan.style]
        if built:
            tall = float(rng.uniform(*_TALL[plan.style]))
            draw = _house(rng, plan, sign, front, (12.0, tall, long), lit)
            bulk = (sign * (front + 6), 6.0, long / 2, 0.0, tall)
            yield Prop(4, middle, draw_seed(rng), draw, bulk=bulk)
            z += long + (0 if plan.style == 'city' else rng.uniform(2, 6))
        else:
            yield from _gap(rng, plan, sign, front, (z, z + 10), season)
            z += 10


def _house(
    rng: np.random.Generator,
    plan: Plan,
    sign: int,
    front: float,
    size: tuple[float, float, float],
    lit: bool,
) -> Draw:
    share = float(rng.uniform(0.1, 0.6)) if lit else 0.0
    gabled = plan.style != 'city' or rng.random() < 0.15
    back = 0.0 if plan.style == 'city' else float(rng.uniform(0, 3))
    return partial(_draw_house, sign, front + back, size, share, gabled)


def _draw_house(
    sign: int,
    front: float,
    size: tuple[float, float, float],
    share: float,
    gabled: bool,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    noise = painter.studio.noise
    model: Model = house(rng, noise, sign, size, share, gabled)
    painter.model(model.placed((sign * front, 0.0, z)), 'building')


def _gap(
    rng: np.random.Generator,
    plan: Plan,
    sign: int,
    front: float,
    ends: tuple[float, float],
    season: str,
) -> Iterator[Prop]:
    """Yield a wall, fence or hedge with trees behind it."""
    middle, long = (ends[0] + ends[1]) / 2, ends[1] - ends[0]
    for _ in range(int(rng.integers(1, 4))):
        x = sign * (front + rng.uniform(3, 12))
        tall = rng.uniform(5, 13)
        z = middle + rng.uniform(-0.5, 0.5) * long
        yield Prop(5, z, draw_seed(rng), tree(x, tall, season))
    kinds = ('wall', 'fence', 'garage', '')
    kind = str(rng.choice(kinds, p=(0.34, 0.36, 0.1, 0.2)))
    if kind == 'garage':
        x = sign * (front + 2.5)
        yield Prop(4, middle, draw_seed(rng), block(kind, x, (5, 2.6, 6)))
    elif kind:
        tall = float(rng.uniform(1.2, 2.4))
        draw = barrier(kind, sign * front, long, tall, sign)
        yield Prop(4, middle, draw_seed(rng), draw)
    else:
        for z in np.arange(ends[0], ends[1], 1.6):
            draw = bush(sign * (front + 0.5), rng.uniform(1.0, 2), season)
            yield Prop(4, float(z), draw_seed(rng), draw)


def _planted(
    rng: np.random.Generator,
    band: int,
    x: float,
    z: float,
    tall: tuple[float, float],
    season: str,
) -> Prop:
    """Return a tree that throws a shadow."""
    size = float(rng.uniform(*tall))
    wide = 0.12 * size if season == 'winter' else 0.25 * size
    bulk = (x, wide, wide, 0.4 * size, size)
    return Prop(band, z, draw_seed(rng), tree(x, size, season), bulk=bulk)


def _verge(
    rng: np.random.Generator, plan: Plan, sign: int, side: Side, season: str
) -> Iterator[Prop]:
    """Yield trees, bushes, fences and billboards on the grass."""
    if side.verge < 0.8:
        return
    inner = plan.kerb(side) + side.walk
    z = rng.uniform(0, 8)
    while z < REACH:
        if not plan.open(z, 2):
            x = sign * (inner + rng.uniform(0.3, 0.9) * side.verge)
            if rng.random() < 0.6:
                yield _planted(rng, 3, x, float(z), (4, 11), season)
            else:
                draw = bush(x, rng.uniform(0.6, 1.8), season)
                yield Prop(3, float(z), draw_seed(rng), draw)
        z += rng.uniform(4, 14)
    if plan.style == 'road':
        kind = str(rng.choice(['guard rail', 'wall', 'fence', '']))
        tall = {'wall': 3.0, 'fence': 1.6}.get(kind, 0.8)
        for z in np.arange(0, REACH, 8.0) if kind else ():
            draw = barrier(kind, sign * (inner + 0.4), 8, tall, sign)
            yield Prop(2, float(z), draw_seed(rng), draw)
    elif plan.style == 'suburb' and rng.random() < 0.6:
        kind = str(rng.choice(['fence', 'wall']))
        for z in np.arange(2, REACH, 6.0):
            if rng.random() < 0.8 and not plan.open(float(z), 3):
                draw = barrier(kind, sign * (inner + 0.2), 6, 1.1, sign)
                yield Prop(3, float(z), draw_seed(rng), draw)
    if rng.random() < 0.4:
        x = sign * (inner + 0.7 * side.verge)
        size = (rng.uniform(3, 5), rng.uniform(1.8, 3))
        draw = board('billboard', x, rng.uniform(1, 3), size, True)
        yield Prop(3, float(rng.uniform(15, 60)), draw_seed(rng), draw)


def _sidewalk(
    rng: np.random.Generator,
    plan: Plan,
    sign: int,
    side: Side,
    lit: bool,
    season: str,
) -> Iterator[Prop]:
    """Yield lamps, signs, lights, bins and street trees near the kerb."""
    kerb = plan.kerb(side)
    x = sign * (kerb + 0.4)
    step, start = rng.uniform(18, 30), rng.uniform(0, 20)
    for z in np.arange(start, REACH, step):
        yield Prop(2, float(z), draw_seed(rng), street_lamp(x, lit))
    for _ in range(int(rng.poisson(7 if plan.style == 'city' else 4))):
        kind = 'traffic sign' if rng.random() < 0.8 else 'parking sign'
        z = float(rng.uniform(5, 90))
        yield Prop(2, z, draw_seed(rng), sign_post(x, kind))
    state = int(rng.choice(3, p=(0.45, 0.1, 0.45)))
    for start, _ in plan.junctions:
        if rng.random() < 0.75:
            over = x - sign * rng.uniform(2, 4) if rng.random() < 0.4 else x
            draw = traffic_light(x, over, state, lit)
            yield Prop(2, start - 1.2, draw_seed(rng), draw)
    if side.walk > 2.2 and rng.random() < 0.5:
        step = rng.uniform(8, 14)
        for z in np.arange(rng.uniform(2, 10), REACH, step):
            if not plan.open(float(z), 2):
                yield _planted(rng, 2, x, float(z), (4, 9), season)
    for _ in range(int(rng.poisson(4))):
        size = tuple(rng.uniform((0.3, 0.7, 0.3), (0.9, 1.5, 1.2)))
        draw = block('static', sign * (kerb + 0.7), size)
        yield Prop(2, float(rng.uniform(5, 80)), draw_seed(rng), draw)
    if rng.random() < 0.15:
        for k in range(int(rng.integers(2, 4))):
            draw = partial(_post, x + 0.12 * k * sign)
            yield Prop(2, float(start + 0.1 * k), draw_seed(rng), draw)
    for _ in range(int(rng.poisson(1.0))):
        device = board('traffic device', x, 0, (0.35, 1.2), False)
        yield Prop(2, float(rng.uniform(8, 50)), draw_seed(rng), device)


def _post(
    x: float, rng: np.random.Generator, painter: Painter, z: float
) -> None:
    """Paint one of several posts that stand close together."""
    pole(painter, x, z, 4.0 + rng.random(), 0.06, 'polegroup')
