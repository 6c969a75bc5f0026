"""The sky and what closes the view at the end of a street."""

from __future__ import annotations

import numpy as np

from ..canvas import Canvas
from ..textures import fbm
from .conditions import Conditions
from .kinds import KIND_ID


def paint_sky(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    conditions: Conditions,
) -> Canvas:
    """Return a canvas that is all sky.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
        horizon: Row of the horizon.
        conditions: Time of day and weather.
    """
    height, width = shape
    t = np.arange(height, dtype=np.float32) / max(horizon, 0.2 * height)
    t = np.clip(t, 0, 1)[:, None, None] ** np.float32(0.8)
    rgb = conditions.zenith + t * (conditions.low - conditions.zenith)
    rgb = np.broadcast_to(rgb, (height, width, 3)).astype(np.float32)
    stop = int(np.clip(horizon + 2, 1, height))
    cloud = fbm(rng, (stop, width), 2.5, 4, aspect=0.45)[..., None]
    share = np.clip(0.1 + 0.45 * cloud, 0, 1) * np.float32(conditions.clouds)
    bright = np.minimum(1.25 * conditions.low + 0.04, 1)
    rgb[:stop] += share * (bright - rgb[:stop])
    canvas = Canvas(rgb)
    canvas.part[:] = KIND_ID['sky']
    return canvas


def paint_skyline(
    rng: np.random.Generator,
    canvas: Canvas,
    horizon: float,
    conditions: Conditions,
    town: bool,
) -> None:
    """Paint far hills of trees, or far houses, above the horizon.

    Args:
        rng: Source of randomness.
        canvas: A canvas that is all sky.
        horizon: Row of the horizon.
        conditions: Time of day and weather.
        town: Whether there are houses.
    """
    height, width = canvas.shape
    tall = rng.uniform(0.02, 0.09) * height
    if town:
        steps = int(rng.integers(12, 40))
        edges = np.sort(rng.integers(0, width, steps))
        levels = rng.uniform(0.3, 1.6, steps + 1)
        ridge = levels[np.searchsorted(edges, np.arange(width))] * tall
        colour = rng.uniform(0.25, 0.6) * np.array([1.0, 0.98, 0.95])
        kind = KIND_ID['building']
    else:
        ridge = fbm(rng, (8, width), 6 * 8 / height, 5)[0] * 0.35 + 1
        ridge = np.clip(ridge, 0.1, None) * tall
        colour = np.array([0.16, 0.24, 0.12]) * rng.uniform(0.7, 1.5)
        kind = KIND_ID['vegetation']
    light = conditions.light
    colour = colour * (light.ambient + 0.4 * light.diffuse)
    colour = conditions.air.veil(colour.astype(np.float32), np.float32(220))
    top = max(int(horizon - ridge.max()) - 1, 0)
    low = int(np.clip(horizon + 2, 1, height))
    rows = np.arange(top, low, dtype=np.float32)[:, None]
    cover = np.clip(rows - (horizon - ridge)[None] + 0.5, 0, 1)
    rough = 1 + 0.12 * fbm(rng, cover.shape, max(len(cover) / 3, 1), 2)
    target = canvas.rgb[top:low]
    rgb = colour * rough[..., None].astype(np.float32)
    target += cover[..., None].astype(np.float32) * (rgb - target)
    canvas.part[top:low][cover >= 0.5] = kind
