"""Ellipsoids that know which point of them a pixel shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from . import raster
from .raster import Patch
from .solids import Studio
from .textures import Material


@dataclass(frozen=True)
class Ellipsoid:
    """The image of the unit sphere under a linear map, without perspective.

    Attributes:
        centre: ``(x, y)`` in pixels.
        axes: ``3x3`` matrix from the unit sphere to world directions (x
            right, y up, z to the camera) in pixels.
    """

    centre: np.ndarray
    axes: np.ndarray

    @property
    def pixels(self) -> float:
        """Mean half-axis in pixels."""
        return float(np.linalg.norm(self.axes, axis=0).mean())

    def scaled(self, factor: float) -> Ellipsoid:
        """Return a larger or smaller copy about the same centre."""
        return Ellipsoid(self.centre, self.axes * factor)

    def outline(self, shape: tuple[int, int]) -> Optional[Patch]:
        """Return the silhouette, or None outside of the image.

        Args:
            shape: Height and width of the image.
        """
        flat = self.axes[:2] * np.array([[1.0], [-1.0]])
        values, vectors = np.linalg.eigh(flat @ flat.T)
        axes = vectors * np.sqrt(np.maximum(values, 1e-6))
        return raster.ellipse(shape, self.centre, axes)

    def units(self, patch: Patch) -> np.ndarray:
        """Return the point of the unit sphere that each pixel shows.

        Args:
            patch: Window of pixels.

        Returns:
            ``HxWx3`` unit vectors; pixels outside the silhouette get the
            nearest point of the rim.
        """
        inverse = np.linalg.pinv(self.axes[:2])
        toward = np.cross(self.axes[0], self.axes[1])
        toward = toward / np.linalg.norm(toward)
        if self.axes[2] @ toward < 0:
            toward = -toward
        x, y = patch.grid()
        x, y = np.broadcast_arrays(x - self.centre[0], self.centre[1] - y)
        plane = _apply(inverse, np.stack([x, y], axis=-1))
        radius = np.sqrt((plane**2).sum(axis=-1))
        plane = plane / np.maximum(radius, 1)[..., None]
        height = np.sqrt(np.clip(1 - (plane**2).sum(axis=-1), 0, 1))
        return plane + height[..., None] * toward.astype(np.float32)

    def normals(self, units: np.ndarray) -> np.ndarray:
        """Return ``HxWx3`` world normals at points of the unit sphere."""
        raw = _apply(np.linalg.inv(self.axes).T, units)
        return raw / np.linalg.norm(raw, axis=-1, keepdims=True)

    def shade(
        self, material: Material, units: np.ndarray, studio: Studio
    ) -> np.ndarray:
        """Return ``HxWx3`` float32 lit colours at points of the sphere."""
        toward = studio.light.direction
        cosine = _apply(toward[None], self.normals(units))[..., 0]
        u, v = 0.15 * units[..., 1], 0.15 * units[..., 0]
        albedo = material.albedo(u, v, studio.noise)
        return (albedo * studio.light.shade(cosine)).astype(np.float32)


def _apply(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return ``matrix @ v`` for every vector of an ``HxWxK`` array.

    Written without BLAS, whose rounding may depend on its thread count.
    """
    return np.einsum('jk,hwk->hwj', matrix.astype(np.float32), vectors)
