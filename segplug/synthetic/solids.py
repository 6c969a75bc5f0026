"""Shaded solids seen by a camera, ready to be painted on a canvas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Optional, Protocol, Union

import numpy as np

from . import raster
from .canvas import Layer
from .lighting import Light
from .raster import Patch
from .textures import Material, NoiseField

Labeller = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Studio:
    """What all solids of an image share.

    Attributes:
        shape: Height and width of the image.
        light: The light of the scene.
        noise: Noise that surfaces sample.
    """

    shape: tuple[int, int]
    light: Light
    noise: NoiseField


@dataclass(frozen=True)
class View:
    """Camera of one figure: scale, shift and mild perspective.

    World axes are x right, y up and z to the camera.

    Attributes:
        scale: Pixels per length unit at depth 0.
        origin: ``(x, y)`` pixel of the figure's origin.
        distance: Distance of the camera in length units.
    """

    scale: float
    origin: np.ndarray
    distance: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project world points ``...x3`` to pixels ``...x2``."""
        size = self.scale * self.magnify(points)
        flat = points[..., :2] * np.array([1.0, -1.0])
        return self.origin + size[..., None] * flat

    def magnify(self, points: np.ndarray) -> np.ndarray:
        """Return the perspective factor of world points."""
        room = np.maximum(self.distance - points[..., 2], 0.3 * self.distance)
        return self.distance / room

    def discs(self, centres: np.ndarray, radius: float) -> np.ndarray:
        """Return ``Nx3`` discs ``(x, y, radius)`` in pixels."""
        centres = np.asarray(centres, float)
        size = radius * self.scale * self.magnify(centres)
        return np.concatenate([self.project(centres), size[:, None]], axis=1)

    def spheres(self, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
        """Return the ``KxMx2`` outlines of spheres in pixels."""
        centres = np.asarray(centres, float)
        size = np.asarray(radii) * self.scale * self.magnify(centres)
        return raster.circles(self.project(centres), size)


class Solid(Protocol):
    """Something that can be ordered by depth and painted."""

    depth: float

    def layers(self, studio: Studio) -> Iterator[Layer]:
        """Yield what has to be painted, in order."""


@dataclass(frozen=True)
class Sweep:
    """A generalised cylinder: outlines along an axis.

    Attributes:
        rings: ``KxMx2`` outlines in pixels.
        axis: World direction from the first to the last ring.
        depth: World z that orders it among its neighbours.
        scale: Pixels per texture unit.
        material: Its surface.
        part: Part id, or a function of pixel ``x`` (``1xW``) and ``y``
            (``Hx1``) that returns ``HxW`` uint8 ids.
        detail: Detail id, see :class:`~.canvas.Layer`.
        contact: Strength of the soft shadow on what lies behind.
        welds: Joints at which it merges with its own figure, see
            :class:`~.canvas.Layer`.
    """

    rings: np.ndarray
    axis: np.ndarray
    depth: float
    scale: float
    material: Material
    part: Union[int, Labeller] = 0
    detail: int = 0
    contact: float = 0.0
    welds: Optional[np.ndarray] = None

    def layers(self, studio: Studio) -> Iterator[Layer]:
        """Yield what has to be painted, none when out of sight."""
        patch = raster.sweep(studio.shape, self.rings)
        if patch is None:
            return
        part = self.part
        if callable(part):
            part = part(*patch.grid())
        rgb = self._colours(patch, studio)
        reach = 0.014 * self.scale
        yield Layer(
            patch, rgb, part, self.detail, self.contact, reach, self.welds
        )

    def _colours(self, patch: Patch, studio: Studio) -> np.ndarray:
        start, along, across, length = _axis_2d(self.rings)
        x, y = patch.grid()
        x, y = x - start[0], y - start[1]
        u = x * along[0] + y * along[1]
        v = x * across[0] + y * across[1]
        middle, half = self._profile(u, start, along, across)
        s = np.clip((v - middle) / half, -1, 1)
        over = np.clip(np.maximum(-u, u - length) / half, 0, 1)
        over *= np.where(u > 0, 1.0, -1.0)
        cosine = _cosine(studio.light, self.axis, along, across, s, over)
        u, v = u / self.scale, v / self.scale
        if self.material.folds:
            fold = studio.noise.sample(1.2 * v, 0.6 * u)
            cosine = cosine + self.material.folds * fold
        colours = self.material.albedo(u, v, studio.noise)
        return (colours * studio.light.shade(cosine)).astype(np.float32)

    def _profile(
        self,
        u: np.ndarray,
        start: np.ndarray,
        along: np.ndarray,
        across: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Interpolate the centre line and half-width at positions u."""
        local = self.rings - start
        places = (local @ along).mean(axis=1)
        sides = local @ across
        low, high = sides.min(axis=1), sides.max(axis=1)
        order = np.argsort(places, kind='stable')
        places = places[order]
        middle = np.interp(u, places, ((low + high) / 2)[order])
        half = np.interp(u, places, ((high - low) / 2)[order])
        return (
            middle.astype(np.float32),
            np.maximum(half, 0.5).astype(np.float32),
        )


def _axis_2d(
    rings: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return start, unit direction, unit normal and length of the axis."""
    start, end = rings[0].mean(axis=0), rings[-1].mean(axis=0)
    length = float(np.hypot(*(end - start)))
    along = (end - start) / length if length > 0.5 else np.array([0.0, 1.0])
    along = along.astype(np.float32)
    across = np.array([along[1], -along[0]], np.float32)
    return start.astype(np.float32), along, across, length


def _cosine(
    light: Light,
    axis: np.ndarray,
    along: np.ndarray,
    across: np.ndarray,
    s: np.ndarray,
    over: np.ndarray,
) -> np.ndarray:
    """Cosine between the light and the normals of a round limb.

    Args:
        light: The light.
        axis: World direction of the limb.
        along: Its direction in the image.
        across: Normal of that direction in the image.
        s: Signed position across the limb, -1 to 1 at the outline.
        over: Signed position beyond the ends, in half-widths.
    """
    normal = np.array([across[0], -across[1], 0.0])
    front = np.cross(normal, axis)
    norm = np.linalg.norm(front)
    front = front / norm if norm > 1e-6 else np.array([0.0, 0.0, 1.0])
    if front[2] < 0:
        front = -front
    side = np.float32(light.direction @ normal)
    facing = np.float32(light.direction @ front)
    cosine = s * side + np.sqrt(1 - s * s) * facing
    # Only a limb that points at the camera shows the dome of its end.
    bulge = over * np.float32(abs(axis[2]))
    tip = np.float32(along @ (light.direction[:2] * np.array([1, -1])))
    return cosine * np.sqrt(1 - bulge * bulge) + bulge * tip


def direction(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the unit vector between points, downward when they agree."""
    delta = np.asarray(end, float) - np.asarray(start, float)
    norm = np.linalg.norm(delta)
    return delta / norm if norm > 1e-9 else np.array([0.0, -1.0, 0.0])


def limb(
    view: View,
    centres: np.ndarray,
    radii: np.ndarray,
    material: Material,
    part: Union[int, Labeller],
    bias: float = 0.0,
    detail: int = 0,
    contact: float = 0.0,
    welds: Optional[np.ndarray] = None,
) -> Sweep:
    """Return a round limb along world points.

    Args:
        view: Camera of the figure.
        centres: ``Kx3`` world points.
        radii: K radii in length units.
        material: Surface.
        part: Part id or labeller.
        bias: Added to the mean depth for the painting order.
        detail: Detail id.
        contact: Strength of the soft shadow on what lies behind.
        welds: Joints at which the limb merges with its figure.
    """
    centres = np.asarray(centres, float)
    depth = float(centres[:, 2].mean() + bias)
    axis = direction(centres[0], centres[-1])
    rings = view.spheres(centres, radii)
    return Sweep(
        rings, axis, depth, view.scale, material, part, detail, contact, welds
    )
