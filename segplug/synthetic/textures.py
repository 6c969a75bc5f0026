"""Procedural noise and surface materials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

Pattern = Literal['plain', 'stripes', 'checks', 'dots', 'marble', 'blotches',
                  'bricks', 'planks']  # fmt: skip
CLOTH_PATTERNS: tuple[Pattern, ...] = (
    'plain', 'stripes', 'checks', 'dots', 'marble', 'blotches',
)  # fmt: skip
WALL_PATTERNS: tuple[Pattern, ...] = (
    'plain', 'stripes', 'checks', 'marble', 'bricks', 'planks',
)  # fmt: skip


def fbm(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cells: float,
    octaves: int = 4,
    gain: float = 0.5,
    aspect: float = 1.0,
) -> np.ndarray:
    """Draw fractal value noise: octaves of interpolated random grids.

    Args:
        rng: Source of randomness.
        shape: Height and width of the result.
        cells: Grid cells along the height in the coarsest octave.
        octaves: Number of octaves; each doubles the frequency.
        gain: Amplitude ratio of one octave to the one before.
        aspect: Grid cells along x per cell along y, for streaky noise.

    Returns:
        ``HxW`` float32, mean about 0, standard deviation about 1.
    """
    height, width = shape
    total = np.zeros(shape, np.float32)
    power = 0.0
    for octave in range(octaves):
        rows = cells * 2**octave
        columns = rows * width / height * aspect
        size = (int(np.ceil(rows)) + 2, int(np.ceil(columns)) + 2)
        size = (min(size[0], height + 2), min(size[1], width + 2))
        grid = rng.standard_normal(size, dtype=np.float32)
        layer = cv2.resize(
            grid, (width, height), interpolation=cv2.INTER_CUBIC
        )
        total += gain**octave * layer
        power += (gain**octave) ** 2
    # Interpolation averages neighbours, which halves the variance.
    return total / np.float32(np.sqrt(0.5 * power))


class NoiseField:
    """A tileable noise image that many surfaces sample at their own scale."""

    size = 256

    def __init__(self, rng: np.random.Generator) -> None:
        tile = np.zeros((self.size, self.size), np.float32)
        for period in (8, 16, 32, 64):
            grid = rng.standard_normal((period, period), dtype=np.float32)
            grid = np.pad(grid, 2, mode='wrap')
            step = self.size // period
            large = cv2.resize(
                grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC
            )
            edge = 2 * step
            tile += (8 / period) * large[edge:-edge, edge:-edge]
        self.tile = tile / tile.std()
        fine = rng.standard_normal((self.size, self.size), dtype=np.float32)
        self.fine = fine + 0.4 * self.tile

    def sample(
        self, u: np.ndarray, v: np.ndarray, fine: bool = False
    ) -> np.ndarray:
        """Sample at texture coordinates; one unit is one tile, wrapping.

        Args:
            u: Coordinates, broadcastable with ``v``.
            v: Coordinates, broadcastable with ``u``.
            fine: Sample grain instead of soft clouds.

        Returns:
            Float32 noise of the broadcast shape, zero mean, unit deviation.
        """
        u, v = np.broadcast_arrays(u, v)
        # As np.mod, several times as fast; the size is a power of two.
        x = ((u - np.floor(u)) * self.size).astype(np.float32)
        y = ((v - np.floor(v)) * self.size).astype(np.float32)
        tile = self.fine if fine else self.tile
        return cv2.remap(
            tile, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )


@dataclass(frozen=True)
class Material:
    """Colour of a surface over its texture coordinates.

    Attributes:
        base: RGB in [0, 1].
        accent: RGB in [0, 1] of the pattern's second colour.
        pattern: How the two colours are laid out.
        period: Texture units per repetition of the pattern.
        angle: Direction of the pattern in radians.
        grain: Relative strength of fine random brightness.
        folds: Strength of the folds that shading shows.
        offset: Shift of the texture, so that no two surfaces agree.
    """

    base: tuple[float, float, float]
    accent: tuple[float, float, float] = (0.5, 0.5, 0.5)
    pattern: Pattern = 'plain'
    period: float = 0.05
    angle: float = 0.0
    grain: float = 0.03
    folds: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)

    def albedo(
        self, u: np.ndarray, v: np.ndarray, noise: NoiseField
    ) -> np.ndarray:
        """Return ``HxWx3`` float32 colours at texture coordinates.

        Args:
            u: Coordinates along the surface, broadcastable with ``v``.
            v: Coordinates across the surface.
            noise: Noise shared by the surfaces of an image.
        """
        u, v = np.broadcast_arrays(u + self.offset[0], v + self.offset[1])
        base = np.asarray(self.base, np.float32)
        grain = 1 + self.grain * noise.sample(1.5 * u, 1.5 * v, fine=True)
        colour = base * grain[..., None]
        if self.pattern == 'plain':
            return colour
        share = self._share(u, v, noise)[..., None]
        accent = np.asarray(self.accent, np.float32)
        return colour + share * (accent - colour)

    def _share(
        self, u: np.ndarray, v: np.ndarray, noise: NoiseField
    ) -> np.ndarray:
        """Return the weight of the accent colour in [0, 1]."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        a = (cos * u + sin * v) * (2 * np.pi / self.period)
        if self.pattern == 'stripes':
            return _step(np.sin(a))
        if self.pattern == 'marble':
            scale = 0.15 / self.period
            return np.clip(
                0.5 + 0.3 * noise.sample(scale * u, scale * v), 0, 1
            )
        if self.pattern == 'blotches':
            scale = 0.1 / self.period
            return _step(noise.sample(scale * u, scale * v))
        b = (cos * v - sin * u) * (2 * np.pi / self.period)
        if self.pattern in ('bricks', 'planks'):
            return self._masonry(a, b, noise)
        if self.pattern == 'checks':
            return (_step(np.sin(a)) + _step(np.sin(b))) / 2
        return _step(np.cos(a) + np.cos(b) - 1.0)

    def _masonry(
        self, a: np.ndarray, b: np.ndarray, noise: NoiseField
    ) -> np.ndarray:
        """Return courses of bricks or boards with dark joints."""
        turns = 1 / (2 * np.pi)
        course = np.floor(a * turns)
        length = 2.0 if self.pattern == 'bricks' else 9.0
        along = b * turns / length + 0.5 * np.mod(course, 2)
        tone = noise.sample(0.37 * course, 0.61 * np.floor(along), fine=True)
        gap = np.minimum(_joint(a * turns, 0.05), _joint(along, 0.05 / length))
        return np.clip(1 - gap + gap * 0.18 * tone, 0, 1)


def _joint(place: np.ndarray, half: float) -> np.ndarray:
    """Return 0 on the joints at whole numbers and 1 between them."""
    distance = np.abs(place - np.rint(place))
    return np.clip(distance / half - 0.5, 0, 1)


def _step(value: np.ndarray) -> np.ndarray:
    """Return a soft 0/1 step at zero."""
    return np.clip(0.5 + 3 * value, 0, 1)
