"""Trees, hedges and bushes."""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import raster
from ..canvas import Layer
from ..models.painter import Painter
from ..raster import Patch
from ..textures import Material
from .props import Draw

_NEAREST = 2.0
_BARK = Material((0.24, 0.19, 0.14), (0.14, 0.11, 0.09), 'marble', 0.05)


def tree(x: float, tall: float, season: str) -> Draw:
    """Return what draws a tree.

    Args:
        x: Place across the street in metres.
        tall: Height in metres.
        season: ``'summer'``, ``'autumn'`` or ``'winter'``.
    """
    return partial(_tree, x, tall, season)


def bush(x: float, tall: float, season: str) -> Draw:
    """Return what draws a bush, arguments as :func:`tree`."""
    return partial(_bush, x, tall, season)


def _leaf(rng: np.random.Generator, season: str) -> np.ndarray:
    green = np.array([0.20, 0.31, 0.10])
    if season == 'autumn' and rng.random() < 0.6:
        green = np.array([0.45, 0.28, 0.08])
    if season == 'winter':
        green = np.array([0.26, 0.22, 0.17])
    return green * np.exp(rng.normal(0, 0.2, 3))


def _tree(
    x: float,
    tall: float,
    season: str,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    base = np.array([x, 0.0, z])
    _, depth = painter.camera.pixels(base)
    if depth < _NEAREST:
        return
    thick = 0.035 * tall * rng.uniform(0.7, 1.3)
    lean = rng.normal(0, 0.03) * tall
    points = np.array([[x, 0, z], [x + lean, 0.55 * tall, z]])
    trunk(painter, points, np.array([thick, 0.6 * thick]), depth)
    spot = np.array([[x - 1, 0, z - 1], [x + 1, 0, z - 1], [x + 1, 0, z + 1],
                     [x - 1, 0, z + 1]])  # fmt: skip
    painter.shadow(spot, 0.3, 0.5)
    colour = _leaf(rng, season)
    radius = tall * rng.uniform(0.24, 0.36)
    thin = 0.45 if season == 'winter' else 0.0
    crown = np.array([x + lean, 0.66 * tall, z])
    shape = rng.uniform(0.8, 1.4)
    foliage(rng, painter, crown, (radius, shape * radius), colour, thin)


def _bush(
    x: float,
    tall: float,
    season: str,
    rng: np.random.Generator,
    painter: Painter,
    z: float,
) -> None:
    centre = np.array([x, 0.45 * tall, z])
    wide = tall * rng.uniform(0.5, 1.2)
    colour = _leaf(rng, season)
    foliage(rng, painter, centre, (wide, 0.6 * tall), colour, 0.0)


def trunk(
    painter: Painter, points: np.ndarray, radii: np.ndarray, depth: float
) -> None:
    """Paint an upright round thing of vegetation.

    Args:
        painter: What paints.
        points: ``Kx3`` world points.
        radii: K radii in metres.
        depth: Distance in metres.
    """
    rod(painter, points, radii, _BARK, 'vegetation', depth)


def rod(
    painter: Painter,
    points: np.ndarray,
    radii: np.ndarray,
    material: Material,
    kind: str,
    depth: float,
) -> None:
    """Paint a round rod between world points, at least a pixel wide.

    Args:
        painter: What paints.
        points: ``Kx3`` world points.
        radii: K radii in metres.
        material: Its surface.
        kind: Kind of its pixels.
        depth: Distance in metres.
    """
    local = painter.camera.local(points)
    if local[:, 2].min() < 0.8:
        return
    pixels = painter.camera.project(local)
    scale = painter.camera.focal / local[:, 2]
    size = np.maximum(radii * scale, 0.55)
    patch = raster.tube(painter.canvas.shape, pixels, size)
    if patch is None:
        return
    across = pixels[-1] - pixels[0]
    across = np.array([across[1], -across[0]]) / max(np.hypot(*across), 1e-6)
    px, py = patch.grid()
    s = (px - pixels[0, 0]) * across[0] + (py - pixels[0, 1]) * across[1]
    s = np.clip(s / size.max(), -1, 1).astype(np.float32)
    light = painter.studio.light
    cosine = s * np.float32(light.direction[0] * np.sign(across[0] + 1e-9))
    cosine = cosine + np.sqrt(1 - s * s) * np.float32(light.direction[2])
    albedo = material.albedo(py / 400 + 0 * px, px / 400, painter.studio.noise)
    rgb = albedo * light.shade(cosine)
    painter.layer(Layer(patch, rgb.astype(np.float32)), kind, 0, depth)


def foliage(
    rng: np.random.Generator,
    painter: Painter,
    centre: np.ndarray,
    size: tuple[float, float],
    colour: np.ndarray,
    thin: float,
) -> None:
    """Paint a clump of leaves.

    Args:
        rng: Source of randomness.
        painter: What paints.
        centre: World position of its middle.
        size: Half width and half height in metres.
        colour: RGB of the leaves.
        thin: Share of gaps that one sees through, 0 to 1.
    """
    middle, depth = painter.camera.pixels(centre)
    if depth < _NEAREST:
        return
    scale = painter.camera.focal / depth
    wide, tall = size[0] * scale, size[1] * scale
    patch = raster.box(
        painter.canvas.shape,
        middle[0] - 1.25 * wide,
        middle[1] - 1.25 * tall,
        middle[0] + 1.25 * wide,
        middle[1] + 1.25 * tall,
    )
    if patch is None:
        return
    px, py = patch.grid()
    x = (px - np.float32(middle[0])) / np.float32(wide)
    y = (py - np.float32(middle[1])) / np.float32(tall)
    noise, a, b = painter.studio.noise, rng.random(), rng.random()
    lumps = noise.sample(0.16 * x + a, 0.16 * y * tall / wide + b)
    leaves = noise.sample(0.9 * x + b, 0.9 * y + a, fine=True)
    edge = 1 - np.hypot(x, y) + 0.16 * lumps + 0.07 * leaves
    soft = max(0.12 * min(wide, tall), 1.0)
    cover = np.clip(edge * soft + 0.5, 0, 1)
    if thin:
        gaps = noise.sample(0.5 * x + a, 0.5 * y + b, fine=True)
        cover = cover * np.clip(1.2 - thin + 0.5 * gaps, 0, 1)
    light = painter.studio.light
    side = np.float32(light.direction[0]) * x - np.float32(0.6) * y
    shade = light.shade((0.3 + 0.5 * side + 0.25 * lumps).astype(np.float32))
    speckle = np.clip(1 + 0.28 * leaves + 0.15 * lumps, 0.25, 2)[..., None]
    rgb = (np.asarray(colour, np.float32) * shade * speckle).astype('f4')
    shape = Patch(patch.top, patch.left, cover.astype(np.float32))
    painter.layer(Layer(shape, rgb), 'vegetation', 0, depth)
