"""Cars, and what other vehicles share with them."""

from __future__ import annotations

import numpy as np

from .faces import Face, Model, Part, disc, extrude, quad

GLASS = np.array([0.10, 0.13, 0.16], np.float32)
RUBBER = np.array([0.05, 0.05, 0.055], np.float32)
METAL = np.array([0.55, 0.56, 0.58], np.float32)
_RED = np.array([0.75, 0.06, 0.05], np.float32)
_WHITE = np.array([0.95, 0.95, 0.9], np.float32)
_PAINTS = np.array(
    [[0.85, 0.86, 0.87], [0.55, 0.57, 0.6], [0.28, 0.29, 0.31],
     [0.07, 0.07, 0.08], [0.55, 0.08, 0.08], [0.1, 0.18, 0.42],
     [0.08, 0.28, 0.22], [0.6, 0.5, 0.35], [0.75, 0.6, 0.12],
     [0.35, 0.55, 0.7]]
)  # fmt: skip
_PAINT_SHARES = (0.2, 0.18, 0.15, 0.2, 0.08, 0.08, 0.03, 0.04, 0.02, 0.02)


def sample_paint(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of a car."""
    index = int(rng.choice(len(_PAINTS), p=_PAINT_SHARES))
    colour = _PAINTS[index] * np.exp(rng.normal(0, 0.12, 3))
    return np.clip(colour, 0.03, 0.95).astype(np.float32)


def wheels(
    half: float, places: tuple[float, ...], radius: float
) -> tuple[Face, ...]:
    """Return tyres and hubs on both sides of a body."""
    faces = []
    for side in (-1.0, 1.0):
        for z in places:
            x = side * (half + 0.01)
            faces.append(disc((x, radius, z), radius, side, RUBBER))
            faces.append(disc((x, radius, z), 0.6 * radius, side, METAL, 10))
    return tuple(faces)


def lamps(
    half: float, rear: float, front: float, y: float, lit: bool
) -> tuple[Face, ...]:
    """Return red lamps behind and white lamps ahead, and two plates."""
    wide, tall = 0.2 * half, 0.16
    faces = []
    for side in (-1, 1):
        x = side * (half - 0.6 * wide) - wide / 2
        red = quad((x, y, rear - 0.01), (wide, 0, 0), (0, tall, 0),
                   _RED, glow=lit)  # fmt: skip
        white = quad((x + wide, y - 0.08, front + 0.01), (-wide, 0, 0),
                     (0, tall, 0), _WHITE, glow=lit)  # fmt: skip
        faces += [red, white]
    plate = 0.26
    faces.append(
        quad(
            (-plate, 0.45, rear - 0.015),
            (2 * plate, 0, 0),
            (0, 0.13, 0),
            _WHITE,
        )  # fmt: skip
    )
    faces.append(
        quad(
            (plate, 0.35, front + 0.015),
            (-2 * plate, 0, 0),
            (0, 0.13, 0),
            _WHITE,
        )  # fmt: skip
    )
    return tuple(faces)


def _cabin(
    paint: np.ndarray,
    base: tuple[float, float],
    roof: tuple[float, float],
    heights: tuple[float, float],
    halves: tuple[float, float],
) -> Part:
    """Return a glasshouse that narrows upward.

    Args:
        paint: RGB of roof and pillars.
        base: Rear and front z at the bottom.
        roof: Rear and front z at the top.
        heights: y of bottom and top.
        halves: Half-widths at bottom and top.
    """
    (r0, f0), (r1, f1) = base, roof
    low, high = heights
    profile = np.array([[r0, low], [f0, low], [f1, high], [r1, high]])
    widths = np.array([halves[0], halves[0], halves[1], halves[1]])
    edges = [paint, paint, paint, paint]
    faces = list(extrude(profile, widths, edges, paint, gloss=0.25))
    middle = 0.48 * (r0 + f0)
    for side in (-1, 1):
        for rear, front in ((0, 1), (1, 2)):
            bottom = (r0 + 0.12, middle, f0 - 0.12)
            top = (r1 + 0.12, middle, f1 - 0.12)
            faces.append(
                _pane(
                    side,
                    (bottom[rear] + 0.04, bottom[front] - 0.04),
                    (top[rear] + 0.04, top[front] - 0.04),
                    heights,
                    halves,
                )
            )
    for z0, z1, way in ((r0, r1, -1), (f0, f1, 1)):
        faces.append(_screen(z0, z1, way, heights, halves))
    return Part(tuple(faces))


def _pane(
    side: int,
    bottom: tuple[float, float],
    top: tuple[float, float],
    heights: tuple[float, float],
    halves: tuple[float, float],
) -> Face:
    """Return a side window a little above the surface of a cabin."""
    low = heights[0] + 0.04
    high = heights[1] - 0.08
    span = heights[1] - heights[0]
    share = (low - heights[0]) / span, (high - heights[0]) / span
    wide = [halves[0] + s * (halves[1] - halves[0]) + 0.01 for s in share]
    points = np.array(
        [
            [side * wide[0], low, bottom[0]],
            [side * wide[0], low, bottom[1]],
            [side * wide[1], high, top[1]],
            [side * wide[1], high, top[0]],
        ]
    )
    return Face(points if side > 0 else points[::-1], GLASS, gloss=0.45)


def _screen(
    z0: float,
    z1: float,
    way: int,
    heights: tuple[float, float],
    halves: tuple[float, float],
) -> Face:
    """Return a windscreen or rear window."""
    rim = 0.08
    low, high = halves[0] - rim, halves[1] - rim
    points = np.array(
        [
            [-low, heights[0] + 0.02, z0 + 0.012 * way],
            [low, heights[0] + 0.02, z0 + 0.012 * way],
            [high, heights[1] - 0.06, z1 + 0.012 * way],
            [-high, heights[1] - 0.06, z1 + 0.012 * way],
        ]
    )
    return Face(points if way < 0 else points[::-1], GLASS, gloss=0.45)


def car(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a saloon, estate, hatchback or off-road car."""
    style = int(rng.integers(4))
    paint = sample_paint(rng)
    length = (4.6, 4.7, 3.9, 4.5)[style] * rng.uniform(0.93, 1.05)
    half = (0.9, 0.9, 0.86, 0.95)[style]
    belt = (0.92, 0.92, 0.93, 1.1)[style]
    roof = (1.42, 1.47, 1.48, 1.75)[style] * rng.uniform(0.97, 1.03)
    rear, front = -length / 2, length / 2
    profile = np.array(
        [[rear + 0.1, 0.25], [front - 0.1, 0.25], [front, 0.45],
         [front - 0.05, belt - 0.28], [front - 0.3, belt - 0.12],
         [0.2 * length, belt], [rear + 0.1, belt], [rear, belt - 0.25],
         [rear, 0.45]]
    )  # fmt: skip
    shade = (0.45 * paint).astype(np.float32)
    edges = [RUBBER, shade, paint, paint, paint, paint, paint, paint, shade]
    halves = np.full(len(profile), half)
    body = extrude(profile, halves, edges, paint, gloss=0.18)
    tyres = wheels(half, (rear + 0.8, front - 0.85), 0.32)
    lower = Part((*body, *tyres, *lamps(half, rear, front, 0.68, lit)))
    tail = (
        (rear + 0.75, rear + 1.3) if style == 0 else (rear + 0.1, rear + 0.5)
    )
    upper = _cabin(
        paint,
        (tail[0], 0.22 * length),
        (tail[1], 0.02 * length),
        (belt, roof),
        (half - 0.03, half - 0.2),
    )
    return Model((lower, upper))
