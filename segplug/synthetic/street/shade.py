"""Shadows that the sun throws on the ground, and light of headlamps."""

from __future__ import annotations

import math
from collections.abc import Iterable

import cv2
import numpy as np

from ..lighting import Light
from ..models.painter import Painter, clip
from .props import Prop

_LONGEST = 3.0
"""Length of a shadow per height of what throws it, at most."""


def throw_shadows(
    painter: Painter, props: Iterable[Prop], time: float, reach: float
) -> None:
    """Darken the empty ground where houses, trees and cars throw shadows.

    Args:
        painter: What paints, with nothing but sky and ground so far.
        props: The things.
        time: Seconds since the beginning of the clip.
        reach: Metres ahead up to which shadows are drawn.
    """
    light = painter.studio.light
    strength = 0.85 * light.diffuse / (light.ambient + light.diffuse)
    height, width = painter.canvas.shape
    mask = np.zeros((height, width), np.uint8)
    here = painter.camera.position[2]
    for prop in props:
        z = prop.at(time)
        if prop.bulk is None or not -20 < z - here < reach:
            continue
        outline = _outline(prop.bulk, z, light)
        local = clip(painter.camera.local(outline))
        if local is not None:
            corners = np.clip(painter.camera.project(local), -9e3, 9e3)
            cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
    start = int(np.clip(painter.camera.horizon + 1, 0, height - 1))
    side = 2 * int(height / 300) + 3
    soft = cv2.blur(mask[start:], (side, side)).astype(np.float32) / 255
    painter.canvas.rgb[start:] *= 1 - np.float32(strength) * soft[..., None]


def _outline(
    bulk: tuple[float, float, float, float, float], z: float, light: Light
) -> np.ndarray:
    """Return the corners of the shadow of a block on the ground.

    Args:
        bulk: x, half width, half length, foot and top in metres.
        z: Place along the street.
        light: The sun.
    """
    x, wide, long, foot, top = bulk
    right, up, back = light.direction.tolist()
    steep = max(up, math.hypot(right, back) / _LONGEST, 0.05)
    points = []
    for level in (foot, top):
        shift = -level * right / steep, level * back / steep
        for a in (-wide, wide):
            for b in (-long, long):
                points.append([x + a + shift[0], z + b + shift[1]])
    hull = cv2.convexHull(np.array(points, np.float32))[:, 0]
    return np.stack([hull[:, 0], 0 * hull[:, 0], hull[:, 1]], axis=1)


def shine_ahead(painter: Painter) -> None:
    """Light the road ahead as the own headlamps do."""
    height, width = painter.canvas.shape
    camera = painter.camera
    start = int(np.clip(camera.horizon + 1, 0, height - 1))
    x = np.arange(width, dtype=np.float32)[None]
    y = np.arange(start, height, dtype=np.float32)[:, None]
    right, up = camera.rays(x, y)
    ahead = camera.position[1] / np.maximum(-up, 1e-3)
    beam = np.exp(-np.abs(ahead - 14) / 11) * np.exp(-((right / 0.35) ** 2))
    warm = np.array([1.9, 1.8, 1.5], np.float32)
    painter.canvas.rgb[start:] *= 1 + beam[..., None] * warm
