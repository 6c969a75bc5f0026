"""A pinhole camera that keeps verticals vertical."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..solids import View

NEAR = 0.4
"""Nearest distance in metres at which something is drawn."""


@dataclass(frozen=True)
class Camera:
    """A camera above flat ground.

    World axes are x right, y up and z along the street, in metres; camera
    axes are right, up and forward.

    Attributes:
        shape: Height and width of the image.
        focal: Focal length in pixels.
        horizon: Row of the horizon; shifting it stands for a small pitch.
        position: ``(x, y, z)`` of the camera.
        yaw: Turn to the right in radians.
    """

    shape: tuple[int, int]
    focal: float
    horizon: float
    position: tuple[float, float, float]
    yaw: float = 0.0

    @property
    def middle(self) -> float:
        """Column of the optical axis."""
        return (self.shape[1] - 1) / 2

    def local(self, points: np.ndarray) -> np.ndarray:
        """Turn world points ``...x3`` into camera axes."""
        delta = np.asarray(points, float) - self.position
        cos, sin = math.cos(self.yaw), math.sin(self.yaw)
        x, z = delta[..., 0].copy(), delta[..., 2].copy()
        delta[..., 0] = cos * x - sin * z
        delta[..., 2] = sin * x + cos * z
        return delta

    def project(self, local: np.ndarray) -> np.ndarray:
        """Project points ``...x3`` in camera axes to pixels ``...x2``."""
        scale = self.focal / local[..., 2]
        pixels = np.empty((*local.shape[:-1], 2))
        pixels[..., 0] = self.middle + scale * local[..., 0]
        pixels[..., 1] = self.horizon - scale * local[..., 1]
        return pixels

    def pixels(self, point: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the pixel and the depth in metres of one world point."""
        local = self.local(np.asarray(point, float))
        return self.project(local), float(local[2])

    def rays(
        self, x: np.ndarray, y: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return right and up of the rays with forward 1 of pixels.

        Args:
            x: ``1xW`` columns.
            y: ``Hx1`` rows.
        """
        right = (x - np.float32(self.middle)) / np.float32(self.focal)
        up = (np.float32(self.horizon) - y) / np.float32(self.focal)
        return right, up

    def view(self, point: np.ndarray, unit: float) -> View:
        """Return the camera of a figure that stands about a world point.

        Args:
            point: World position of the figure's origin, before the camera.
            unit: Length unit of the figure in metres.
        """
        pixel, depth = self.pixels(point)
        return View(self.focal * unit / depth, pixel, depth / unit)

    def sees(self, point: np.ndarray, reach: float) -> bool:
        """Return whether a world point may show in the picture.

        Args:
            point: Its position.
            reach: Metres around it that count.
        """
        right, _, ahead = self.local(np.asarray(point, float)).tolist()
        if ahead < NEAR:
            return False
        side = ahead * self.middle / self.focal
        return abs(right) < side + reach

    def bearing(self, point: np.ndarray) -> float:
        """Return the direction of a point from the world's z in radians."""
        delta = np.asarray(point, float) - np.asarray(self.position)
        return float(np.arctan2(delta[0], delta[2]))
