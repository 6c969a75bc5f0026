"""Poles, lamps, signs and lights."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..models.faces import Face, Model, Part, box, quad
from ..models.painter import Painter
from ..textures import Material
from .nature import rod
from .props import Draw

STEEL = Material((0.42, 0.43, 0.44), grain=0.03)
_DARK = np.array([0.07, 0.08, 0.08], np.float32)
_LIGHTS = np.array([[1.0, 0.1, 0.05], [1.0, 0.65, 0.05], [0.1, 0.95, 0.4]])


def pole(
    painter: Painter,
    x: float,
    z: float,
    tall: float,
    radius: float = 0.07,
    kind: str = 'pole',
) -> float:
    """Paint an upright pole.

    Args:
        painter: What paints.
        x: Place across the street in metres.
        z: Place along it.
        tall: Height in metres.
        radius: At the foot, in metres.
        kind: Kind of its pixels.

    Returns:
        Its depth in metres.
    """
    points = np.array([[x, 0, z], [x, tall, z]])
    _, depth = painter.camera.pixels(points[0])
    if depth > 1:
        radii = np.array([radius, 0.75 * radius])
        rod(painter, points, radii, STEEL, kind, depth)
    return depth


def street_lamp(x: float, lit: bool) -> Draw:
    """Return what draws a lamp post that leans over the road."""
    return partial(_lamp, x, lit)


def _lamp(
    x: float,
    lit: bool,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    tall = rng.uniform(6, 9)
    depth = pole(painter, x, z, tall, 0.09)
    if depth < 1.5:
        return
    tip = x - np.sign(x) * rng.uniform(0.8, 2.0)
    arm = np.array([[x, tall - 0.05, z], [tip, tall + 0.15, z]])
    rod(painter, arm, np.array([0.05, 0.04]), STEEL, 'pole', depth)
    low, high = sorted((tip - 0.1 * np.sign(x), tip - 0.75 * np.sign(x)))
    colour = np.array([1.0, 0.9, 0.65] if lit else [0.6, 0.6, 0.58])
    head = box((low, tall, z - 0.15), (high, tall + 0.2, z + 0.15),
               colour.astype(np.float32))  # fmt: skip
    head = tuple(Face(f.points, f.paint, glow=lit) for f in head)
    painter.model(Model((Part(head),)), 'street light')
    if lit:
        lamp = (tip - 0.4 * np.sign(x), tall + 0.1, z - 0.15)
        colour = np.array([1.0, 0.8, 0.5])
        painter.glow(lamp, 0.9, colour, 'street light')


def sign_post(x: float, kind: str = 'traffic sign') -> Draw:
    """Return what draws a post with one or two signs."""
    return partial(_sign, x, kind)


def _sign(
    x: float,
    kind: str,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    tall = rng.uniform(2.3, 3.2)
    depth = pole(painter, x, z, tall, 0.04)
    if depth < 1.5:
        return
    back = rng.random() < 0.15 and kind == 'traffic sign'
    y = tall - 0.1
    for _ in range(int(rng.integers(1, 3)) if not back else 1):
        for face in _plate(rng, x, y, z - 0.06, kind, back):
            painter.face(face, 'traffic sign frame' if back else kind)
        y -= 0.8


def _plate(
    rng: np.random.Generator,
    x: float,
    y: float,
    z: float,
    kind: str,
    back: bool,
) -> list[Face]:
    """Return a round, three-cornered, square or long plate."""
    if back:
        return [_shape(x, y, z, 0.33, 16, np.array([0.45, 0.46, 0.47]))]
    red, blue = np.array([0.75, 0.05, 0.06]), np.array([0.06, 0.2, 0.6])
    white = np.array([0.92, 0.92, 0.9])
    if kind == 'parking sign':
        plate = _shape(x, y, z, 0.42, 4, blue)
        letter = quad((x - 0.1, y - 0.2, z - 0.01), (0.07, 0, 0), (0, 0.4, 0),
                      white)  # fmt: skip
        loop = quad((x - 0.1, y + 0.0, z - 0.012), (0.22, 0, 0), (0, 0.2, 0),
                    white)  # fmt: skip
        return [plate, letter, loop]
    style = int(rng.integers(5))
    if style == 0:
        ring = _shape(x, y, z, 0.38, 18, red)
        return [ring, _shape(x, y, z - 0.01, 0.27, 18, white),
                quad((x - 0.12, y - 0.06, z - 0.02), (0.24, 0, 0),
                     (0, 0.12, 0), _DARK)]  # fmt: skip
    if style == 1:
        edge = _shape(x, y, z, 0.48, 3, red)
        return [edge, _shape(x, y - 0.01, z - 0.01, 0.3, 3, white)]
    if style == 2:
        return [_shape(x, y, z, 0.36, 18, blue),
                quad((x - 0.05, y - 0.2, z - 0.01), (0.1, 0, 0), (0, 0.4, 0),
                     white)]  # fmt: skip
    if style == 3:
        return [_shape(x, y, z, 0.42, 8, red),
                quad((x - 0.25, y - 0.07, z - 0.01), (0.5, 0, 0),
                     (0, 0.14, 0), white)]  # fmt: skip
    ground = (white, blue, np.array([0.9, 0.75, 0.1]),
              np.array([0.05, 0.35, 0.2]))[int(rng.integers(4))]  # fmt: skip
    wide = rng.uniform(0.5, 0.9)
    board = quad((x - wide, y - 0.3, z), (2 * wide, 0, 0), (0, 0.6, 0),
                 ground)  # fmt: skip
    text = white if ground.mean() < 0.5 else _DARK
    rows = [
        quad((x - 0.8 * wide, y + dy, z - 0.01),
             (rng.uniform(0.8, 1.6) * wide, 0, 0), (0, 0.1, 0), text)
        for dy in (-0.18, 0.06)
    ]  # fmt: skip
    return [board, *rows]


def _shape(
    x: float, y: float, z: float, radius: float, corners: int, rgb: np.ndarray
) -> Face:
    """Return a regular plate that faces the near end of the street."""
    angle = 2 * np.pi * np.arange(corners) / corners
    angle += np.pi / 4 if corners == 4 else np.pi / 2
    points = np.stack(
        [x + radius * np.cos(angle), y + radius * np.sin(angle),
         np.full(corners, z)],
        axis=1,
    )  # fmt: skip
    return Face(points, np.asarray(rgb, np.float32))


def traffic_light(x: float, over: float, state: int, lit: bool) -> Draw:
    """Return what draws a traffic light.

    Args:
        x: Place of the pole.
        over: x of a second light on an arm over the road, or x for none.
        state: 0 red, 1 amber, 2 green.
        lit: Whether it is dark enough for a glow.
    """
    return partial(_traffic_light, x, over, state, lit)


def _traffic_light(
    x: float,
    over: float,
    state: int,
    lit: bool,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    arm = over != x
    tall = 5.8 if arm else 3.4
    depth = pole(painter, x, z, tall, 0.09 if arm else 0.06)
    if depth < 1.5:
        return
    if arm:
        beam = np.array([[x, 5.7, z], [over, 5.85, z]])
        rod(painter, beam, np.array([0.07, 0.05]), STEEL, 'pole', depth)
        _head(painter, over, 5.0, z, state, lit)
    _head(painter, x, 2.5, z, state, lit)


def _head(
    painter: Painter, x: float, y: float, z: float, state: int, lit: bool
) -> None:
    """Paint a case of three lamps whose foot is at y."""
    case = box((x - 0.18, y, z - 0.35), (x + 0.18, y + 1.0, z - 0.1), _DARK)
    faces = list(case)
    for k in range(3):
        on = k == state
        rgb = _LIGHTS[k] * (1.3 if on else 0.18)
        place = y + 0.83 - 0.33 * k
        lamp = _shape(x, place, z - 0.36, 0.12, 10, rgb)
        faces.append(Face(lamp.points, lamp.paint, glow=on))
        if on and lit:
            painter.glow((x, place, z - 0.36), 0.35, 0.8 * _LIGHTS[k],
                         'traffic light')  # fmt: skip
    painter.model(Model((Part(tuple(faces)),)), 'traffic light')
