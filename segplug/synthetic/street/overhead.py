"""What stands in the middle of a street or hangs over it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from ..models.faces import quad
from ..models.painter import Painter
from ..planes import muted
from .barriers import barrier, block, board, cone
from .plan import REACH, Plan
from .props import Prop, draw_seed


def on_the_road(rng: np.random.Generator, plan: Plan) -> Iterator[Prop]:
    """Yield what stands on or hangs over the road."""
    if plan.divided:
        for z in np.arange(0, REACH, 8.0):
            if not plan.open(float(z), 5):
                draw = barrier('lane divider', 0.0, 8, 0.8, -1)
                yield Prop(0, float(z), draw_seed(rng), draw)
    if rng.random() < 0.2:
        place = float(rng.uniform(8, 30))
        x = float(rng.choice([-1, 1])) * rng.uniform(0.75, 0.95) * plan.half
        for k in range(int(rng.integers(3, 8))):
            yield Prop(0, place + 2.2 * k, draw_seed(rng), cone(x))
    if plan.style == 'city' and rng.random() < 0.15:
        size = (1.7 * plan.half, rng.uniform(0.8, 1.3))
        draw = board('banner', 0.0, rng.uniform(5, 6), size, False)
        yield Prop(0, float(rng.uniform(20, 50)), draw_seed(rng), draw)
    if rng.random() < 0.25:
        size = tuple(rng.uniform((0.4, 0.5, 0.4), (0.9, 1.1, 0.9)))
        draw = block('dynamic', rng.uniform(-0.9, 0.9) * plan.half, size)
        yield Prop(0, float(rng.uniform(15, 45)), draw_seed(rng), draw)
    if rng.random() < (0.35 if plan.style == 'road' else 0.07):
        wide = plan.front(plan.left) + plan.front(plan.right) - 1
        x = (plan.front(plan.right) - plan.front(plan.left)) / 2
        kind = 'tunnel' if rng.random() < 0.3 else 'bridge'
        draw = partial(_bridge, kind, x, wide)
        yield Prop(0, float(rng.uniform(40, 90)), draw_seed(rng), draw)
    if plan.style != 'suburb' and rng.random() < 0.3:
        size = (rng.uniform(2.5, 4), rng.uniform(1.2, 1.8))
        place, x = float(rng.uniform(25, 70)), rng.uniform(-0.2, 0.6)
        draw = partial(_gantry, x * plan.half, plan.kerb(plan.right), size)
        yield Prop(0, place, draw_seed(rng), draw)


def _bridge(
    kind: str,
    x: float,
    wide: float,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    """Paint a bridge across the street, or the mouth of a tunnel."""
    tall = rng.uniform(5, 6.5)
    if kind == 'tunnel':
        dark = np.array([0.03, 0.03, 0.035], np.float32)
        corner = (x - wide / 2, 0.0, z + 2)
        mouth = quad(corner, (wide, 0, 0), (0, tall, 0), dark)
        painter.face(mouth, kind)
    deck = 4.0 if kind == 'tunnel' else 1.6
    tone = muted(rng, 0.45, 0.1)
    corner = (x - wide / 2, tall, z)
    painter.face(quad(corner, (wide, 0, 0), (0, deck, 0), tone), kind)
    for side in (-1, 1):
        size = (1.2, tall, 3.0)
        place = x + side * (wide / 2 - 0.8)
        block(kind, place, size)(rng, painter, z + 1.5)


def _gantry(
    x: float,
    kerb: float,
    size: tuple[float, float],
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    """Paint a large sign over the road on two posts."""
    tall = 5.2
    posts = (kerb + 0.5, 0.0, (0.2, tall + 1.5, 0.2))
    for side in (-1, 1):
        block('pole', side * posts[0], posts[2])(rng, painter, z + 0.2)
    board('pole', 0.0, tall + 0.6, (2 * posts[0], 0.18), False)(
        rng, painter, z + 0.1
    )
    board('traffic sign', x, tall, size, False)(rng, painter, z)
