"""Furniture, bottles, plants, screens."""

from __future__ import annotations

import numpy as np

from ..models.faces import Face, Model, Part, box, quad
from ..models.frame import Frame, plain
from ..people.wardrobe import sample_cloth
from ..planes import muted
from ..solids import Solid
from ..textures import Material, NoiseField


class _Cloth:
    """A shader of a material in metres."""

    def __init__(self, material: Material, noise: NoiseField) -> None:
        self.material = material
        self.noise = noise

    def __call__(
        self, along: np.ndarray, up: np.ndarray, size: np.ndarray
    ) -> np.ndarray:
        """Return colours, see ``Shader``."""
        return self.material.albedo(0.4 * along, 0.4 * up, self.noise).astype(
            np.float32
        )


def _wood(rng: np.random.Generator) -> np.ndarray:
    wood = np.array([0.45, 0.3, 0.17]) * rng.uniform(0.5, 1.6)
    if rng.random() < 0.35:
        wood = muted(rng, 0.5, 0.3)
    return np.clip(wood, 0.04, 0.95).astype(np.float32)


def chair(rng: np.random.Generator, noise: NoiseField) -> Model:
    """Return a chair."""
    wood = _wood(rng)
    cushion = wood
    if rng.random() < 0.6:
        cushion = _Cloth(sample_cloth(rng), noise)
    half, seat = rng.uniform(0.2, 0.26), rng.uniform(0.42, 0.5)
    top = rng.uniform(0.8, 1.05)
    leg = 0.022
    parts = []
    for x in (-half, half - 2 * leg):
        for z in (-half, half - 2 * leg):
            tall = top if z < 0 else seat
            parts.append(box((x, 0, z), (x + 2 * leg, tall, z + 2 * leg),
                             wood))  # fmt: skip
    parts.append(box((-half, seat - 0.05, -half), (half, seat, half), cushion))
    rows = int(rng.integers(0, 4))
    if rows == 0:
        parts.append(box((-half, seat + 0.1, -half),
                         (half, top, -half + 0.05), cushion))  # fmt: skip
    for k in range(rows):
        y = seat + 0.12 + k * (top - seat - 0.12) / rows
        parts.append(box((-half, y, -half), (half, y + 0.07, -half + 0.03),
                         wood))  # fmt: skip
    if rng.random() < 0.25:
        for x in (-half, half - 2 * leg):
            high = (x + 2 * leg, seat + 0.24, half)
            parts.append(box((x, seat + 0.2, -half), high, wood))
    return Model(tuple(Part(p) for p in parts))


def sofa(rng: np.random.Generator, noise: NoiseField) -> Model:
    """Return a sofa of one to three seats."""
    cloth = _Cloth(sample_cloth(rng, 0.75), noise)
    half = float(rng.choice([0.5, 0.85, 1.05])) * rng.uniform(0.9, 1.1)
    seat, top = rng.uniform(0.4, 0.48), rng.uniform(0.75, 1.0)
    arm = 0.18
    parts = [
        box((-half, 0.08, -0.42), (half, seat - 0.12, 0.42), cloth),
        box((-half, seat - 0.12, -0.42), (half, top, -0.2), cloth),
    ]
    for side in (-1, 1):
        low, high = sorted((side * half, side * (half + arm)))
        parts.append(box((low, 0.05, -0.42), (high, seat + 0.2, 0.44), cloth))
    count = max(int(round(half / 0.4)), 1)
    wide = 2 * half / count
    for k in range(count):
        x = -half + k * wide
        parts.append(box((x + 0.01, seat - 0.12, -0.2),
                         (x + wide - 0.01, seat, 0.43), cloth))  # fmt: skip
    if rng.random() < 0.6:
        pillow = _Cloth(sample_cloth(rng, 0.3), noise)
        x = rng.uniform(-0.7, 0.4) * half
        parts.append(box((x, seat, -0.19), (x + 0.4, seat + 0.36, -0.05),
                         pillow))  # fmt: skip
    return Model(tuple(Part(p) for p in parts))


def table(rng: np.random.Generator, noise: NoiseField) -> Model:
    """Return a dining table with plates on it."""
    wood = _wood(rng)
    cover = wood
    if rng.random() < 0.45:
        cover = _Cloth(sample_cloth(rng, 0.5), noise)
    half, deep = rng.uniform(0.5, 0.9), rng.uniform(0.4, 0.6)
    tall, leg = 0.74, 0.04
    parts = []
    for x in (-half, half - 2 * leg):
        for z in (-deep, deep - 2 * leg):
            parts.append(Part(box((x, 0, z), (x + 2 * leg, tall, z + 2 * leg),
                                  wood)))  # fmt: skip
    low = tall - (0.05 if cover is wood else 0.22)
    top = list(box((-half, low, -deep), (half, tall, deep), cover))
    for _ in range(int(rng.integers(0, 5))):
        x, z = rng.uniform(-0.8, 0.8) * half, rng.uniform(-0.7, 0.7) * deep
        top.append(_plate((x, tall + 0.004, z), rng.uniform(0.09, 0.13),
                          muted(rng, 0.85, 0.1)))  # fmt: skip
        top.append(_plate((x, tall + 0.006, z), 0.06, muted(rng, 0.5, 0.25)))
    parts.append(Part(tuple(top)))
    return Model(tuple(parts))


def _plate(
    centre: tuple[float, float, float], radius: float, rgb: np.ndarray
) -> Face:
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    x, y, z = centre
    points = np.stack(
        [x + radius * np.cos(angle), np.full(14, y),
         z + radius * np.sin(angle)],
        axis=1,
    )  # fmt: skip
    return Face(points, rgb)


def monitor(rng: np.random.Generator, noise: NoiseField) -> Model:
    """Return a flat screen or an old television."""
    half = rng.uniform(0.26, 0.5)
    tall = 2 * half * rng.choice([0.6, 0.75])
    case = (np.ones(3) * rng.choice([0.06, 0.1, 0.6])).astype(np.float32)
    old = rng.random() < 0.35
    deep = 0.4 if old else 0.05
    base = 0.03 if old else 0.12
    body = list(box((-half, base, -deep / 2), (half, base + tall, deep / 2),
                    case, 0.1))  # fmt: skip
    rim = 0.07 * half + 0.02
    glow = rng.random() < 0.6
    picture = _Cloth(sample_cloth(rng, 0.15), noise)
    if not glow:
        picture = np.array([0.04, 0.05, 0.06], np.float32)
    z = deep / 2 + 0.003
    body.append(
        quad((half - rim, base + rim, z), (2 * rim - 2 * half, 0, 0),
             (0, tall - 2 * rim, 0), picture, glow=glow,
             gloss=0.0 if glow else 0.3)
    )  # fmt: skip
    foot = box((-0.3 * half, 0, -0.1), (0.3 * half, 0.02, 0.1), case)
    neck = box((-0.04, 0.0, -0.02), (0.04, base, 0.02), case)
    return Model((Part(foot), Part(neck), Part(tuple(body))))


def bottle(rng: np.random.Generator, frame: Frame) -> list[Solid]:
    """Return a bottle about 0.3 m tall that stands at the origin."""
    glass = np.array(
        [[0.08, 0.3, 0.1], [0.35, 0.18, 0.06], [0.7, 0.8, 0.85],
         [0.15, 0.3, 0.6], [0.7, 0.1, 0.1], [0.9, 0.9, 0.88]]
    )[int(rng.integers(6))] * rng.uniform(0.7, 1.2)  # fmt: skip
    tall, wide = rng.uniform(0.22, 0.34), rng.uniform(0.03, 0.05)
    neck = rng.uniform(0.3, 0.5) * wide
    shoulder = rng.uniform(0.5, 0.68) * tall
    outline = [[0, wide * 0.5, 0], [0, shoulder, 0],
               [0, shoulder + 0.12 * tall, 0], [0, tall, 0]]  # fmt: skip
    body = frame.limb(outline, (wide, wide, 1.2 * neck, neck), plain(glass),
                      0, 0.2)  # fmt: skip
    solids: list[Solid] = [body]
    if rng.random() < 0.75:
        label = sample_cloth(rng, 0.5)
        band = [[0, 0.2 * tall, 0], [0, 0.42 * tall, 0]]
        solids.append(frame.limb(band, 1.0 * wide, label))
    cap = plain(rng.uniform(0.05, 0.9, 3))
    solids.append(frame.limb([[0, tall, 0], [0, 1.04 * tall, 0]],
                             1.15 * neck, cap))  # fmt: skip
    return solids


def plant(rng: np.random.Generator, frame: Frame) -> list[Solid]:
    """Return a plant about 0.6 m tall in its pot."""
    clay = plain(
        np.array([0.62, 0.3, 0.18]) * rng.uniform(0.6, 1.3)
        if rng.random() < 0.6
        else rng.uniform(0.15, 0.9, 3)
    )
    tall, wide = rng.uniform(0.16, 0.26), rng.uniform(0.09, 0.14)
    solids: list[Solid] = [
        frame.limb([[0, 0.03, 0], [0, tall, 0]], (0.75 * wide, wide), clay),
        frame.limb([[0, tall, 0], [0, tall + 0.025, 0]], 1.12 * wide, clay),
    ]
    green = np.array([0.18, 0.36, 0.1]) * rng.uniform(0.7, 1.6)
    long = rng.uniform(0.25, 0.6)
    slim = rng.uniform(0.012, 0.035)
    leaves: list[Solid] = []
    for _ in range(int(rng.integers(18, 40))):
        angle, lean = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 1.0)
        way = np.array([np.cos(angle) * lean, 1.0, np.sin(angle) * lean])
        reach = long * rng.uniform(0.5, 1.0)
        root = np.array([0, tall, 0]) + 0.03 * way
        bend = root + 0.6 * reach * way
        tip = bend + 0.4 * reach * (way * [1.6, rng.uniform(-0.6, 0.6), 1.6])
        leaf = plain(green * np.exp(rng.normal(0, 0.2)), 0.08)
        radii = (0.3 * slim, slim, 0.15 * slim)
        leaves.append(frame.limb([root, bend, tip], radii, leaf, 0, 0.15))
    if rng.random() < 0.35:
        petal = plain(rng.uniform(0.3, 1.0, 3))
        for _ in range(int(rng.integers(3, 10))):
            x, z = rng.uniform(-0.5, 0.5, 2) * long
            y = tall + long * rng.uniform(0.5, 1.0)
            leaves.append(frame.limb([[x, y, z], [x, y + 0.02, z]], 0.035,
                                     petal, 0.02))  # fmt: skip
    return solids + sorted(leaves, key=lambda leaf: leaf.depth)
