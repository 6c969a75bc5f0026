"""Backgrounds of photographs: rooms, streets, landscapes and plain ones."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from . import raster
from .canvas import Canvas, Layer
from .indoors import room
from .lighting import Setting
from .outdoors import landscape, street
from .planes import shade_slope
from .raster import Patch
from .textures import NoiseField, fbm


@dataclass(frozen=True)
class Backdrop:
    """An empty place.

    Attributes:
        canvas: The painted background.
        floor: Row at which the ground begins, may lie outside the image.
        setting: Kind of light that fits.
    """

    canvas: Canvas
    floor: float
    setting: Setting


def sample_backdrop(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    farthest: float,
    noise: NoiseField,
) -> Backdrop:
    """Paint a random place.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
        horizon: Row of the eye level.
        farthest: Row where the farthest visitor stands, below the horizon.
        noise: Noise shared by the surfaces of the image.
    """
    kind = rng.choice(4, p=(0.36, 0.26, 0.24, 0.14))
    edge = horizon + rng.uniform(0.35, 0.95) * (farthest - horizon)
    if kind == 0:
        canvas = room(rng, shape, horizon, edge, noise)
        return Backdrop(canvas, edge, 'indoor')
    if kind == 1:
        canvas, setting = street(rng, shape, horizon, edge, noise)
        return Backdrop(canvas, edge, setting)
    if kind == 2:
        canvas, setting = landscape(rng, shape, horizon, noise)
        return Backdrop(canvas, horizon, setting)
    return Backdrop(_plain(rng, shape), horizon, 'indoor')


def _plain(rng: np.random.Generator, shape: tuple[int, int]) -> Canvas:
    """Paint smooth or noisy colour, as behind a portrait."""
    colours = rng.uniform(0.1, 0.9, (2, 3)).astype(np.float32)
    noise = fbm(rng, shape, rng.uniform(1, 5), int(rng.integers(1, 6)))
    share = np.clip(0.5 + 0.35 * noise, 0, 1)[..., None]
    rgb = colours[0] + share * (colours[1] - colours[0])
    canvas = Canvas(rgb)
    for _ in range(int(rng.choice([0, 0, 12, 30]))):
        centre = rng.uniform(0, 1, 2) * [shape[1], shape[0]]
        radius = rng.uniform(0.01, 0.12) * shape[0]
        patch = raster.ellipse(shape, centre, radius * np.eye(2))
        if patch is not None:
            faint = Patch(patch.top, patch.left, patch.coverage * 0.5)
            canvas.paint(Layer(faint, rng.uniform(0.1, 1, 3)), 0)
    canvas.rgb = cv2.GaussianBlur(canvas.rgb, (0, 0), 0.005 * shape[0] + 0.3)
    shade_slope(rng, canvas)
    return canvas
