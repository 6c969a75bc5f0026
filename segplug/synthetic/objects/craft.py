"""Aeroplanes and boats."""

from __future__ import annotations

import numpy as np

from ..models.cars import GLASS
from ..models.faces import Face, Model, Part, box, quad
from ..models.heavy import sample_bright


def aeroplane(rng: np.random.Generator) -> Model:
    """Return an airliner or a small plane, its nose along z.

    The origin lies on the ground below it, or below it in the air.
    """
    small = rng.random() < 0.4
    paint = sample_bright(rng)
    white = (np.ones(3) * rng.uniform(0.75, 0.95)).astype(np.float32)
    body = white if rng.random() < 0.7 else paint
    radius = 0.75 if small else 1.7
    long = 7.5 if small else 26.0
    span = 5.2 if small else 13.5
    y = 1.1 if small else 3.2
    fuselage = _tube(rng, radius, long, y, body, paint)
    grey = (0.75 * white).astype(np.float32)
    high = y + (0.8 * radius if small else -0.5 * radius)
    chord = long * (0.2 if small else 0.24)
    sweep = 0.0 if small else 0.3 * span
    parts = []
    for side in (-1, 1):
        root = (side * 0.7 * radius, high, 0.1 * long)
        parts.append(_wing(root, side * span, 0.06 * span, chord, sweep, grey))
        tail = (side * 0.2 * radius, y + 0.3 * radius, -0.42 * long)
        parts.append(_wing(tail, side * 0.36 * span, 0.02 * span, 0.6 * chord,
                           0.4 * sweep, grey))  # fmt: skip
        if not small:
            x = side * 0.36 * span
            pod = box((x - 0.7, high - 1.5, 0.02 * long),
                      (x + 0.7, high - 0.15, 0.17 * long), grey)  # fmt: skip
            parts.append(Part(pod))
    fin = np.array(
        [[0, y + 0.5 * radius, -0.48 * long], [0, y + 0.5 * radius,
                                               -0.32 * long],
         [0, y + 0.3 * span * (1 if small else 0.55) + radius,
          -0.47 * long], [0, y + 0.3 * span * (1 if small else 0.55)
                          + radius, -0.52 * long]]
    )  # fmt: skip
    parts.append(Part((Face(fin, paint, two_sided=True),)))
    return Model((*parts, fuselage))


def _tube(
    rng: np.random.Generator,
    radius: float,
    long: float,
    y: float,
    body: np.ndarray,
    stripe: np.ndarray,
) -> Part:
    """Return a fuselage as a ring of strips, nose and tail tapered."""
    ends = np.array([-0.5, -0.3, 0.36, 0.45, 0.5]) * long
    sizes = np.array([0.12, 1.0, 1.0, 0.7, 0.15]) * radius
    lifts = np.array([0.55, 0.0, 0.0, -0.08, -0.25]) * radius
    angle = np.linspace(0, 2 * np.pi, 11)[:-1]
    faces = []
    for k in range(4):
        for a, b in zip(angle, np.roll(angle, -1)):
            ring = [(sizes[j] * np.cos(t), y + lifts[j] + sizes[j] * np.sin(t),
                     ends[j]) for j, t in ((k, a), (k + 1, a), (k + 1, b),
                                           (k, b))]  # fmt: skip
            belt = abs(np.sin((a + b) / 2)) < 0.2
            faces.append(Face(np.array(ring), stripe if belt else body,
                              gloss=0.1))  # fmt: skip
    for side in (-1.0, 1.0):
        x = side * (radius + 0.01)
        for z in np.arange(-0.28 * long, 0.36 * long, 0.05 * long):
            start = z if side > 0 else z + 0.025 * long
            faces.append(
                quad((x, y + 0.15 * radius, start),
                     (0, 0, side * 0.025 * long), (0, 0.25 * radius, 0),
                     GLASS)
            )  # fmt: skip
    return Part(tuple(faces))


def _wing(
    root: tuple[float, float, float],
    span: float,
    rise: float,
    chord: float,
    sweep: float,
    rgb: np.ndarray,
) -> Part:
    x, y, z = root
    points = np.array(
        [[x, y, z - chord / 2], [x, y, z + chord / 2],
         [x + span, y + rise, z + 0.2 * chord - sweep],
         [x + span, y + rise, z - 0.2 * chord - sweep]]
    )  # fmt: skip
    thick = points - [0, 0.05 * abs(chord), 0]
    edge = np.stack([points[1], points[2], thick[2], thick[1]])
    return Part(
        (
            Face(edge, 0.8 * rgb, two_sided=True),
            Face(points, rgb, two_sided=True),
        )
    )


def boat(rng: np.random.Generator) -> Model:
    """Return a sailing, motor or rowing boat; the waterline is y = 0."""
    paint, deck = sample_bright(rng), np.array([0.55, 0.4, 0.25], np.float32)
    long, half = rng.uniform(5, 9), rng.uniform(1.0, 1.5)
    side = rng.uniform(0.7, 1.2)
    z = np.array([-0.5, -0.15, 0.25, 0.5]) * long
    top = np.array([0.8, 1.0, 0.8, 0.04]) * half
    low = np.array([0.55, 0.75, 0.5, 0.0]) * half
    bow = np.array([0.0, 0.0, 0.08, 0.35]) * side
    faces = []
    for k in range(3):
        for sign in (-1, 1):
            points = np.array(
                [[sign * low[k], -0.2, z[k]],
                 [sign * low[k + 1], -0.2, z[k + 1] * 0.96],
                 [sign * top[k + 1], side + bow[k + 1], z[k + 1]],
                 [sign * top[k], side + bow[k], z[k]]]
            )  # fmt: skip
            order = points if sign > 0 else points[::-1]
            faces.append(Face(order, paint, gloss=0.1))
            band = points.copy()
            band[:2] = points[[3, 2]] + (points[[0, 1]] - points[[3, 2]]) * 0.2
            band[:, 0] += sign * 0.012
            order = band if sign > 0 else band[::-1]
            faces.append(Face(order, 0.4 * paint + 0.5))
    stern = np.array(
        [[-low[0], -0.2, z[0]], [low[0], -0.2, z[0]], [top[0], side, z[0]],
         [-top[0], side, z[0]]]
    )  # fmt: skip
    faces.append(Face(stern, 0.9 * paint))
    rim = np.stack([top, side + bow, z], axis=1)
    outline = np.concatenate([rim, rim[::-1] * [-1, 1, 1]])
    faces.append(Face(outline, deck, two_sided=True))
    parts = [Part(tuple(faces))]
    style = int(rng.integers(3))
    if style:
        roof = side + rng.uniform(0.7, 1.3)
        white = np.array([0.9, 0.9, 0.88], np.float32)
        cabin = list(box((-0.5 * half, side, -0.2 * long),
                         (0.5 * half, roof, 0.15 * long), white))  # fmt: skip
        for sign in (-1.0, 1.0):
            start = -0.15 * long if sign > 0 else 0.1 * long
            cabin.append(
                quad((sign * (0.5 * half + 0.01), side + 0.5, start),
                     (0, 0, sign * 0.25 * long), (0, 0.4, 0), GLASS)
            )  # fmt: skip
        parts.append(Part(tuple(cabin)))
    if style != 1:
        parts += _rig(rng, long, side)
    return Model(tuple(parts))


def _rig(rng: np.random.Generator, long: float, deck: float) -> list[Part]:
    """Return a mast and two sails."""
    mast = deck + long * rng.uniform(1.0, 1.3)
    steel = np.array([0.6, 0.6, 0.6], np.float32)
    cloth = np.array([0.92, 0.9, 0.86], np.float32) * rng.uniform(0.7, 1.0)
    if rng.random() < 0.25:
        cloth = sample_bright(rng)
    z = 0.12 * long
    out = rng.uniform(-0.12, 0.12) * long
    main = np.array(
        [[0, deck + 0.8, z - 0.08], [out, deck + 0.8, z - 0.55 * long],
         [0, mast, z - 0.08]]
    )  # fmt: skip
    jib = np.array(
        [[0, deck + 0.5, 0.47 * long], [out / 2, deck + 0.6, z + 0.2],
         [0, 0.85 * mast, z + 0.05]]
    )  # fmt: skip
    return [
        Part(box((-0.05, deck, z - 0.05), (0.05, mast, z + 0.05), steel)),
        Part((Face(main, cloth, two_sided=True),)),
        Part((Face(jib, 0.95 * cloth, two_sided=True),)),
    ]
