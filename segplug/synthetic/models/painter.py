"""Puts models, figures and flat shapes on a canvas as a camera sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Optional

import cv2
import numpy as np

from .. import raster
from ..canvas import Canvas, Layer
from ..raster import Patch
from ..solids import Solid, Studio
from .camera import NEAR, Camera
from .faces import Face, Model

_TINY = 0.35
"""Pixels squared below which a face is not drawn."""


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
        glows: ``(x, y, radius, rgb)`` of lights to be spread in the end.
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
        self.glows: list[tuple[float, float, float, np.ndarray]] = []
        self.instances = 0

    def instance(self) -> int:
        """Return a new instance number."""
        self.instances += 1
        return self.instances

    def model(self, model: Model, kind: str, owner: int = 0) -> None:
        """Paint a model, its farthest part first."""
        place = np.asarray(self.camera.position)
        parts = sorted(
            model.parts,
            key=lambda part: -float(np.linalg.norm(part.centre() - place)),
        )
        for part in parts:
            for face in part.faces:
                self.face(face, face.kind or kind, owner)

    def face(self, face: Face, kind: str, owner: int = 0) -> None:
        """Paint one face unless it looks away or is out of sight."""
        normal = face.normal()
        toward = np.asarray(self.camera.position) - face.points[0]
        if normal @ toward <= 0:
            if not face.two_sided:
                return
            normal = -normal
        local = clip(self.camera.local(face.points))
        if local is None:
            return
        corners = self.camera.project(local)
        if abs(_area(corners)) < _TINY:
            return
        patch = raster.fill(self.canvas.shape, [corners], convex=False)
        if patch is None:
            return
        depth = float(local[:, 2].mean())
        rgb = self._colours(face, normal, patch, depth)
        self.layer(Layer(patch, rgb), kind, owner, depth)

    def _colours(
        self, face: Face, normal: np.ndarray, patch: Patch, depth: float
    ) -> np.ndarray:
        if callable(face.paint):
            along, up, size = self._places(face, patch)
            rgb = face.paint(along, up, size)
        else:
            rgb = np.asarray(face.paint, np.float32)
        if face.glow:
            return rgb
        turn = self.camera.yaw
        cos, sin = np.cos(turn), np.sin(turn)
        x, y, z = normal
        seen = np.array([cos * x - sin * z, y, -(sin * x + cos * z)])
        light = self.studio.light
        cosine = np.float32(light.direction @ seen)
        lit = rgb * light.shade(np.atleast_1d(cosine))[0]
        if face.gloss:
            share = np.float32(face.gloss * (0.4 + 0.6 * max(y, 0)))
            lit = lit + share * (self.air.rgb - lit)
        return np.asarray(lit, np.float32)

    def _places(
        self, face: Face, patch: Patch
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return metres along and up the face, and metres per pixel."""
        local = self.camera.local(face.points)
        right, up = self.camera.rays(*patch.grid())
        e1 = local[1] - local[0]
        e1 = e1 / np.linalg.norm(e1)
        normal = np.cross(e1, local[-1] - local[0])
        normal = normal / np.linalg.norm(normal)
        e2 = np.cross(normal, e1)
        slope = right * normal[0] + up * normal[1] + normal[2]
        slope = np.where(np.abs(slope) < 1e-6, 1e-6, slope)
        depth = (normal @ local[0]) / slope
        depth = np.clip(depth, NEAR, 2000).astype(np.float32)
        s = depth * (right * e1[0] + up * e1[1] + e1[2]) - local[0] @ e1
        t = depth * (right * e2[0] + up * e2[1] + e2[2]) - local[0] @ e2
        size = depth / np.float32(self.camera.focal)
        return s.astype(np.float32), t.astype(np.float32), size

    def layer(self, layer: Layer, kind: str, owner: int, depth: float) -> None:
        """Paint a layer behind the haze of its depth."""
        rgb = self.air.veil(layer.rgb, np.float32(depth))
        part = self.kinds[kind]
        self.canvas.paint(
            replace(layer, rgb=rgb, part=part, detail=0, welds=None), owner
        )

    def solids(
        self, solids: Iterable[Solid], kind: str, owner: int, depth: float
    ) -> None:
        """Paint figures' solids in their order."""
        for solid in solids:
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
        soft = patch.coverage
        if sigma > 0.4:
            soft = cv2.blur(soft, (2 * int(sigma) + 3, int(sigma / 2) + 2))
        self.canvas.darken(Patch(patch.top, patch.left, soft), strength)

    def glow(
        self, point: Sequence[float], radius: float, rgb: np.ndarray
    ) -> None:
        """Remember a light at a world point, if it is before the camera."""
        pixel, depth = self.camera.pixels(np.array(point, float))
        if depth > 1:
            size = radius * self.camera.focal / depth
            colour = np.asarray(rgb, np.float32)
            self.glows.append((pixel[0], pixel[1], size, colour))


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
    x, y = corners[:, 0], corners[:, 1]
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
