"""Streets and landscapes under a sky."""

from __future__ import annotations

import numpy as np

from . import raster
from .canvas import Canvas, Layer
from .lighting import Setting
from .planes import fill_box, muted, paint_box, paint_ground, shade_slope
from .raster import Patch
from .textures import NoiseField, fbm


def _sky(
    rng: np.random.Generator, shape: tuple[int, int], horizon: float
) -> tuple[np.ndarray, Setting]:
    height, width = shape
    sunny = rng.random() < 0.6
    top = np.array([0.35, 0.55, 0.85]) if sunny else muted(rng, 0.75, 0.08)
    low = np.array([0.8, 0.88, 0.95]) * rng.uniform(0.85, 1.05)
    t = np.arange(height, dtype=np.float32) / max(horizon, 0.3 * height)
    t = np.clip(t, 0, 1)[:, None, None]
    rgb = np.broadcast_to(top + t * (low - top), (height, width, 3))
    clouds = fbm(rng, shape, 2.0, 4, aspect=0.5)[..., None]
    share = np.clip(0.25 + 0.4 * clouds, 0, 1) * rng.uniform(0, 1)
    rgb = rgb + share * (0.95 - rgb)
    return rgb.astype(np.float32), 'sun' if sunny else 'overcast'


def street(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    edge: float,
    noise: NoiseField,
) -> tuple[Canvas, Setting]:
    """Paint a street and say what light it has.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
        horizon: Row of the eye level.
        edge: Row where the houses meet the ground.
        noise: Noise shared by the surfaces of the image.
    """
    height, width = shape
    rgb, setting = _sky(rng, shape, horizon)
    canvas = Canvas(rgb)
    x = -rng.uniform(0, 0.3) * width
    while x < width:
        wide = rng.uniform(0.25, 0.9) * height
        top = edge - rng.uniform(0.2, 1.3) * height
        _building(rng, canvas, (x, top, x + wide, edge + 1), noise)
        x += wide * rng.uniform(0.95, 1.2)
    for _ in range(int(rng.integers(0, 3))):
        _foliage(rng, canvas, edge)
    colour = muted(rng, 0.45, 0.1)
    paint_ground(rng, canvas, edge, horizon, colour, noise)
    shade_slope(rng, canvas)
    return canvas, setting


def _building(
    rng: np.random.Generator,
    canvas: Canvas,
    edges: tuple[float, float, float, float],
    noise: NoiseField,
) -> None:
    fill_box(rng, canvas, edges, noise)
    left, top, right, low = edges
    step = rng.uniform(0.08, 0.22, 2) * canvas.shape[0]
    share = rng.uniform(0.35, 0.75, 2)
    glass, frame = muted(rng, 0.3, 0.2), muted(rng, 0.6, 0.25)
    for y in np.arange(top + 0.3 * step[1], low - step[1], step[1]):
        for x in np.arange(left + 0.3 * step[0], right - step[0], step[0]):
            pane = (x, y, x + share[0] * step[0], y + share[1] * step[1])
            paint_box(canvas, pane, frame)
            rim = 0.06 * step[0]
            paint_box(
                canvas,
                (x + rim, y + rim, pane[2] - rim, pane[3] - rim),
                glass * rng.uniform(0.7, 1.3),
            )


def _foliage(rng: np.random.Generator, canvas: Canvas, edge: float) -> None:
    """Paint a tree or bush: a trunk below clumps of leaves."""
    height, width = canvas.shape
    size = rng.uniform(0.12, 0.5) * height
    x = rng.uniform(0, 1) * width
    trunk = rng.uniform(0.0, 0.9) * size
    bark = muted(rng, 0.25, 0.08) * np.array([1.2, 1.0, 0.8])
    points = np.array([[x, edge], [x + rng.normal(0, 0.1) * size,
                                   edge - trunk - 0.5 * size]])  # fmt: skip
    patch = raster.tube(canvas.shape, points, np.array([0.09, 0.05]) * size)
    if patch is not None:
        canvas.paint(Layer(patch, bark.astype(np.float32)), 0)
    box = raster.box(canvas.shape, x - size, edge - trunk - 1.6 * size,
                     x + size, edge - trunk + 0.1 * size)  # fmt: skip
    if box is None:
        return
    px, py = box.grid()
    radius = np.hypot(
        (px - x) / (0.8 * size),
        (py - (edge - trunk - 0.7 * size)) / (0.8 * size),
    )
    ragged = fbm(rng, box.coverage.shape, 6, 4, 0.7)
    cover = np.clip((1 - radius + 0.25 * ragged) * 6, 0, 1)
    green = np.array([0.25, 0.4, 0.16]) * rng.uniform(0.7, 1.6)
    light = 1 + 0.35 * fbm(rng, box.coverage.shape, 10, 3, 0.8)
    rgb = (green * light[..., None]).astype(np.float32)
    canvas.paint(Layer(Patch(box.top, box.left, cover), rgb), 0)


def landscape(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    noise: NoiseField,
) -> tuple[Canvas, Setting]:
    """Paint hills and open ground and say what light it has.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
        horizon: Row of the eye level.
        noise: Noise shared by the surfaces of the image.
    """
    height, width = shape
    rgb, setting = _sky(rng, shape, horizon)
    canvas = Canvas(rgb)
    y = np.arange(height, dtype=np.float32)[:, None]
    for layer in range(int(rng.integers(1, 4))):
        ridge = fbm(rng, (height, width), 1.5, 5, aspect=0.7)[0]
        ridge = ridge * 0.06 * height
        ridge = horizon - (0.12 - 0.05 * layer) * height + ridge
        cover = np.clip(y - ridge[None], 0, 1)[..., None]
        colour = np.array([0.35, 0.45, 0.35]) * rng.uniform(0.6, 1.4)
        tone = 1 + 0.15 * fbm(rng, shape, 12, 3)[..., None]
        canvas.rgb += cover * (colour.astype(np.float32) * tone - canvas.rgb)
    green = rng.random() < 0.65
    base = [0.38, 0.48, 0.24] if green else [0.78, 0.68, 0.52]
    colour = np.array(base, np.float32) * np.float32(rng.uniform(0.6, 1.2))
    for _ in range(int(rng.integers(0, 5))):
        _foliage(rng, canvas, horizon + rng.uniform(0, 0.12) * height)
    paint_ground(rng, canvas, horizon + 2, horizon, colour, noise)
    start = int(np.clip(horizon + 2, 0, height))
    if start < height:
        rough = fbm(rng, (height - start, width), 9, 4, 0.85, aspect=0.4)
        canvas.rgb[start:] *= 1 + 0.1 * rough[..., None]
    shade_slope(rng, canvas)
    return canvas, setting
