"""Rooms: walls, floors and what hangs or stands along the walls."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .planes import (
    fill_box,
    muted,
    paint_box,
    paint_ground,
    shade_slope,
    surface,
)
from .textures import NoiseField


def room(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    edge: float,
    noise: NoiseField,
) -> Canvas:
    """Paint a room.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
        horizon: Row of the eye level.
        edge: Row where the wall meets the floor.
        noise: Noise shared by the surfaces of the image.
    """
    height, width = shape
    wall = surface(rng, muted(rng, 0.62, 0.2))
    y = np.linspace(0, 0.5, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 0.5 * width / height, width, dtype=np.float32)[None]
    canvas = Canvas(wall.albedo(x, y, noise))
    for _ in range(int(rng.integers(0, 5))):
        _furnish(rng, canvas, edge, noise)
    colour = muted(rng, 0.42, 0.15) * np.array([1.08, 1.0, 0.9], np.float32)
    paint_ground(rng, canvas, edge, horizon, colour, noise)
    if rng.random() < 0.6:
        strip = rng.uniform(0.006, 0.02) * height
        paint_box(canvas, (-9, edge - strip, width + 9, edge),
                  muted(rng, 0.6, 0.25))  # fmt: skip
    shade_slope(rng, canvas)
    return canvas


def _furnish(
    rng: np.random.Generator, canvas: Canvas, edge: float, noise: NoiseField
) -> None:
    """Hang a window, picture, curtain, shelf or cupboard on the wall."""
    height, width = canvas.shape
    left = rng.uniform(-0.1, 0.95) * width
    kind = rng.integers(5)
    if kind == 0:
        _window(rng, canvas, left)
    elif kind == 1:
        size = rng.uniform(0.1, 0.25, 2) * height
        top = rng.uniform(0, 0.4) * height
        edges = (left, top, left + size[0], top + size[1])
        paint_box(canvas, edges, muted(rng, 0.4, 0.3), 0.3)
        rim = 0.06 * size[0]
        inner = (left + rim, top + rim, edges[2] - rim, edges[3] - rim)
        fill_box(rng, canvas, inner, noise)
    elif kind == 2:
        _shelf(rng, canvas, left)
    else:
        size = rng.uniform(0.12, 0.4) * height
        top = edge - rng.uniform(0.2, 1.0) * height
        low = edge + 0.02 * height if kind == 3 else edge - 0.03 * height
        fill_box(rng, canvas, (left, top, left + size, low), noise, 0.3)


def _window(rng: np.random.Generator, canvas: Canvas, left: float) -> None:
    height = canvas.shape[0]
    wide, tall = rng.uniform(0.2, 0.5, 2) * height
    top = rng.uniform(-0.1, 0.25) * height
    paint_box(canvas, (left, top, left + wide, top + tall),
              muted(rng, 0.75, 0.2), 0.2)  # fmt: skip
    glass = np.array([0.8, 0.9, 1.0]) * rng.uniform(0.5, 1.2)
    rows, columns = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    bar = 0.04 * wide
    for row in range(rows):
        for column in range(columns):
            x = left + wide * column / columns + bar
            y = top + tall * row / rows + bar
            paint_box(
                canvas,
                (
                    x,
                    y,
                    x + wide / columns - 2 * bar,
                    y + tall / rows - 2 * bar,
                ),
                glass * (1 - 0.15 * row),
            )


def _shelf(rng: np.random.Generator, canvas: Canvas, left: float) -> None:
    """Paint boards full of books and boxes."""
    height = canvas.shape[0]
    wide = rng.uniform(0.25, 0.6) * height
    top, step = rng.uniform(-0.1, 0.3) * height, rng.uniform(0.1, 0.2) * height
    board = muted(rng, 0.35, 0.15)
    for row in range(int(rng.integers(1, 4))):
        base = top + (row + 1) * step
        x = left
        while x < left + wide:
            thick = rng.uniform(0.008, 0.04) * height
            tall = rng.uniform(0.4, 0.85) * step
            colour = rng.uniform(0.1, 0.8, 3)
            paint_box(canvas, (x, base - tall, x + thick, base), colour)
            x += thick
        paint_box(canvas, (left, base, left + wide, base + 0.1 * step), board,
                  0.3)  # fmt: skip
