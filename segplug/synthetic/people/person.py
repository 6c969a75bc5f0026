"""A posed, dressed and placed person, as the drawing modules see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..solids import View
from .parts import PART_ID
from .skeleton import Body, Skeleton
from .wardrobe import Outfit

_SKULL = np.array([0.76, 1.0, 0.9])  # Width, height and depth of a head.


@dataclass(frozen=True)
class Person:
    """Everything that determines how a person is drawn.

    Attributes:
        view: Camera of the figure.
        skeleton: Its joints in world directions.
        body: Its proportions.
        outfit: Its clothes.
    """

    view: View
    skeleton: Skeleton
    body: Body
    outfit: Outfit

    def joint(self, side: str, name: str) -> np.ndarray:
        """Return the world position of a joint of one side."""
        return self.skeleton.joints[f'{side}_{name}']

    def frame(self, name: str) -> np.ndarray:
        """Return the ``3x3`` orientation of a segment."""
        return self.skeleton.frames[name]

    def weld(self, point: np.ndarray, radius: float, part: str) -> np.ndarray:
        """Return a ``1x4`` weld at a world point, see ``Layer.welds``.

        Args:
            point: World position.
            radius: Radius in body heights of a body of average girth.
            part: Name of the part with which to merge.
        """
        disc = self.view.discs(point[None], radius * self.body.girth)
        return np.append(disc, [[PART_ID[part]]], axis=1)

    def head_axes(self) -> np.ndarray:
        """Return the ``3x3`` half-axes of the skull in body heights."""
        return self.frame('head') * (0.5 * self.body.head * _SKULL)

    def head_at(self, x: float = 0, y: float = 0, z: float = 0) -> np.ndarray:
        """Return a world point from coordinates in half-axes of the skull."""
        local = np.array([x, y, z], float)
        return self.skeleton.joints['head'] + self.head_axes() @ local

    def head_unit(self) -> float:
        """Return the mean half-axis of the skull in body heights."""
        return float(0.5 * self.body.head * _SKULL.mean())

    def head_depth(self) -> float:
        """Return the world z that orders the head."""
        return float(self.skeleton.joints['head'][2]) + BIAS['head']


BIAS = {
    'uarm': 0.05,
    'larm': 0.055,
    'hand': 0.052,
    'uleg': -0.035,
    'lleg': -0.045,
    'foot': -0.09,
    'neck': -0.04,
    'head': 0.05,
}
"""Added to the mean depth of a solid, in body heights, for the painting
order: arms lie on the trunk, the trunk and its clothes on the legs,
trousers on shoes."""
