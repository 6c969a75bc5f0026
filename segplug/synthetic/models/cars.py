"""Cars, vans, trucks, buses, trains, caravans and trailers."""

from __future__ import annotations

import numpy as np

from .faces import Face, Model, Part, box, disc, extrude, quad

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


def sample_bright(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of a bus, tram or truck: vivid or white."""
    if rng.random() < 0.35:
        return (np.ones(3) * rng.uniform(0.7, 0.95)).astype(np.float32)
    colour = rng.uniform(0.05, 0.5, 3)
    colour[int(rng.integers(3))] = rng.uniform(0.5, 0.9)
    return colour.astype(np.float32)


def _wheels(
    half: float, places: tuple[float, ...], radius: float
) -> tuple[Face, ...]:
    """Return tyres and hubs on both sides of a body."""
    faces = []
    for side in (-1.0, 1.0):
        for z in places:
            x = side * (half + 0.01)
            arch = (x, radius + 0.04, z)
            faces.append(disc(arch, 1.18 * radius, side, 0.6 * RUBBER))
            faces.append(disc((x, radius, z), radius, side, RUBBER))
            faces.append(disc((x, radius, z), 0.6 * radius, side, METAL, 10))
    return tuple(faces)


def _lamps(
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
    wheels = _wheels(half, (rear + 0.8, front - 0.85), 0.32)
    lower = Part((*body, *wheels, *_lamps(half, rear, front, 0.68, lit)))
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


def van(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a delivery van (labelled as a car or truck by its user)."""
    paint = sample_bright(rng) if rng.random() < 0.4 else sample_paint(rng)
    return Model((_coach(rng, paint, 5.2, 0.98, 2.3, 1.2, lit, panes=1),))


def bus(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a city bus."""
    paint = sample_bright(rng)
    length = float(rng.uniform(9, 13))
    return Model((_coach(rng, paint, length, 1.26, 3.1, 0.15, lit),))


def _coach(
    rng: np.random.Generator,
    paint: np.ndarray,
    length: float,
    half: float,
    tall: float,
    nose: float,
    lit: bool,
    panes: int = 0,
) -> Part:
    """Return a box on wheels with a strip of windows.

    Args:
        rng: Source of randomness.
        paint: RGB.
        length: In metres.
        half: Half-width in metres.
        tall: Height in metres.
        nose: How far the front leans back at the top.
        lit: Whether the lamps shine.
        panes: Side windows, 0 for one every 1.5 m along all of it.
    """
    rear, front = -length / 2, length / 2
    sill = 0.46 * tall
    profile = np.array(
        [[rear, 0.3], [front, 0.3], [front, sill], [front - nose, tall],
         [rear + 0.05, tall]]
    )  # fmt: skip
    edges = [RUBBER, paint, GLASS, paint, paint]
    faces = list(extrude(profile, np.full(5, half), edges, paint, gloss=0.12))
    count = panes or int(length / 1.5)
    reach = 0.9 if panes else length / count
    band = tall - sill - 0.35
    glass = GLASS if not lit or panes else np.array([0.8, 0.7, 0.45])
    for side in (-1.0, 1.0):
        for k in range(count):
            z = front - nose - 0.15 - (k + 1) * reach
            start = (side * (half + 0.012), sill, z if side > 0 else
                     z + reach - 0.15)  # fmt: skip
            along = (0, 0, side * (reach - 0.15))
            faces.append(
                quad(start, along, (0, band, 0), glass,
                     gloss=0.0 if lit else 0.4, glow=lit and not panes)
            )  # fmt: skip
    faces.append(
        quad((-0.8 * half, sill + 0.1, rear - 0.012), (1.6 * half, 0, 0),
             (0, 0.8 * band, 0), GLASS, gloss=0.4)
    )  # fmt: skip
    stripe = np.clip(paint * rng.uniform(0.3, 1.6), 0, 1).astype(np.float32)
    for side in (-1.0, 1.0):
        start = (side * (half + 0.011), 0.55, rear if side > 0 else front)
        faces.append(quad(start, (0, 0, side * length), (0, 0.25, 0), stripe))
    radius = 0.34 if panes else 0.48
    faces += _wheels(half, (rear + 0.22 * length, front - 0.2 * length),
                     radius)  # fmt: skip
    faces += _lamps(half, rear, front, 0.8, lit)
    return Part(tuple(faces))


def truck(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a truck: a cab and a box, tank-less bed or tipper."""
    paint, load = sample_bright(rng), sample_bright(rng)
    length = float(rng.uniform(5.5, 9))
    rear, front = -length / 2, length / 2
    cab = np.array(
        [[front - 1.8, 0.45], [front, 0.45], [front, 1.5],
         [front - 0.25, 2.7], [front - 1.8, 2.7]]
    )  # fmt: skip
    edges = [RUBBER, paint, GLASS, paint, paint]
    faces = list(extrude(cab, np.full(5, 1.15), edges, paint, gloss=0.1))
    for side in (-1.0, 1.0):
        z = front - 1.5 if side > 0 else front - 0.5
        faces.append(
            quad((side * 1.162, 1.55, z), (0, 0, side * 1.0), (0, 0.8, 0),
                 GLASS, gloss=0.4)
        )  # fmt: skip
    faces += _wheels(1.15, (front - 0.9,), 0.48)
    faces += _lamps(1.15, front - 1.8, front, 0.75, lit)[1:4:2]
    top = float(rng.choice([1.6, 3.3, 3.6]))
    cargo = [*box((-1.22, 0.95, rear), (1.22, top, front - 1.9), load, 0.05)]
    cargo.append(
        quad((-0.02, 1.0, rear - 0.012), (0.04, 0, 0), (0, top - 1.05, 0),
             RUBBER)
    )  # fmt: skip
    frame = [*box((-1.1, 0.55, rear), (1.1, 0.95, front - 1.9), 2 * RUBBER)]
    frame += _wheels(1.1, (rear + 0.9, rear + 2.0), 0.48)
    frame += _lamps(1.15, rear, front, 0.7, lit)[0:3:2]
    return Model((Part(tuple(frame + cargo)), Part(tuple(faces))))


def tram(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a tram or train of two or three wagons."""
    paint = sample_bright(rng)
    length = float(rng.uniform(11, 15))
    count = int(rng.integers(2, 4))
    wagons = []
    for k in range(count):
        wagon = Model((_coach(rng, paint, length, 1.3, 3.5, 0.5, lit),))
        shift = (k - (count - 1) / 2) * (length + 0.4)
        wagons += wagon.placed((0, 0, shift)).parts
    return Model(tuple(wagons))


def caravan(rng: np.random.Generator) -> Model:
    """Return a caravan without its car."""
    paint = (np.ones(3) * rng.uniform(0.8, 0.95)).astype(np.float32)
    length = float(rng.uniform(4.5, 6))
    rear, front = -length / 2, length / 2
    profile = np.array(
        [[rear, 0.4], [front, 0.4], [front + 0.1, 1.3], [front - 0.5, 2.55],
         [rear + 0.4, 2.55], [rear - 0.1, 1.3]]
    )  # fmt: skip
    faces = list(extrude(profile, np.full(6, 1.1), [paint] * 6, paint))
    stripe = sample_bright(rng)
    for side in (-1.0, 1.0):
        for z, wide in ((-1.4, 0.9), (0.4, 1.1)):
            z = z if side > 0 else z + wide
            pane = (side * 1.112, 1.4, z)
            faces.append(
                quad(pane, (0, 0, side * wide), (0, 0.6, 0), GLASS, gloss=0.3)
            )
        start = (side * 1.11, 0.9, rear if side > 0 else front)
        faces.append(quad(start, (0, 0, side * length), (0, 0.12, 0), stripe))
    faces.append(
        quad((-0.7, 1.45, rear - 0.06), (1.4, 0, 0), (0, 0.55, 0.18), GLASS,
             gloss=0.3)
    )  # fmt: skip
    faces += _wheels(1.1, (0.0,), 0.33)
    faces += _lamps(1.1, rear - 0.02, front, 0.6, False)[0:3:2]
    return Model((Part(tuple(faces)),))


def trailer(rng: np.random.Generator) -> Model:
    """Return a small open or covered trailer."""
    paint = sample_bright(rng) if rng.random() < 0.5 else METAL
    top = float(rng.choice([0.95, 1.9]))
    faces = [*box((-0.75, 0.45, -1.3), (0.75, top, 1.0), paint)]
    faces += _wheels(0.8, (-0.2,), 0.3)
    faces += _lamps(0.75, -1.3, 1.0, 0.55, False)[0:3:2]
    bar = box((-0.05, 0.4, 1.0), (0.05, 0.5, 2.2), 2 * RUBBER)
    return Model((Part(tuple(faces)), Part(bar)))
