"""Things that stand about: furniture with a class, and distractors."""

from __future__ import annotations

from typing import Literal

import numpy as np

from . import raster
from .canvas import Canvas, Layer
from .solids import Studio, Sweep
from .textures import Material

SeatKind = Literal['chair', 'sofa']
Back = tuple[float, float, float, float]


def paint_distractor(
    rng: np.random.Generator,
    canvas: Canvas,
    studio: Studio,
    material: Material,
    base: tuple[float, float],
    size: float,
) -> None:
    """Paint an unlabelled object that resembles a limb, a head or a trunk.

    Args:
        rng: Source of randomness.
        canvas: Picture to paint on.
        studio: Light and noise.
        material: Surface of the object, often one that people wear too.
        base: ``(x, y)`` of the foot of the object in pixels.
        size: Height of the object in pixels.
    """
    kind = rng.integers(4)
    x, y = base
    if kind == 0:  # A pole, pipe, branch or cushion roll.
        angle = rng.normal(0, 0.8) + (np.pi / 2 if rng.random() < 0.3 else 0)
        tip = [x + size * np.sin(angle), y - size * np.cos(angle)]
        thick = size * rng.uniform(0.04, 0.12)
        radii = np.array([thick, thick * rng.uniform(0.5, 1)])
        rings = raster.circles(np.array([base, tip]), radii)
    elif kind == 1:  # A ball, lamp or balloon.
        radius = size * rng.uniform(0.08, 0.25)
        rings = raster.circles(np.array([[x, y - radius]]), np.array([radius]))
        rings = np.concatenate([rings, rings])
    else:  # A sack, vase, suitcase or box.
        half = size * rng.uniform(0.12, 0.35)
        tops = np.linspace(y, y - size * rng.uniform(0.3, 0.9), 3)
        widths = half * rng.uniform(0.6, 1.2, 3)
        rings = np.stack([_slab(x, t, w, kind == 2)
                          for t, w in zip(tops, widths)])  # fmt: skip
    axis = np.array([0.0, 1.0, 0.0])
    solid = Sweep(rings, axis, 0.0, 1.5 * size, material, contact=0.3)
    for layer in solid.layers(studio):
        canvas.paint(layer, 0)


def _slab(x: float, y: float, half: float, round_edge: bool) -> np.ndarray:
    """Return a flat outline of 16 points about ``(x, y)``."""
    squash = 0.25 if round_edge else 0.02
    return np.array([x, y]) + raster.UNIT_CIRCLE * [half, half * squash]


def paint_block(
    rng: np.random.Generator,
    canvas: Canvas,
    studio: Studio,
    seat: tuple[float, float],
    size: float,
    material: Material,
) -> None:
    """Paint an unlabelled block or low wall to sit on.

    Args:
        rng: Source of randomness.
        canvas: Picture to paint on.
        studio: Light and noise.
        seat: ``(x, y)`` of the middle of the seat in pixels.
        size: Height of the sitter in pixels.
        material: Surface.
    """
    x, y = seat
    half = size * rng.uniform(0.13, 0.7)
    deep = rng.uniform(0.03, 0.1) * size
    face = (x - half, y + deep, x + half, y + 0.3 * size)
    _board(canvas, studio, face, material, 0, 0.75)
    _board(canvas, studio, (x - half, y - deep, x + half, y + deep),
           material, 0, 1.0)  # fmt: skip


def paint_seat(
    rng: np.random.Generator,
    canvas: Canvas,
    studio: Studio,
    seat: tuple[float, float],
    size: float,
    material: Material,
    owner: int,
    kind: SeatKind,
) -> Back:
    """Paint a chair or sofa centred under a point, without its back.

    Args:
        rng: Source of randomness.
        canvas: Picture to paint on.
        studio: Light and noise.
        seat: ``(x, y)`` of the middle of the seat in pixels.
        size: Height of the sitter in pixels.
        material: Surface.
        owner: Object number of its pixels.
        kind: What to paint.

    Returns:
        Edges of the back as ``(left, top, right, bottom)``; the back is
        left to :func:`paint_back`.
    """
    x, y = seat
    low, high = (0.3, 0.6) if kind == 'sofa' else (0.12, 0.2)
    half = size * rng.uniform(low, high)
    floor = y + 0.3 * size
    back = y - size * rng.uniform(0.15, 0.4)
    if kind == 'sofa':
        front = (x - half, y + 0.04 * size, x + half, floor)
        _board(canvas, studio, front, material, owner, 0.75)
    else:
        leg = 0.012 * size
        for side in (-1, 1):
            left = x + side * (half - leg) - leg
            legs = (left, y, left + 2 * leg, floor)
            _board(canvas, studio, legs, material, owner, 0.7)
    board = (x - half, y - 0.03 * size, x + half, y + 0.04 * size)
    _board(canvas, studio, board, material, owner, 1.0)
    return x - half, back, x + half, y


def paint_back(
    canvas: Canvas,
    studio: Studio,
    back: Back,
    material: Material,
    owner: int,
    slats: int,
) -> None:
    """Paint the back of a seat.

    Args:
        canvas: Picture to paint on.
        studio: Light and noise.
        back: Edges ``(left, top, right, bottom)`` in pixels.
        material: Surface.
        owner: Object number of its pixels.
        slats: Number of boards, 1 for a closed back.
    """
    left, top, right, low = back
    step = (low - top) / slats
    for index in range(slats):
        high = top + index * step
        share = 1.0 if slats == 1 else 0.55
        board = (left, high, right, high + share * step)
        _board(canvas, studio, board, material, owner)


def paint_table(
    rng: np.random.Generator,
    canvas: Canvas,
    studio: Studio,
    top: float,
    material: Material,
    owner: int,
) -> None:
    """Paint a table in the foreground whose edge lies at row ``top``."""
    height, width = canvas.shape
    left = rng.uniform(-0.3, 0.3) * width
    right = left + rng.uniform(0.5, 1.2) * width
    low = top + rng.uniform(0.06, 0.25) * height
    shear = rng.uniform(0.0, 0.25) * width
    corners = [
        [left + shear, top], [right - shear, top], [right, low], [left, low]
    ]  # fmt: skip
    patch = raster.fill(canvas.shape, [np.array(corners)], convex=True)
    if patch is not None:
        _texture(canvas, studio, patch, material, owner, 1.0)
    edge = (left, low, right, low + 0.03 * height)
    _board(canvas, studio, edge, material, owner, 0.7)
    for x in (left + 0.03 * width, right - 0.06 * width):
        leg = (x, low, x + 0.03 * width, height + 9.0)
        _board(canvas, studio, leg, material, owner, 0.6)


def _board(
    canvas: Canvas,
    studio: Studio,
    edges: tuple[float, float, float, float],
    material: Material,
    owner: int,
    tone: float = 0.9,
) -> None:
    patch = raster.box(canvas.shape, *edges)
    if patch is not None:
        _texture(canvas, studio, patch, material, owner, tone)


def _texture(
    canvas: Canvas,
    studio: Studio,
    patch: raster.Patch,
    material: Material,
    owner: int,
    tone: float,
) -> None:
    x, y = patch.grid()
    size = canvas.shape[0]
    rgb = tone * material.albedo(y / size, x / size, studio.noise)
    layer = Layer(patch, rgb, contact=0.3, reach=0.02 * size)
    canvas.paint(layer, owner)
