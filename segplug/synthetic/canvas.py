"""A picture painted back to front together with its exact labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

import cv2
import numpy as np

from .raster import Patch


@dataclass(frozen=True)
class Layer:
    """One opaque shape with its colours and labels.

    Attributes:
        patch: Where the shape lies and how much of each pixel it covers.
        rgb: ``HxWx3`` or ``(3,)`` float32 colours.
        part: Part id, or ``HxW`` uint8 ids, of the covered pixels; 0 is
            an object pixel without a part.
        detail: Id of a second label on top of ``part`` (a nose on a head),
            or ``HxW`` uint8 ids; 0 is none.
        contact: Strength in [0, 1] of the soft shadow that the shape casts
            on whatever lies behind its edge.
        reach: Radius of that shadow in pixels.
        welds: ``Nx4`` rows ``(x, y, radius, part)`` of discs in pixels in
            which the shape merges smoothly with a part of its own object,
            as limbs do at a joint.
    """

    patch: Patch
    rgb: np.ndarray
    part: Union[int, np.ndarray] = 0
    detail: Union[int, np.ndarray] = 0
    contact: float = 0.0
    reach: float = 0.0
    welds: Optional[np.ndarray] = None


class Canvas:
    """Colours and labels of an image under construction.

    Attributes:
        rgb: ``HxWx3`` float32.
        owner: ``HxW`` int16, object number of the nearest surface, 0 none.
        part: ``HxW`` uint8 part ids of the nearest surface.
        detail: ``HxW`` uint8 ids of details that lie on that part.
    """

    def __init__(self, rgb: np.ndarray) -> None:
        self.rgb = np.ascontiguousarray(rgb, np.float32)
        self.owner = np.zeros(self.shape, np.int16)
        self.part = np.zeros(self.shape, np.uint8)
        self.detail = np.zeros(self.shape, np.uint8)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image."""
        return self.rgb.shape[:2]

    def paint(self, layer: Layer, owner: int) -> None:
        """Put a layer in front of everything painted so far.

        Args:
            layer: The shape to paint.
            owner: Object number that its pixels get.
        """
        if layer.contact > 0 and layer.reach >= 0.5:
            self._shadow(layer)
        window = layer.patch.window
        alpha = self._weld(layer, owner)[..., None]
        target = self.rgb[window]
        target += alpha * (layer.rgb - target)
        hit = layer.patch.coverage >= 0.5
        self.owner[window][hit] = owner
        for plane, value in (
            (self.part, layer.part),
            (self.detail, layer.detail),
        ):
            plane[window][hit] = value[hit] if np.ndim(value) else value

    def darken(self, patch: Patch, strength: float) -> None:
        """Multiply colours by ``1 - strength * coverage``."""
        self.rgb[patch.window] *= 1 - strength * patch.coverage[..., None]

    def _shadow(self, layer: Layer) -> None:
        """Darken the surroundings of a layer that is about to be painted."""
        reach = int(np.ceil(layer.reach))
        grown = grow(layer.patch, reach, self.shape)
        side = 2 * reach + 1
        soft = cv2.blur(grown.coverage, (side, side))
        if layer.welds is not None:
            for weld in layer.welds:
                soft = soft * (1 - _near(grown, weld))
        self.darken(Patch(grown.top, grown.left, soft), layer.contact)

    def _weld(self, layer: Layer, owner: int) -> np.ndarray:
        """Return the opacity, faded toward edges that lie on a joint."""
        coverage = layer.patch.coverage
        if layer.welds is None or layer.reach < 1:
            return coverage
        side = 2 * int(np.ceil(layer.reach)) + 1
        faded = cv2.blur(coverage, (side, side), borderType=cv2.BORDER_REFLECT)
        faded = np.clip(2 * faded - 1, 0, 1)
        window = layer.patch.window
        same = self.owner[window] == owner
        share = np.zeros(coverage.shape, np.float32)
        for weld in layer.welds:
            kin = same & (self.part[window] == weld[3])
            share = np.maximum(share, _near(layer.patch, weld) * kin)
        return coverage + share * (np.minimum(faded, coverage) - coverage)


def _near(patch: Patch, weld: np.ndarray) -> np.ndarray:
    """Return 1 about the centre of a disc, falling to 0 at its edge."""
    x, y = patch.grid()
    centre_x, centre_y, radius = (np.float32(v) for v in weld[:3])
    square = (x - centre_x) ** 2 + (y - centre_y) ** 2
    return np.clip(2 - 2 * square / (radius * radius), 0, 1)


def grow(patch: Patch, margin: int, shape: tuple[int, int]) -> Patch:
    """Return the patch with a margin of zeros, clipped to the image."""
    height, width = patch.coverage.shape
    top, left = max(patch.top - margin, 0), max(patch.left - margin, 0)
    bottom = min(patch.top + height + margin, shape[0])
    right = min(patch.left + width + margin, shape[1])
    coverage = np.zeros((bottom - top, right - left), np.float32)
    y, x = patch.top - top, patch.left - left
    coverage[y : y + height, x : x + width] = patch.coverage
    return Patch(top, left, coverage)
