"""Walls, fences, rails, boxes, cones and boards."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..models.faces import Model, Part, box, quad
from ..models.painter import Painter
from ..planes import muted
from ..textures import Material
from .furniture import STEEL, pole
from .nature import rod
from .props import Draw


def barrier(
    kind: str, x: float, length: float, tall: float, sign: int
) -> Draw:
    """Return what draws a stretch of wall, fence, rail or hedge.

    Args:
        kind: Its kind.
        x: Place across the street.
        length: Along the street in metres.
        tall: Height in metres.
        sign: Side of the street.
    """
    return partial(_barrier, kind, x, length, tall, sign)


def _barrier(
    kind: str,
    x: float,
    length: float,
    tall: float,
    sign: int,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    z0, z1 = z - length / 2, z + length / 2
    if kind == 'fence':
        _fence(rng, painter, x, (z0, z1), tall, sign)
        return
    if kind == 'guard rail':
        paint = np.array([0.55, 0.56, 0.57], np.float32)
        near = painter.camera.position[2] + 50
        for place in np.arange(z0, min(z1, near), 3.0):
            pole(painter, x, place, 0.7, 0.05, 'guard rail')
        start, along = (z0, length) if sign < 0 else (z1, -length)
        for y in (0.45, 0.62):
            corner, tone = (x - 0.03 * sign, y, start), paint * (0.8 + y / 2)
            band = quad(corner, (0, 0, along), (0, 0.15, 0), tone,
                        two_sided=True)  # fmt: skip
            painter.face(band, kind)
        return
    half = 0.2 if kind == 'wall' else 0.35
    colour = muted(rng, 0.45, 0.12)
    material = Material(
        tuple(float(c) for c in np.clip(colour, 0.05, 0.9)),
        tuple(float(c) for c in np.clip(colour * 0.6, 0.03, 0.9)),
        'bricks' if rng.random() < 0.5 else 'marble',
        0.03,
        np.pi / 2,
        0.08,
    )
    noise = painter.studio.noise

    def shade(s: np.ndarray, t: np.ndarray, size: np.ndarray) -> np.ndarray:
        return material.albedo(s / 16, t / 16, noise).astype(np.float32)

    wall = box((x - half, 0, z0), (x + half, tall, z1), shade)
    painter.model(Model((Part(wall),)), kind)


def _fence(
    rng: np.random.Generator,
    painter: Painter,
    x: float,
    ends: tuple[float, float],
    tall: float,
    sign: int,
) -> None:
    """Paint a fence of boards, or of bars that one sees through."""
    z0, z1 = ends
    start, along = (z0, z1 - z0) if sign < 0 else (z1, z0 - z1)
    tone = muted(rng, 0.4, 0.15)
    if rng.random() < 0.5:
        tone = np.array([0.36, 0.25, 0.15], np.float32) * rng.uniform(0.7, 1.5)

    def boards(s: np.ndarray, t: np.ndarray, size: np.ndarray) -> np.ndarray:
        gap = np.abs(np.mod(s, 0.16) - 0.08)
        dark = np.clip((0.02 - gap) / size + 0.5, 0, np.minimum(
            1, 0.04 / size))  # fmt: skip
        rail = np.abs(np.abs(t - 0.5 * tall) - 0.3 * tall) < 0.05
        tint = 1 - 0.65 * dark + 0.15 * rail
        return (np.asarray(tone, np.float32) * tint[..., None]).astype('f4')

    face = quad((x, 0, start), (0, 0, along), (0, tall, 0), boards,
                two_sided=True)  # fmt: skip
    painter.face(face, 'fence')
    for place in np.arange(z0, z1, 2.5):
        points = np.array([[x, 0, place], [x, tall * 1.05, place]])
        _, depth = painter.camera.pixels(points[0])
        if depth > 50:
            break
        rod(painter, points, np.array([0.05, 0.05]), STEEL, 'fence', depth)


def block(kind: str, x: float, size: tuple[float, float, float]) -> Draw:
    """Return what draws a box: a bin, a cabinet, a kiosk, a garage.

    Args:
        kind: Its kind.
        x: Place of its middle across the street.
        size: Width, height and length in metres.
    """
    return partial(_block, kind, x, size)


def _block(
    kind: str,
    x: float,
    size: tuple[float, float, float],
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    wide, tall, long = size
    colour = muted(rng, 0.4, 0.2)
    low = (x - wide / 2, 0, z - long / 2)
    faces = list(box(low, (x + wide / 2, tall, z + long / 2), colour))
    corner = (x - 0.35 * wide, 0.1 * tall, z - long / 2 - 0.01)
    door = quad(corner, (0.7 * wide, 0, 0), (0, 0.7 * tall, 0), 0.7 * colour)
    painter.model(Model((Part((*faces, door)),)), kind)


def cone(x: float) -> Draw:
    """Return what draws a traffic cone."""
    return partial(_cone, x)


def _cone(
    x: float, rng: np.random.Generator, painter: Painter, z: float
) -> None:
    _, depth = painter.camera.pixels(np.array([x, 0, z]))
    if depth < 1:
        return
    orange = Material((0.9, 0.28, 0.05))
    white = Material((0.92, 0.9, 0.88))
    for low, high, material in ((0, 0.7, orange), (0.28, 0.45, white)):
        points = np.array([[x, low, z], [x, high, z]])
        radii = 0.2 - 0.24 * np.array([low, high])
        rod(painter, points, radii, material, 'traffic cone', depth)


def board(
    kind: str, x: float, y: float, size: tuple[float, float], posts: bool
) -> Draw:
    """Return what draws a billboard, a banner or the back of a sign.

    Args:
        kind: Its kind.
        x: Place of its middle across the street.
        y: Height of its lower edge in metres.
        size: Width and height in metres.
        posts: Whether posts carry it.
    """
    return partial(_board, kind, x, y, size, posts)


def _board(
    kind: str,
    x: float,
    y: float,
    size: tuple[float, float],
    posts: bool,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    wide, tall = size
    if posts:
        for side in (-0.4, 0.4):
            pole(painter, x + side * wide, z, y + 0.1, 0.08)
    first, second = rng.uniform(0.1, 0.9, (2, 3)).astype(np.float32)
    corner = (x - wide / 2, y, z)
    painter.face(quad(corner, (wide, 0, 0), (0, tall, 0), first), kind)
    for _ in range(3):
        left, low = rng.uniform(0.05, 0.5, 2)
        part = quad(
            (x - wide / 2 + left * wide, y + low * tall, z - 0.02),
            (rng.uniform(0.1, 0.45) * wide, 0, 0),
            (0, rng.uniform(0.1, 0.4) * tall, 0),
            second * rng.uniform(0.5, 1.2),
        )
        painter.face(part, kind)
