"""Flat polygons in space and the solids that they bound."""

from __future__ import annotations

import math
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


@dataclass(frozen=True)
class Part:
    """Faces of a convex body, then details that lie on them, in order."""

    faces: tuple[Face, ...]


@dataclass(frozen=True)
class Model:
    """Parts about an origin on the ground; z is ahead.

    Attributes:
        parts: The parts.
        position: ``(x, y, z)`` of the origin in the world.
        heading: Turn of z toward x in radians.
    """

    parts: tuple[Part, ...]
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    heading: float = 0.0

    def placed(self, position: Sequence[float], heading: float = 0.0) -> Model:
        """Return the model at another place."""
        return Model(self.parts, tuple(position), heading)

    def shifted(self, x: float, y: float, z: float) -> tuple[Part, ...]:
        """Return the parts moved within the model."""
        return tuple(
            Part(
                tuple(
                    replace(f, points=f.points + np.array([x, y, z]))
                    for f in part.faces
                )
            )
            for part in self.parts
        )

    def corners(self) -> np.ndarray:
        """Return the world corners of all faces, ``Nx3``, in order."""
        points = [f.points for part in self.parts for f in part.faces]
        return turned(np.concatenate(points), self.heading) + self.position


def turned(points: np.ndarray, heading: float) -> np.ndarray:
    """Return points ``Nx3`` turned about y, from z toward x, in radians."""
    cos, sin = math.cos(heading), math.sin(heading)
    x, y, z = points.T
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], axis=1)


def footprint(
    place: Sequence[float], half: tuple[float, float], heading: float
) -> np.ndarray:
    """Return the ``4x3`` corners of a rectangle on the ground.

    Args:
        place: ``(x, y, z)`` of its middle, whose y is ignored.
        half: Half width and half length in metres.
        heading: Turn of its length from z toward x in radians.
    """
    a, b = half
    flat = np.array([[-a, 0, -b], [a, 0, -b], [a, 0, b], [-a, 0, b]])
    return turned(flat, heading) + [place[0], 0.0, place[2]]


def normals(corners: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the outward normals of polygons by Newell's sum.

    The axes are left-handed (right, up, ahead), hence the order.

    Args:
        corners: ``Nx3`` corners of all polygons, anticlockwise from outside.
        starts: Index of the first corner of each polygon.

    Returns:
        One unit vector for each polygon.
    """
    ahead = np.empty_like(corners)
    ahead[:-1] = corners[1:]
    ends = np.append(starts[1:], len(corners)) - 1
    ahead[ends] = corners[starts]
    x, y, z = corners.T
    u, v, w = ahead.T
    cross = np.stack([v * z - w * y, w * x - u * z, u * y - v * x], axis=1)
    total = np.add.reduceat(cross, starts, axis=0)
    length = np.sqrt((total**2).sum(axis=1, keepdims=True))
    return total / np.maximum(length, 1e-12)


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
