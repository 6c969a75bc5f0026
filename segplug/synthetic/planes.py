"""Flat surfaces that walls, floors and furniture share."""

from __future__ import annotations

from typing import Optional

import numpy as np

from . import raster
from .canvas import Canvas, Layer
from .raster import Patch
from .textures import WALL_PATTERNS, Material, NoiseField, fbm


def muted(
    rng: np.random.Generator, value: float, spread: float = 0.12
) -> np.ndarray:
    """Draw an RGB colour of low saturation about a brightness."""
    level = np.clip(value + rng.normal(0, spread), 0.05, 0.95)
    return (level * (1 + rng.normal(0, 0.12, 3))).astype(np.float32)


def surface(rng: np.random.Generator, colour: np.ndarray) -> Material:
    """Return a material for walls and floors about a colour."""
    kind = rng.choice(6, p=(0.42, 0.1, 0.1, 0.06, 0.16, 0.16))
    pattern = WALL_PATTERNS[int(kind)]
    accent = colour * np.exp(rng.normal(0, 0.2)) + rng.normal(0, 0.03, 3)
    return Material(
        tuple(float(c) for c in np.clip(colour, 0.03, 1)),
        tuple(float(c) for c in np.clip(accent, 0.03, 1)),
        pattern,
        float(rng.uniform(0.03, 0.2)),
        float(rng.choice([0.0, np.pi / 2])),
        float(rng.uniform(0.02, 0.1)),
        offset=(float(rng.random()), float(rng.random())),
    )


def paint_box(
    canvas: Canvas,
    edges: tuple[float, float, float, float],
    rgb: np.ndarray,
    contact: float = 0.0,
) -> Optional[Patch]:
    """Paint a rectangle ``(left, top, right, bottom)`` as background."""
    patch = raster.box(canvas.shape, *edges)
    if patch is not None:
        reach = 0.02 * canvas.shape[0]
        colour = np.asarray(rgb, np.float32)
        canvas.paint(Layer(patch, colour, contact=contact, reach=reach), 0)
    return patch


def fill_box(
    rng: np.random.Generator,
    canvas: Canvas,
    edges: tuple[float, float, float, float],
    noise: NoiseField,
    contact: float = 0.0,
) -> None:
    """Paint a rectangle ``(left, top, right, bottom)`` of some material."""
    patch = raster.box(canvas.shape, *edges)
    if patch is None:
        return
    material = surface(rng, muted(rng, 0.45, 0.25))
    x, y = patch.grid()
    rgb = material.albedo(
        x / canvas.shape[0], y / canvas.shape[0], noise
    ).astype(np.float32)
    canvas.paint(
        Layer(patch, rgb, contact=contact, reach=0.02 * canvas.shape[0]), 0
    )


def paint_ground(
    rng: np.random.Generator,
    canvas: Canvas,
    top: float,
    horizon: float,
    colour: np.ndarray,
    noise: NoiseField,
) -> None:
    """Paint a textured floor in perspective below row ``top``."""
    height, width = canvas.shape
    start = int(np.clip(top, 0, height))
    if start >= height:
        return
    y = np.arange(start, height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    distance = 0.35 * height / np.maximum(y - horizon, 0.02 * height)
    u = (x - width * rng.uniform(0.2, 0.8)) / height * distance
    material = surface(rng, colour)
    rgb = material.albedo(u, distance + 0 * u, noise)
    far = np.clip(distance / 6, 0, 0.6)[..., None]
    canvas.rgb[start:] = rgb + far * (colour * 1.1 - rgb)


def shade_slope(rng: np.random.Generator, canvas: Canvas) -> None:
    """Vary the brightness slowly, as uneven light does."""
    glow = fbm(rng, canvas.shape, 1.2, 2)
    canvas.rgb *= np.clip(1 + 0.12 * glow, 0.5, 1.5)[..., None]
