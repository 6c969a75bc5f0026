"""Cats, dogs, cows, horses and sheep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..models.frame import Frame, plain
from ..solids import Solid
from ..textures import Material

Animal = Literal['cat', 'dog', 'cow', 'horse', 'sheep']


@dataclass(frozen=True)
class Build:
    """Proportions of a four-legged animal in metres.

    Attributes:
        length: Shoulder to hip.
        tall: Height of the back.
        girth: Radius of the trunk.
        leg: Radius of a leg at the top.
        neck: Length of the neck.
        rise: Angle of the neck above the horizontal in degrees.
        head: Radius of the skull.
        snout: Length of the snout from the middle of the skull.
        muzzle: Radius of the end of the snout.
        ear: Length of an ear.
        tail: Length of the tail.
    """

    length: float
    tall: float
    girth: float
    leg: float
    neck: float
    rise: float
    head: float
    snout: float
    muzzle: float
    ear: float
    tail: float


BUILDS: dict[str, Build] = {
    'cat': Build(0.34, 0.28, 0.085, 0.032, 0.08, 40, 0.062, 0.055, 0.03,
                 0.06, 0.3),
    'dog': Build(0.55, 0.58, 0.13, 0.055, 0.2, 50, 0.095, 0.17, 0.045,
                 0.11, 0.32),
    'cow': Build(1.45, 1.4, 0.40, 0.13, 0.45, 22, 0.17, 0.34, 0.12, 0.18,
                 0.8),
    'horse': Build(1.35, 1.55, 0.34, 0.14, 0.8, 52, 0.16, 0.42, 0.09, 0.16,
                   0.8),
    'sheep': Build(0.75, 0.78, 0.28, 0.06, 0.2, 35, 0.11, 0.17, 0.055, 0.11,
                   0.12),
}  # fmt: skip

_COATS: dict[str, tuple[tuple[float, float, float], ...]] = {
    'cat': ((0.75, 0.45, 0.2), (0.12, 0.11, 0.11), (0.5, 0.48, 0.45),
            (0.85, 0.82, 0.78), (0.4, 0.32, 0.24)),
    'dog': ((0.62, 0.42, 0.22), (0.1, 0.09, 0.08), (0.88, 0.85, 0.8),
            (0.4, 0.25, 0.14), (0.75, 0.6, 0.42)),
    'cow': ((0.9, 0.88, 0.85), (0.45, 0.24, 0.13), (0.1, 0.09, 0.08),
            (0.7, 0.5, 0.3)),
    'horse': ((0.4, 0.22, 0.12), (0.16, 0.11, 0.08), (0.62, 0.4, 0.22),
              (0.8, 0.78, 0.74)),
    'sheep': ((0.88, 0.84, 0.75), (0.8, 0.76, 0.68), (0.2, 0.17, 0.15)),
}  # fmt: skip


def _coat(rng: np.random.Generator, animal: Animal) -> Material:
    coats = _COATS[animal]
    base = np.array(coats[int(rng.integers(len(coats)))])
    base = np.clip(base * np.exp(rng.normal(0, 0.1)), 0.04, 0.95)
    accent = np.array(coats[int(rng.integers(len(coats)))])
    patterns = {
        'cat': ('stripes', 'marble', 'plain'),
        'dog': ('plain', 'blotches', 'marble'),
        'cow': ('blotches', 'blotches', 'plain'),
        'horse': ('plain', 'plain', 'blotches'),
        'sheep': ('marble', 'marble', 'marble'),
    }[animal]
    pattern = patterns[int(rng.integers(3))]
    if animal == 'sheep' or pattern == 'stripes':
        accent = 0.6 * base
    period = BUILDS[animal].length * (0.16 if pattern == 'stripes' else 0.22)
    return Material(
        tuple(float(c) for c in base),
        tuple(float(c) for c in accent),
        pattern,
        float(period),
        0.0,
        0.1,
        0.12,
        (float(rng.random()), float(rng.random())),
    )


def quadruped(
    rng: np.random.Generator, frame: Frame, animal: Animal
) -> list[Solid]:
    """Return the solids of an animal on its feet, or seated or lying.

    Args:
        rng: Source of randomness.
        frame: On the ground below its middle, in metres.
        animal: Which.
    """
    build = BUILDS[animal]
    coat = _coat(rng, animal)
    small = animal in ('cat', 'dog')
    posture = 'standing'
    if small:
        posture = str(rng.choice(['standing', 'sitting', 'lying']))
    elif animal in ('cow', 'sheep') and rng.random() < 0.25:
        posture = 'lying'
    shoulder, hip = _trunk_ends(build, posture)
    solids = _trunk(rng, frame, build, coat, animal, shoulder, hip)
    solids += _legs(rng, frame, build, coat, posture, shoulder, hip)
    graze = animal in ('cow', 'horse', 'sheep') and rng.random() < 0.3
    rise = -35.0 if graze and posture == 'standing' else build.rise
    rise += rng.normal(0, 8)
    solids += _head(rng, frame, build, coat, animal, shoulder, rise)
    solids += _tail(rng, frame, build, coat, animal, hip)
    return sorted(solids, key=lambda solid: solid.depth)


def _trunk_ends(build: Build, posture: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle of the chest and of the hips."""
    half, y = build.length / 2, build.tall - build.girth
    if posture == 'lying':
        y = build.girth * 1.02
    shoulder = np.array([0.0, y, half])
    hip = np.array([0.0, y, -half])
    if posture == 'sitting':
        hip = np.array([0.0, build.girth * 1.1, -0.45 * half])
        shoulder = np.array([0.0, 0.85 * build.tall, 0.35 * half])
    return shoulder, hip


def _trunk(
    rng: np.random.Generator,
    frame: Frame,
    build: Build,
    coat: Material,
    animal: Animal,
    shoulder: np.ndarray,
    hip: np.ndarray,
) -> list[Solid]:
    g = build.girth
    middle = (shoulder + hip) / 2 - [0, 0.06 * g, 0]
    waist = 0.86 if animal in ('cat', 'dog') else 1.03
    girths = (0.94 * g, waist * g, 0.95 * g)
    solids: list[Solid] = [
        frame.limb([shoulder, middle, hip], girths, coat, contact=0.2)
    ]
    if animal == 'sheep':  # Locks of wool.
        for _ in range(26):
            share, angle = rng.uniform(-0.1, 1.1), rng.uniform(-0.6, 3.7)
            place = shoulder + share * (hip - shoulder)
            place = place + [0.85 * g * np.cos(angle),
                             0.85 * g * np.sin(angle), 0]  # fmt: skip
            solids.append(
                frame.limb([place, place + [0, 0.02, 0]], 0.28 * g, coat,
                           0.04, 0.1)
            )  # fmt: skip
    return solids


def _legs(
    rng: np.random.Generator,
    frame: Frame,
    build: Build,
    coat: Material,
    posture: str,
    shoulder: np.ndarray,
    hip: np.ndarray,
) -> list[Solid]:
    solids: list[Solid] = []
    wide = 0.62 * build.girth
    hoof = plain(np.asarray(coat.base) * 0.35)
    for side in (-1, 1):
        for end, rear in ((shoulder, False), (hip, True)):
            top = end + [side * wide, -0.15 * build.girth, 0]
            if posture == 'lying' or (posture == 'sitting' and rear):
                reach = build.tall * 0.5
                foot = np.array(
                    [top[0] * 1.5, 0.9 * build.leg, top[2] + reach]
                )
                knee = (top + foot) / 2 + [side * 0.02, 0.1 * build.tall, 0]
            else:
                swing = rng.normal(0, 0.12) * build.tall
                foot = np.array([top[0], 0.0, top[2] + swing])
                bow = -0.06 if rear else 0.03
                knee = (top + foot) / 2 + [0, 0, bow * build.tall]
            leg = build.leg
            thick = (1.5 * leg if rear else 1.2 * leg, 0.75 * leg, 0.55 * leg)
            solids.append(frame.limb([top, knee, foot], thick, coat, -0.01,
                                     0.15))  # fmt: skip
            toe = foot + [0, 0.02 * build.tall, 0.06 * build.tall]
            solids.append(frame.limb([foot, toe], 0.6 * leg, hoof, -0.01))
    return solids


def _head(
    rng: np.random.Generator,
    frame: Frame,
    build: Build,
    coat: Material,
    animal: Animal,
    shoulder: np.ndarray,
    rise: float,
) -> list[Solid]:
    angle = np.deg2rad(rise)
    way = np.array([0.0, np.sin(angle), np.cos(angle)])
    root = shoulder + [0, 0.3 * build.girth, 0.4 * build.girth]
    skull = root + way * build.neck
    turn = rng.normal(0, 0.4)
    dip = np.deg2rad(min(rise, 60) - (75 if animal != 'cat' else 45))
    ahead = np.array([np.sin(turn), np.sin(dip), np.cos(turn)])
    ahead = ahead / np.linalg.norm(ahead)
    nose = skull + ahead * build.snout
    side = np.cross([0.0, 1.0, 0.0], ahead)
    top = np.cross(ahead, side)
    face = coat
    if animal == 'sheep':
        face = plain(rng.choice([0.15, 0.85]) * np.array([1.0, 0.96, 0.9]))
    dark = plain(np.array([0.05, 0.045, 0.05]))
    h = build.head
    thick = (0.75 * build.girth, 0.8 * h if animal != 'cat' else h)
    solids: list[Solid] = [
        frame.limb([root, skull], thick, coat, 0.01, 0.15),
        frame.limb([skull, nose], (h, build.muzzle), face, 0.03, 0.2),
        frame.limb([nose, nose + 0.01 * ahead], 0.5 * build.muzzle, dark,
                   0.05),
    ]  # fmt: skip
    for sign in (-1, 1):
        ear = skull + sign * 0.6 * h * side + 0.7 * h * top
        lift = 0.9 if animal in ('cat', 'horse') else -0.1
        tip = ear + build.ear * (lift * top + sign * (1 - abs(lift)) * side)
        if animal == 'dog' and rng.random() < 0.5:
            tip = ear + build.ear * (0.35 * sign * side - 0.9 * top)
        solids.append(frame.limb([ear, tip], (0.35 * h, 0.08 * h), face, 0.04))
        eye = skull + sign * 0.55 * h * side + 0.25 * h * top + 0.8 * h * ahead
        solids.append(frame.limb([eye, eye + 1e-3], 0.14 * h, dark, 0.09))
        if animal == 'cow':
            horn = skull + sign * 0.7 * h * side + 0.8 * h * top
            tip = horn + 0.2 * sign * side + 0.12 * top
            bone = plain(np.array([0.8, 0.75, 0.62]))
            solids.append(frame.limb([horn, tip], (0.04, 0.015), bone, 0.05))
    if animal == 'horse':  # The mane.
        mane = plain(np.asarray(coat.base) * 0.4)
        back = np.array([0, np.cos(angle), -np.sin(angle)]) * 0.16
        crest = [root + back * 1.2, skull + back * 0.9]
        solids.append(frame.limb(crest, (0.1, 0.09), mane, 0.0))
    return solids


def _tail(
    rng: np.random.Generator,
    frame: Frame,
    build: Build,
    coat: Material,
    animal: Animal,
    hip: np.ndarray,
) -> list[Solid]:
    root = hip + [0, 0.5 * build.girth, -0.8 * build.girth]
    drop = {'cat': 0.5, 'dog': 0.6}.get(animal, -1.0)
    drop += rng.normal(0, 0.3) if animal in ('cat', 'dog') else 0
    middle = root + build.tail * 0.5 * np.array([0.1, 0.3 * drop, -0.7])
    tip = middle + build.tail * 0.6 * np.array([0.1, drop, -0.2])
    tip[1] = max(tip[1], 0.03)
    material = coat
    thick = 0.45 * build.leg
    if animal == 'horse':
        material, thick = plain(np.asarray(coat.base) * 0.4), 0.07
    return [frame.limb([root, middle, tip], thick, material, -0.02)]
