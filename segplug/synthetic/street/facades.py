"""Fronts of houses with windows, doors and shops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.faces import Face, Model, Part, box, quad
from ..planes import muted
from ..textures import Material, NoiseField


@dataclass(frozen=True)
class Front:
    """A shader of a wall with rows of windows.

    Attributes:
        material: Of the wall.
        noise: Noise of the image.
        glass: RGB of the panes.
        frame: RGB of the frames.
        bay: Width of an axis of windows in metres.
        storey: Height of a storey in metres.
        share: Width and height of a window in an axis and a storey.
        shop: Height of the ground floor, with larger panes; 0 for none.
        sign: RGB of the board above the shops.
        lit: Share of windows that are lit.
        key: Shift of the noise that picks the lit windows.
    """

    material: Material
    noise: NoiseField
    glass: np.ndarray
    frame: np.ndarray
    bay: float
    storey: float
    share: tuple[float, float]
    shop: float
    sign: np.ndarray
    lit: float
    key: float

    def __call__(
        self, along: np.ndarray, up: np.ndarray, size: np.ndarray
    ) -> np.ndarray:
        """Return colours, see ``Shader``."""
        rgb = self.material.albedo(along / 16, up / 16, self.noise)
        rgb = rgb.astype(np.float32)
        above = up - np.float32(self.shop)
        column = np.floor(along / self.bay)
        row = np.floor(above / self.storey)
        x = along - (column + 0.5) * self.bay
        y = above - (row + 0.5) * self.storey
        wide, tall = 0.5 * self.bay * self.share[0], (
            0.5 * self.storey * self.share[1])  # fmt: skip
        outer = _cover(x, wide + 0.12, size) * _cover(y, tall + 0.12, size)
        inner = _cover(np.abs(x) - wide / 2, wide / 2 - 0.04, size)
        inner = inner * _cover(y, tall, size)
        upper = above > 0
        _mix(rgb, outer * upper, self.frame)
        _mix(rgb, inner * upper, self._panes(column, row, up))
        if self.shop:
            self._shop(rgb, along, up, size)
        return rgb

    def _panes(
        self, column: np.ndarray, row: np.ndarray, up: np.ndarray
    ) -> np.ndarray:
        """Return the colour of the panes, some of them lit."""
        pick = self.noise.sample(
            0.37 * column + self.key, 0.61 * row + self.key, fine=True
        )
        tone = np.clip(1 + 0.35 * pick, 0.4, 2)[..., None]
        rgb = self.glass * tone
        if self.lit:
            # The deviation of the noise is one: a normal quantile.
            on = (pick > np.float32(1.3 - 1.6 * self.lit))[..., None]
            warm = np.array([2.4, 1.9, 1.1], np.float32)
            rgb = np.where(on, warm * (0.7 + 0.2 * tone), rgb)
        return rgb.astype(np.float32)

    def _shop(
        self,
        rgb: np.ndarray,
        along: np.ndarray,
        up: np.ndarray,
        size: np.ndarray,
    ) -> None:
        """Put panes, doors and a board on the ground floor."""
        x = np.mod(along, 3.6) - 1.8
        pane = _cover(x, 1.55, size)
        pane = pane * _cover(up - 1.5, 1.15, size)
        _mix(rgb, pane, 0.8 * self.glass + 0.04 + 0.9 * self.lit)
        door = _cover(np.mod(along, 10.8) - 5.4, 0.55, size)
        door = door * _cover(up - 1.2, 1.2, size)
        _mix(rgb, door, 0.5 * self.sign)
        board = _cover(up - (self.shop - 0.45), 0.3, size)
        gap = _cover(np.mod(along, 7.2) - 3.6, 3.3, size)
        _mix(rgb, board * gap, self.sign * (1 + 1.5 * self.lit))


def _cover(offset: np.ndarray, half: float, size: np.ndarray) -> np.ndarray:
    share = (np.float32(half) - np.abs(offset)) / size + np.float32(0.5)
    return np.clip(share, 0, np.minimum(1, 2 * half / size))


def _mix(rgb: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> None:
    rgb += cover[..., None].astype(np.float32) * (colour - rgb)


def sample_front(
    rng: np.random.Generator, noise: NoiseField, lit: float, shop: bool
) -> Front:
    """Draw the looks of a house.

    Args:
        rng: Source of randomness.
        noise: Noise of the image.
        lit: Share of windows that are lit.
        shop: Whether there may be shops.
    """
    colour = np.clip(muted(rng, 0.5, 0.16) * [1.06, 1.0, 0.9], 0.08, 0.9)
    kind = rng.choice(3, p=(0.55, 0.3, 0.15))
    if kind == 1:
        colour = np.array([0.45, 0.26, 0.19]) * rng.uniform(0.7, 1.4)
    pattern = ('plain', 'bricks', 'marble')[int(kind)]
    accent = colour * rng.uniform(0.6, 1.25)
    tall = kind == 0 and rng.random() < 0.3  # A modern front of glass.
    material = Material(
        tuple(float(c) for c in colour),
        tuple(float(c) for c in np.clip(accent, 0.03, 1)),
        pattern,
        float(rng.uniform(0.012, 0.02)),
        np.pi / 2,
        float(rng.uniform(0.02, 0.08)),
        offset=(float(rng.random()), float(rng.random())),
    )
    return Front(
        material,
        noise,
        (np.array([0.14, 0.18, 0.22]) * rng.uniform(0.6, 2)).astype('f4'),
        muted(rng, 0.6, 0.25),
        float(rng.uniform(1.6, 3.4)),
        float(rng.uniform(2.8, 3.7)),
        (0.88, 0.8) if tall else tuple(rng.uniform(0.35, 0.62, 2)),
        float(rng.uniform(3.4, 4.2)) if shop and rng.random() < 0.6 else 0.0,
        np.clip(rng.uniform(0.1, 0.8, 3), 0, 1).astype(np.float32),
        lit,
        float(rng.random()),
    )


def house(
    rng: np.random.Generator,
    noise: NoiseField,
    sign: int,
    size: tuple[float, float, float],
    lit: float,
    gabled: bool,
) -> Model:
    """Return a house whose street front lies at x = 0.

    Args:
        rng: Source of randomness.
        noise: Noise of the image.
        sign: Side of the street, the sign of x away from it.
        size: Depth across, height and length along the street in metres.
        lit: Share of windows that are lit.
        gabled: Whether it has a sloping roof, else a cornice.
    """
    deep, tall, long = size
    front = sample_front(rng, noise, lit, shop=not gabled)
    low, high = sorted((0.0, sign * deep))
    z0, z1 = -long / 2, long / 2
    faces = list(box((low, 0, z0), (high, tall, z1), front))
    if gabled:
        faces += _gable(rng, sign, deep, tall, (z0, z1))
    else:
        rim = front.frame * 0.8
        edge = sorted((sign * -0.25, sign * 0.1))
        faces += box((edge[0], tall - 0.5, z0), (edge[1], tall, z1), rim)
    return Model((Part(tuple(faces)),))


def _gable(
    rng: np.random.Generator,
    sign: int,
    deep: float,
    tall: float,
    ends: tuple[float, float],
) -> list[Face]:
    """Return a roof that slopes toward the street."""
    z0, z1 = ends
    rise = deep * rng.uniform(0.25, 0.5)
    tiles = np.array([0.42, 0.2, 0.14]) * rng.uniform(0.5, 1.3)
    if rng.random() < 0.4:
        tiles = np.ones(3) * rng.uniform(0.15, 0.35)
    tiles = tiles.astype(np.float32)
    start, along = (z0, z1 - z0) if sign > 0 else (z1, z0 - z1)
    # Seen from the street, the eaves run from left to right.
    start, along = start + along, -along
    slope = quad((-0.4 * sign, tall - 0.1, start), (0, 0, along),
                 (sign * (deep / 2 + 0.4), rise, 0), tiles)  # fmt: skip
    peak = np.array(
        [[0, tall, z0], [sign * deep, tall, z0],
         [sign * deep / 2, tall + rise, z0]], float
    )  # fmt: skip
    wall = np.clip(tiles * 1.2 + 0.2, 0, 1).astype(np.float32)
    return [Face(peak if sign > 0 else peak[::-1], wall), slope]
