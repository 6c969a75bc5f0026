"""Vans, trucks, buses, trains, caravans and trailers."""

from __future__ import annotations

import numpy as np

from .cars import GLASS, METAL, RUBBER, lamps, sample_paint, wheels
from .faces import Model, Part, box, extrude, quad


def sample_bright(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour of a bus, tram or truck: vivid or white."""
    if rng.random() < 0.35:
        return (np.ones(3) * rng.uniform(0.7, 0.95)).astype(np.float32)
    colour = rng.uniform(0.05, 0.5, 3)
    colour[int(rng.integers(3))] = rng.uniform(0.5, 0.9)
    return colour.astype(np.float32)


def van(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a delivery van (labelled as a car or truck by its user)."""
    paint = sample_bright(rng) if rng.random() < 0.4 else sample_paint(rng)
    return Model((_coach(rng, paint, 5.2, 0.98, 2.3, 1.2, lit, panes=1),))


def bus(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a city bus."""
    paint = sample_bright(rng)
    length = float(rng.uniform(9, 13))
    return Model((_coach(rng, paint, length, 1.26, 3.1, 0.15, lit),))


def _coach(
    rng: np.random.Generator,
    paint: np.ndarray,
    length: float,
    half: float,
    tall: float,
    nose: float,
    lit: bool,
    panes: int = 0,
) -> Part:
    """Return a box on wheels with a strip of windows.

    Args:
        rng: Source of randomness.
        paint: RGB.
        length: In metres.
        half: Half-width in metres.
        tall: Height in metres.
        nose: How far the front leans back at the top.
        lit: Whether the lamps shine.
        panes: Side windows, 0 for one every 1.5 m along all of it.
    """
    rear, front = -length / 2, length / 2
    sill = 0.46 * tall
    profile = np.array(
        [[rear, 0.3], [front, 0.3], [front, sill], [front - nose, tall],
         [rear + 0.05, tall]]
    )  # fmt: skip
    edges = [RUBBER, paint, GLASS, paint, paint]
    faces = list(extrude(profile, np.full(5, half), edges, paint, gloss=0.12))
    count = panes or int(length / 1.5)
    reach = 0.9 if panes else (length - nose - 0.3) / count
    band = tall - sill - 0.35
    glass = GLASS if not lit or panes else np.array([0.8, 0.7, 0.45])
    for side in (-1.0, 1.0):
        for k in range(count):
            z = front - nose - 0.15 - (k + 1) * reach
            start = (side * (half + 0.012), sill, z if side > 0 else
                     z + reach - 0.15)  # fmt: skip
            along = (0, 0, side * (reach - 0.15))
            faces.append(
                quad(start, along, (0, band, 0), glass,
                     gloss=0.0 if lit else 0.4, glow=lit and not panes)
            )  # fmt: skip
    faces.append(
        quad((-0.8 * half, sill + 0.1, rear - 0.012), (1.6 * half, 0, 0),
             (0, 0.8 * band, 0), GLASS, gloss=0.4)
    )  # fmt: skip
    stripe = np.clip(paint * rng.uniform(0.3, 1.6), 0, 1).astype(np.float32)
    for side in (-1.0, 1.0):
        start = (side * (half + 0.011), 0.55, rear if side > 0 else front)
        faces.append(quad(start, (0, 0, side * length), (0, 0.25, 0), stripe))
    radius = 0.34 if panes else 0.48
    faces += wheels(half, (rear + 0.22 * length, front - 0.2 * length),
                     radius)  # fmt: skip
    faces += lamps(half, rear, front, 0.8, lit)
    return Part(tuple(faces))


def truck(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a truck: a cab and a box, tank-less bed or tipper."""
    paint, load = sample_bright(rng), sample_bright(rng)
    length = float(rng.uniform(5.5, 9))
    rear, front = -length / 2, length / 2
    cab = np.array(
        [[front - 1.8, 0.45], [front, 0.45], [front, 1.5],
         [front - 0.25, 2.7], [front - 1.8, 2.7]]
    )  # fmt: skip
    edges = [RUBBER, paint, GLASS, paint, paint]
    faces = list(extrude(cab, np.full(5, 1.15), edges, paint, gloss=0.1))
    for side in (-1.0, 1.0):
        z = front - 1.5 if side > 0 else front - 0.5
        faces.append(
            quad((side * 1.162, 1.55, z), (0, 0, side * 1.0), (0, 0.8, 0),
                 GLASS, gloss=0.4)
        )  # fmt: skip
    faces += wheels(1.15, (front - 0.9,), 0.48)
    faces += lamps(1.15, front - 1.8, front, 0.75, lit)[1:4:2]
    top = float(rng.choice([1.6, 3.3, 3.6]))
    cargo = [*box((-1.22, 0.95, rear), (1.22, top, front - 1.9), load, 0.05)]
    cargo.append(
        quad((-0.02, 1.0, rear - 0.012), (0.04, 0, 0), (0, top - 1.05, 0),
             RUBBER)
    )  # fmt: skip
    frame = [*box((-1.1, 0.55, rear), (1.1, 0.95, front - 1.9), 2 * RUBBER)]
    frame += wheels(1.1, (rear + 0.9, rear + 2.0), 0.48)
    frame += lamps(1.15, rear, front, 0.7, lit)[0:3:2]
    return Model((Part(tuple(frame + cargo)), Part(tuple(faces))))


def tram(rng: np.random.Generator, lit: bool = False) -> Model:
    """Return a tram or train of two or three wagons."""
    paint = sample_bright(rng)
    length = float(rng.uniform(11, 15))
    count = int(rng.integers(2, 4))
    wagons = []
    for k in range(count):
        wagon = Model((_coach(rng, paint, length, 1.3, 3.5, 0.5, lit),))
        shift = (k - (count - 1) / 2) * (length + 0.4)
        wagons += wagon.shifted(0, 0, shift)
    return Model(tuple(wagons))


def caravan(rng: np.random.Generator) -> Model:
    """Return a caravan without its car."""
    paint = (np.ones(3) * rng.uniform(0.8, 0.95)).astype(np.float32)
    length = float(rng.uniform(4.5, 6))
    rear, front = -length / 2, length / 2
    profile = np.array(
        [[rear, 0.4], [front, 0.4], [front + 0.1, 1.3], [front - 0.5, 2.55],
         [rear + 0.4, 2.55], [rear - 0.1, 1.3]]
    )  # fmt: skip
    faces = list(extrude(profile, np.full(6, 1.1), [paint] * 6, paint))
    stripe = sample_bright(rng)
    for side in (-1.0, 1.0):
        for z, wide in ((-1.4, 0.9), (0.4, 1.1)):
            z = z if side > 0 else z + wide
            pane = (side * 1.112, 1.4, z)
            faces.append(
                quad(pane, (0, 0, side * wide), (0, 0.6, 0), GLASS, gloss=0.3)
            )
        start = (side * 1.11, 0.9, rear if side > 0 else front)
        faces.append(quad(start, (0, 0, side * length), (0, 0.12, 0), stripe))
    faces.append(
        quad((-0.7, 1.45, rear - 0.06), (1.4, 0, 0), (0, 0.55, 0.18), GLASS,
             gloss=0.3)
    )  # fmt: skip
    faces += wheels(1.1, (0.0,), 0.33)
    faces += lamps(1.1, rear - 0.02, front, 0.6, False)[0:3:2]
    return Model((Part(tuple(faces)),))


def trailer(rng: np.random.Generator) -> Model:
    """Return a small open or covered trailer."""
    paint = sample_bright(rng) if rng.random() < 0.5 else METAL
    top = float(rng.choice([0.95, 1.9]))
    faces = [*box((-0.75, 0.45, -1.3), (0.75, top, 1.0), paint)]
    faces += wheels(0.8, (-0.2,), 0.3)
    faces += lamps(0.75, -1.3, 1.0, 0.55, False)[0:3:2]
    bar = box((-0.05, 0.4, 1.0), (0.05, 0.5, 2.2), 2 * RUBBER)
    return Model((Part(tuple(faces)), Part(bar)))
