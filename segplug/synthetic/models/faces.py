"""Flat polygons in space and the solids that they bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Optional, Union

import numpy as np

Shader = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Colours ``HxWx3`` from metres along and up a face and metres per pixel."""


@dataclass(frozen=True)
class Face:
    """A flat polygon.

    Attributes:
        points: ``Nx3`` corners in metres, anticlockwise seen from outside.
            The first edge is the direction along which shaders count.
        paint: RGB in [0, 1], or a function of the place on the face.
        glow: Whether it shines by itself instead of being lit.
        gloss: How much of the sky it mirrors, 0 to 1.
        two_sided: Whether it is seen from behind as well.
        kind: Kind of its pixels, when it differs from that of its model.
    """

    points: np.ndarray
    paint: Union[np.ndarray, Shader]
    glow: bool = False
    gloss: float = 0.0
    two_sided: bool = False
    kind: Optional[str] = None

    def normal(self) -> np.ndarray:
        """Return the outward unit normal by Newell's sum.

        The axes are left-handed (right, up, ahead), hence the order.
        """
        ahead = np.roll(self.points, -1, axis=0)
        normal = np.cross(ahead, self.points).sum(axis=0)
        return normal / max(float(np.linalg.norm(normal)), 1e-12)


@dataclass(frozen=True)
class Part:
    """Faces of a convex body, then details that lie on them, in order."""

    faces: tuple[Face, ...]

    def centre(self) -> np.ndarray:
        """Return the mean corner."""
        return np.concatenate([f.points for f in self.faces]).mean(axis=0)


@dataclass(frozen=True)
class Model:
    """Parts about the origin, which lies on the ground; z is ahead."""

    parts: tuple[Part, ...]

    def placed(self, position: Sequence[float], heading: float = 0.0) -> Model:
        """Return the model turned about y and moved.

        Args:
            position: ``(x, y, z)`` of the new origin.
            heading: Turn of z toward x in radians.
        """
        cos, sin = np.cos(heading), np.sin(heading)
        turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        moved = [
            Part(
                tuple(
                    replace(f, points=f.points @ turn.T + np.array(position))
                    for f in part.faces
                )
            )
            for part in self.parts
        ]
        return Model(tuple(moved))


def box(
    low: Sequence[float],
    high: Sequence[float],
    paint: Union[np.ndarray, Shader],
    gloss: float = 0.0,
) -> tuple[Face, ...]:
    """Return the faces of an upright box between two corners, no floor."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    quads = (
        [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)],  # Rear.
        [(x1, y0, z1), (x0, y0, z1), (x0, y1, z1), (x1, y1, z1)],  # Front.
        [(x0, y0, z1), (x0, y0, z0), (x0, y1, z0), (x0, y1, z1)],  # Left.
        [(x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)],  # Right.
        [(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)],  # Top.
    )
    return tuple(Face(np.array(q, float), paint, gloss=gloss) for q in quads)


def extrude(
    profile: np.ndarray,
    halves: np.ndarray,
    edges: Sequence[Union[np.ndarray, Shader]],
    side: Union[np.ndarray, Shader],
    gloss: float = 0.0,
) -> tuple[Face, ...]:
    """Return the faces of a profile drawn out sideways.

    Args:
        profile: ``Kx2`` corners ``(z, y)``, anticlockwise seen from the
            right side (z to the right, y up).
        halves: Half-width at each corner, linear in y so that the sides
            are flat.
        edges: Paint of the face from each corner to the next.
        side: Paint of both sides.
        gloss: Of every face.
    """
    z, y = profile[:, 0], profile[:, 1]
    right = np.stack([halves, y, z], axis=1)
    left = right * [-1, 1, 1]
    faces = [Face(right, side, gloss=gloss), Face(left[::-1], side,
                                                  gloss=gloss)]  # fmt: skip
    for k, paint in enumerate(edges):
        n = (k + 1) % len(profile)
        quad = np.stack([right[k], left[k], left[n], right[n]])
        faces.append(Face(quad, paint, gloss=gloss))
    return tuple(faces)


def quad(
    corner: Sequence[float],
    along: Sequence[float],
    up: Sequence[float],
    paint: Union[np.ndarray, Shader],
    **options: object,
) -> Face:
    """Return a parallelogram from a corner and its two edges."""
    corner, along, up = (np.array(v, float) for v in (corner, along, up))
    points = np.stack([corner, corner + along, corner + along + up,
                       corner + up])  # fmt: skip
    return Face(points, paint, **options)


def disc(
    centre: Sequence[float],
    radius: float,
    side: float,
    paint: np.ndarray,
    corners: int = 16,
) -> Face:
    """Return an upright disc that faces right (side 1) or left (-1)."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) * -side
    x, y, z = centre
    points = np.stack(
        [
            np.full(corners, x),
            y + radius * np.sin(angle),
            z - radius * np.cos(angle),
        ],
        axis=1,
    )
    return Face(points, paint)
