"""Bicycles and motorcycles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..solids import Solid
from ..textures import Material
from .cars import sample_paint
from .frame import Frame, plain

_DARK = plain(np.array([0.055, 0.055, 0.06]))
_STEEL = plain(np.array([0.48, 0.48, 0.5]))


@dataclass(frozen=True)
class Cycle:
    """A two-wheeler as solids.

    Attributes:
        solids: What to paint, in order.
        wheels: ``Kx2`` pixel outlines of the wheels, which count as part
            of it although one sees through them.
    """

    solids: tuple[Solid, ...]
    wheels: tuple[np.ndarray, ...]


def turn_of(heading: float, bearing: float) -> float:
    """Return the turn of a figure in its view, in degrees.

    Args:
        heading: Direction in which it looks, from the world's z to x, rad.
        bearing: Direction in which the camera sees it, rad.

    Returns:
        0 when it faces the camera, 90 when it faces the right edge.
    """
    return 180.0 - float(np.rad2deg(heading - bearing))


def bicycle(rng: np.random.Generator, frame: Frame) -> Cycle:
    """Return a bicycle.

    Args:
        rng: Source of randomness.
        frame: On the ground below it, in metres.
    """
    paint = plain(sample_paint(rng) * 0.9)
    rear, front, axle, radius = -0.52, 0.55, 0.35, 0.34
    tubes = [
        ([[0, axle, rear], [0, 0.32, -0.05]], 0.018),
        ([[0, axle, rear], [0, 0.78, -0.18]], 0.016),
        ([[0, 0.32, -0.05], [0, 0.9, -0.22]], 0.022),
        ([[0, 0.32, -0.05], [0, 0.76, 0.36]], 0.024),
        ([[0, 0.78, -0.18], [0, 0.82, 0.34]], 0.022),
        ([[0, axle, front], [0, 0.95, 0.32]], 0.02),
    ]
    solids: list[Solid] = []
    wheels = []
    for z in (rear, front):
        solids.append(_ring(frame, z, axle, radius, 0.022, _DARK))
        wheels.append(frame.outline(_circle(z, axle, radius)))
    solids += [frame.limb(points, size, paint) for points, size in tubes]
    bar = [[-0.28, 1.0, 0.2], [-0.05, 1.02, 0.32], [0.05, 1.02, 0.32],
           [0.28, 1.0, 0.2]]  # fmt: skip
    crank = [[0.08, 0.2, 0.0], [0.05, 0.32, -0.05], [-0.05, 0.32, -0.05],
             [-0.08, 0.44, -0.1]]  # fmt: skip
    saddle = [[0, 0.95, -0.34], [0, 0.95, -0.1]]
    solids += [
        frame.limb(bar, 0.018, _STEEL),
        frame.limb(saddle, 0.045, _DARK),
        frame.limb(crank, 0.02, _STEEL),
    ]
    return Cycle(tuple(solids), tuple(wheels))


def motorcycle(rng: np.random.Generator, frame: Frame) -> Cycle:
    """Return a motorcycle, arguments as :func:`bicycle`."""
    paint = plain(sample_paint(rng))
    radius = rng.uniform(0.26, 0.32)
    rear, front = -0.65, 0.7
    solids: list[Solid] = []
    wheels = []
    for z in (rear, front):
        solids.append(_ring(frame, z, radius, 0.8 * radius, 0.07, _DARK))
        wheels.append(frame.outline(_circle(z, radius, radius)))
    white = plain(np.array([0.9, 0.9, 0.82]))
    red = plain(np.array([0.7, 0.05, 0.05]))
    parts = [
        ([[0, radius, front], [0, 0.95, 0.4]], 0.05, _STEEL),
        ([[0, 0.38, -0.25], [0, 0.4, 0.25]], 0.19, _STEEL),
        ([[0.16, 0.3, -0.8], [0.16, 0.33, 0.1]], 0.05, _STEEL),
        ([[0, 0.62, -0.75], [0, 0.6, -0.3], [0, 0.68, 0]], 0.13, paint),
        ([[0, 0.76, -0.7], [0, 0.78, -0.15]], 0.1, _DARK),
        ([[0, 0.8, 0.0], [0, 0.84, 0.3]], 0.16, paint),
        ([[0, 0.72, 0.55], [0, 0.98, 0.45]], 0.13, paint),
        ([[-0.36, 1.02, 0.25], [0, 1.03, 0.42], [0.36, 1.02, 0.25]], 0.022,
         _DARK),
        ([[0, 0.86, 0.6], [0, 0.86, 0.63]], 0.09, white),
        ([[0, 0.66, -0.86], [0, 0.68, -0.86]], 0.07, red),
    ]  # fmt: skip
    solids += [frame.limb(*part) for part in parts]
    order = sorted(solids, key=lambda solid: solid.depth)
    return Cycle(tuple(order), tuple(wheels))


def _circle(
    z: float, y: float, radius: float, corners: int = 15
) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, corners)
    return np.stack(
        [0 * angle, y + radius * np.sin(angle), z + radius * np.cos(angle)],
        axis=1,
    )


def _ring(
    frame: Frame,
    z: float,
    y: float,
    radius: float,
    thick: float,
    material: Material,
) -> Solid:
    corners = 15 if frame.view.scale * radius > 12 else 9
    points = _circle(z, y, radius - thick, corners)
    return frame.limb(points, thick, material)
