"""Shadows that figures leave on the ground."""

from __future__ import annotations

import cv2
import numpy as np

from . import raster
from .canvas import Canvas
from .lighting import Light
from .raster import Patch


def contact_shadow(
    rng: np.random.Generator,
    canvas: Canvas,
    joints: np.ndarray,
    ground: float,
    size: float,
) -> None:
    """Darken the ground below a body that is about to be painted.

    Args:
        rng: Source of randomness.
        canvas: Picture to darken.
        joints: ``Nx2`` joints of the body in pixels.
        ground: Row of the ground.
        size: Height of the standing body in pixels.
    """
    middle = joints[:, 0].mean() + rng.normal(0, 0.05) * size
    centre = np.array([middle, ground])
    spread = 1.7 * (joints[:, 0].std() + 0.05 * size)
    axes = np.array([spread, 0.05 * size])
    strength = rng.uniform(0.15, 0.5)
    patch = raster.ellipse(canvas.shape, centre, np.diag(1.6 * axes))
    if patch is None:
        return
    x, y = patch.grid()
    radius = ((x - centre[0]) / axes[0]) ** 2
    radius = radius + ((y - centre[1]) / axes[1]) ** 2
    soft = np.exp(-radius).astype(np.float32)
    canvas.darken(Patch(patch.top, patch.left, soft), strength)


def cast_shadow(
    rng: np.random.Generator,
    canvas: Canvas,
    light: Light,
    owner: int,
    ground: float,
    floor: float,
) -> None:
    """Throw the silhouette of an object on the empty floor around it.

    Args:
        rng: Source of randomness.
        canvas: Picture to darken, with the object painted.
        light: The light, whose direction skews the shadow.
        owner: Object number.
        ground: Row on which the object stands.
        floor: Row above which there is no floor.
    """
    strength = rng.uniform(0.1, 0.5)
    squash = rng.uniform(-0.35, 0.35)
    shadow = thrown(canvas.owner == owner, ground, squash, light)
    shadow[: int(np.clip(floor, 0, len(shadow)))] = 0
    shadow[canvas.owner != 0] = 0
    canvas.darken(Patch(0, 0, shadow), strength)


def thrown(
    mask: np.ndarray, ground: float, squash: float, light: Light
) -> np.ndarray:
    """Lay a silhouette down on the ground.

    Args:
        mask: ``HxW`` bool silhouette.
        ground: Row about which it is laid down.
        squash: Height of the shadow per height of the figure; negative
            shadows fall toward the camera.
        light: The light, whose direction skews the shadow.

    Returns:
        ``HxW`` float32 in [0, 1].
    """
    height, width = mask.shape
    skew = -float(light.direction[0]) / max(float(light.direction[1]), 0.3)
    # A point h above the ground moves by skew * h * |squash| sideways.
    side = skew * max(abs(squash), 0.1)
    matrix = np.array(
        [[1.0, -side, side * ground], [0.0, squash, ground * (1 - squash)]]
    )
    flat = cv2.warpAffine(mask.astype(np.float32), matrix, (width, height))
    return cv2.GaussianBlur(flat, (0, 0), 0.008 * height + 0.3)
