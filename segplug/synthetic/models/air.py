"""What lies between the camera and things: haze, and halos of lights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..canvas import Canvas


@dataclass(frozen=True)
class Air:
    """What lies between the camera and things.

    Attributes:
        rgb: Colour that far things fade to.
        density: Extinction per metre.
    """

    rgb: np.ndarray
    density: float

    def veil(self, rgb: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Fade colours ``...x3`` at a depth in metres, a scalar or array."""
        share = np.float32(1) - np.exp(-np.float32(self.density) * depth)
        share = np.asarray(share, np.float32)[..., None]
        return rgb + share * (self.rgb - rgb)


@dataclass(frozen=True)
class Glow:
    """A light with a halo.

    Attributes:
        x: Column in pixels.
        y: Row in pixels.
        size: Radius of the halo in pixels.
        rgb: Colour.
        kind: Number of the kind of the thing that carries it.
        owner: Number of that thing.
    """

    x: float
    y: float
    size: float
    rgb: np.ndarray
    kind: int
    owner: int

    def shows(self, canvas: Canvas) -> bool:
        """Return whether nothing has been painted over the light."""
        x, y = round(self.x), round(self.y)
        if not (0 <= y < canvas.shape[0] and 0 <= x < canvas.shape[1]):
            return False
        same = canvas.owner[y, x] == self.owner
        return bool(same and canvas.part[y, x] == self.kind)
