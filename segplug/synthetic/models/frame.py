"""A frame of reference in which round limbs are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

import numpy as np

from ..people.skeleton import rot_x, rot_y
from ..solids import Sweep, View, limb
from ..textures import Material

Points = Union[np.ndarray, Sequence[Sequence[float]]]


@dataclass(frozen=True)
class Frame:
    """Coordinates (left, up, front) of a thing that a view shows.

    Attributes:
        view: Camera whose origin is the origin of the thing.
        yaw: Turn in degrees; 0 faces the camera, 90 the right edge.
        pitch: Degrees by which the front goes down.
        tilt: Degrees by which the camera looks down on it.
    """

    view: View
    yaw: float
    pitch: float = 0.0
    tilt: float = 0.0

    def lift(self, points: Points) -> np.ndarray:
        """Turn points ``...x3`` into the axes of the view."""
        turn = rot_x(self.tilt) @ rot_y(self.yaw) @ rot_x(self.pitch)
        return np.asarray(points, float) @ turn.T

    def limb(
        self,
        points: Points,
        radii: Union[float, Sequence[float]],
        material: Material,
        bias: float = 0.0,
        contact: float = 0.0,
    ) -> Sweep:
        """Return a round limb.

        Args:
            points: ``Kx3`` points of its middle line.
            radii: One radius, or K, in units of the view.
            material: Surface.
            bias: Added to the depth for the painting order.
            contact: Strength of the soft shadow on what lies behind.
        """
        centres = self.lift(points)
        radii = np.broadcast_to(np.asarray(radii, float), len(centres))
        return limb(self.view, centres, radii, material, 0, bias, 0, contact)

    def outline(self, points: Points) -> np.ndarray:
        """Return pixels ``...x2`` of points."""
        return self.view.project(self.lift(points))


def plain(rgb: np.ndarray, grain: float = 0.02) -> Material:
    """Return a material of one colour."""
    colour = np.clip(np.asarray(rgb, float), 0.02, 0.98)
    return Material(tuple(float(c) for c in colour), grain=grain)
