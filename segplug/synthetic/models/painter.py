"""Puts models, figures and flat shapes on a canvas as a camera sees them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Optional

import cv2
import numpy as np

from .. import raster
from ..canvas import Canvas, Layer, grow
from ..raster import Patch
from ..solids import Solid, Studio, Sweep
from .air import Air, Glow
from .camera import NEAR, Camera
from .faces import Face, Model, Part, normals

_TINY = 0.8
"""Pixels squared below which a face is not drawn."""

_SLIGHT = 2.0
"""Pixels squared of the box around a limb below which it is left out."""

_FLAT = 60.0
"""Pixels squared below which a limb is drawn as its hull, unshaded."""


class Painter:
    """A canvas, a camera and the light.

    The kind of a pixel goes to the canvas's ``part`` plane, the number of
    the instance to ``owner``.

    Attributes:
        canvas: What is painted on.
        camera: Where from.
        studio: Light and noise.
        air: Haze.
        kinds: Number of every kind.
        glows: Lights to be spread in the end.
    """

    def __init__(
        self,
        canvas: Canvas,
        camera: Camera,
        studio: Studio,
        air: Air,
        kinds: dict[str, int],
    ) -> None:
        self.canvas = canvas
        self.camera = camera
        self.studio = studio
        self.air = air
        self.kinds = kinds
        self.glows: list[Glow] = []
        self.instances = 0

    def instance(self) -> int:
        """Return a new instance number."""
        self.instances += 1
        return self.instances

    def model(self, model: Model, kind: str, owner: int = 0) -> None:
        """Paint a model, its farthest part first.

        Args:
            model: What to paint.
            kind: Kind of its pixels, where a face has none.
            owner: Number of the instance, 0 for none.
        """
        corners = model.corners()
        place = np.asarray(self.camera.position)
        sizes = [[len(f.points) for f in p.faces] for p in model.parts]
        flat = np.array([n for part in sizes for n in part])
        starts = np.cumsum(flat) - flat
        outward = normals(corners, starts)
        facing = ((place - corners[starts]) * outward).sum(axis=1)
        local = self.camera.local(corners)
        order, first = [], 0
        for part, counts in zip(model.parts, sizes):
            rows = slice(starts[first], starts[first] + sum(counts))
            far = float(np.linalg.norm(corners[rows].mean(axis=0) - place))
            order.append((-far, first, part))
            first += len(counts)
        for _, first, part in sorted(order, key=lambda row: row[0]):
            for k, face in enumerate(part.faces, start=first):
                rows = slice(starts[k], starts[k] + flat[k])
                name = face.kind or kind
                self._face(
                    face, local[rows], outward[k], facing[k], name, owner
                )

    def face(self, face: Face, kind: str, owner: int = 0) -> None:
        """Paint one face in world coordinates, see :meth:`model`."""
        self.model(Model((Part((face,)),)), kind, owner)

    def _face(
        self,
        face: Face,
        local: np.ndarray,
        normal: np.ndarray,
        facing: float,
        kind: str,
        owner: int,
    ) -> None:
        """Paint a face unless it looks away or is out of sight."""
        if facing <= 0 and not face.two_sided:
            return
        shown = clip(local)
        if shown is None:
            return
        corners = self.camera.project(shown)
        if abs(_area(corners)) < _TINY:
            return
        patch = raster.polygon(self.canvas.shape, corners)
        if patch is None:
            return
        depth = float(shown[:, 2].mean())
        normal = normal if facing > 0 else -normal
        rgb = self._colours(face, local, normal, patch)
        self.layer(Layer(patch, rgb), kind, owner, depth)

    def _colours(
        self, face: Face, local: np.ndarray, normal: np.ndarray, patch: Patch
    ) -> np.ndarray:
        if callable(face.paint):
            rgb = face.paint(*self._places(local, patch))
        else:
            rgb = np.asarray(face.paint, np.float32)
        if face.glow:
            return rgb
        x, y, z = normal.tolist()
        right, up, back = self.studio.light.direction.tolist()
        cos, sin = math.cos(self.camera.yaw), math.sin(self.camera.yaw)
        cosine = right * (cos * x - sin * z) + up * y
        cosine -= back * (sin * x + cos * z)
        lit = rgb * self._lit(cosine)
        if face.gloss:
            share = np.float32(face.gloss * (0.4 + 0.6 * max(y, 0)))
            lit = lit + share * (self.air.rgb - lit)
        return np.asarray(lit, np.float32)

    def _lit(self, cosine: float) -> np.ndarray:
        """Return the RGB factor of a flat surface, as ``Light.shade``."""
        light = self.studio.light
        key = light.diffuse * max(0.25 + 0.75 * cosine, 0.0)
        return (light.ambient + key * light.tint).astype(np.float32)

    def _places(
        self, local: np.ndarray, patch: Patch
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return metres along and up a face, and metres per pixel.

        Args:
            local: Corners in camera axes, of which the first edge is along.
            patch: Window of pixels.
        """
        right, up = self.camera.rays(*patch.grid())
        e1 = local[1] - local[0]
        e1 = e1 / np.linalg.norm(e1)
        normal = np.cross(e1, local[-1] - local[0])
        normal = normal / np.linalg.norm(normal)
        e2 = np.cross(normal, e1)
        origin = [np.float32(local[0] @ axis) for axis in (normal, e1, e2)]
        normal, e1, e2 = (v.astype(np.float32) for v in (normal, e1, e2))
        slope = right * normal[0] + (up * normal[1] + normal[2])
        slope = np.where(np.abs(slope) < 1e-6, np.float32(1e-6), slope)
        depth = np.minimum(np.maximum(origin[0] / slope, NEAR), 2000)
        s = depth * (right * e1[0] + (up * e1[1] + e1[2])) - origin[1]
        t = depth * (right * e2[0] + (up * e2[1] + e2[2])) - origin[2]
        return s, t, depth / np.float32(self.camera.focal)

    def layer(self, layer: Layer, kind: str, owner: int, depth: float) -> None:
        """Paint a layer behind the haze of its depth."""
        rgb = self.air.veil(layer.rgb, np.float32(depth))
        part = self.kinds[kind]
        veiled = Layer(layer.patch, rgb, part, 0, layer.contact, layer.reach)
        self.canvas.paint(veiled, owner)

    def solids(
        self, solids: Iterable[Solid], kind: str, owner: int, depth: float
    ) -> None:
        """Paint figures' solids in their order."""
        for solid in solids:
            if isinstance(solid, Sweep):
                self._sweep(solid, kind, owner, depth)
                continue
            for layer in solid.layers(self.studio):
                self.layer(layer, kind, owner, depth)

    def _sweep(
        self, solid: Sweep, kind: str, owner: int, depth: float
    ) -> None:
        """Paint a limb; a few pixels of it in one colour."""
        span = solid.rings.reshape(-1, 2)
        wide, tall = (span.max(axis=0) - span.min(axis=0)).tolist()
        if wide * tall < _SLIGHT:
            return
        if wide * tall < _FLAT:
            hull = cv2.convexHull(span.astype(np.float32))[:, 0]
            patch = raster.polygon(self.canvas.shape, hull)
            if patch is not None:
                base = np.asarray(solid.material.base, np.float32)
                rgb = base * self._lit(0.4)
                self.layer(Layer(patch, rgb), kind, owner, depth)
            return
        for layer in solid.layers(self.studio):
            self.layer(layer, kind, owner, depth)

    def mark(self, corners: np.ndarray, kind: str, owner: int) -> None:
        """Give what lies inside a pixel outline a kind, not a colour."""
        patch = raster.fill(self.canvas.shape, [corners], convex=True)
        if patch is None:
            return
        hit = patch.coverage >= 0.5
        self.canvas.owner[patch.window][hit] = owner
        self.canvas.part[patch.window][hit] = self.kinds[kind]

    def shadow(self, points: np.ndarray, strength: float, blur: float) -> None:
        """Darken a flat polygon, with soft edges.

        Args:
            points: ``Nx3`` corners in the world.
            strength: Share of the light that is lost.
            blur: Width of the edge in metres.
        """
        local = clip(self.camera.local(points))
        if local is None:
            return
        corners = self.camera.project(local)
        patch = raster.fill(self.canvas.shape, [corners], convex=True)
        if patch is None:
            return
        sigma = blur * self.camera.focal / float(local[:, 2].mean())
        if sigma > 0.4:
            reach = int(sigma) + 1
            patch = grow(patch, reach, self.canvas.shape)
            size = 2 * reach + 1, 2 * (reach // 2) + 1
            soft = cv2.blur(patch.coverage, size)
            patch = Patch(patch.top, patch.left, soft)
        self.canvas.darken(patch, strength)

    def glow(
        self,
        point: Sequence[float],
        radius: float,
        rgb: np.ndarray,
        kind: str,
        owner: int = 0,
    ) -> None:
        """Remember a light, to be spread in the end if it is still seen.

        Args:
            point: Its place in the world.
            radius: Of its halo in metres.
            rgb: Its colour.
            kind: Kind of the thing that carries it.
            owner: Number of that thing.
        """
        pixel, depth = self.camera.pixels(np.array(point, float))
        if depth > 1:
            size = radius * self.camera.focal / depth
            colour = np.asarray(rgb, np.float32)
            light = Glow(*pixel.tolist(), size, colour, self.kinds[kind],
                         owner)  # fmt: skip
            self.glows.append(light)


def clip(local: np.ndarray) -> Optional[np.ndarray]:
    """Cut a polygon in camera axes at the near plane.

    Args:
        local: ``Nx3`` corners.

    Returns:
        The corners of what lies ahead, or None.
    """
    ahead = local[:, 2] >= NEAR
    if ahead.all():
        return local
    if not ahead.any():
        return None
    kept = []
    for k in range(len(local)):
        n = (k + 1) % len(local)
        if ahead[k]:
            kept.append(local[k])
        if ahead[k] != ahead[n]:
            share = (NEAR - local[k, 2]) / (local[n, 2] - local[k, 2])
            kept.append(local[k] + share * (local[n] - local[k]))
    return np.array(kept)


def _area(corners: np.ndarray) -> float:
    points = corners.tolist()
    total = 0.0
    for (x, y), (u, v) in zip(points, points[1:] + points[:1]):
        total += x * v - y * u
    return total / 2
