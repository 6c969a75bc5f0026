"""Named poses with natural variation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .skeleton import SIDES, clamp

Support = Literal['feet', 'seat', 'ground', 'air']
Table = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class PoseDraw:
    """A sampled pose.

    Attributes:
        name: Name of the body pose.
        angles: Every joint angle in degrees, within its limits.
        support: What carries the body.
    """

    name: str
    angles: dict[str, float]
    support: Support


def _both(**angles: tuple[float, float]) -> Table:
    return {f'{s}_{name}': v for s in SIDES for name, v in angles.items()}


# Every entry is (mean, standard deviation) in degrees.
_LOOSE: Table = {
    'bend': (3, 4), 'lean': (0, 4), 'turn': (0, 7), 'nod': (4, 9),
    'tilt': (0, 6), 'look': (0, 20), 'roll': (0, 2), 'pitch': (0, 2),
    **_both(wrist=(0, 14), ankle=(0, 5)),
}  # fmt: skip

_BODY: dict[str, tuple[float, Support, Table]] = {
    'standing': (5.0, 'feet', _both(
        flexion=(0, 4), abduction=(4, 4), rotation=(10, 8), knee=(3, 3))),
    'contrapposto': (2.0, 'feet', {
        'lean': (4, 4), 'roll': (-3, 2),
        'l_flexion': (12, 6), 'l_knee': (24, 9), 'l_abduction': (8, 4),
        'r_abduction': (3, 3), 'r_rotation': (12, 8)}),
    'walking': (2.5, 'feet', {
        'bend': (6, 4), 'l_flexion': (25, 7), 'l_knee': (8, 5),
        'r_flexion': (-17, 6), 'r_knee': (18, 9), 'r_ankle': (20, 8)}),
    'running': (1.6, 'air', {
        'bend': (16, 6), 'l_flexion': (58, 14), 'l_knee': (75, 18),
        'r_flexion': (-18, 8), 'r_knee': (45, 25), 'r_ankle': (30, 10)}),
    'sitting': (2.6, 'seat', {
        'bend': (8, 8), **_both(flexion=(84, 9), knee=(82, 14),
                                abduction=(10, 9), rotation=(5, 10))}),
    'legs_crossed': (0.8, 'seat', {
        'l_flexion': (98, 6), 'l_abduction': (-10, 3), 'l_knee': (70, 12),
        'r_flexion': (86, 6), 'r_knee': (85, 12), 'r_abduction': (4, 4)}),
    'squatting': (0.9, 'feet', {
        'bend': (35, 10), 'pitch': (12, 5),
        **_both(flexion=(112, 8), knee=(132, 9), abduction=(18, 10),
                ankle=(-18, 6), rotation=(12, 10))}),
    'kneeling': (0.6, 'feet', {
        'l_flexion': (86, 8), 'l_knee': (88, 8), 'r_flexion': (2, 6),
        'r_knee': (92, 8), 'r_ankle': (45, 6), 'bend': (10, 8)}),
    'floor_sitting': (0.6, 'ground', {
        'pitch': (-12, 8), 'bend': (22, 10),
        **_both(flexion=(95, 14), knee=(45, 35), abduction=(14, 10))}),
    'cross_legged': (0.4, 'ground', {
        'bend': (18, 8), **_both(flexion=(88, 6), abduction=(42, 6),
                                 rotation=(-28, 5), knee=(125, 8))}),
    'lying': (0.7, 'ground', {
        'pitch': (-86, 8), **_both(flexion=(15, 18), knee=(20, 20),
                                   abduction=(7, 6))}),
    'prone': (0.3, 'ground', {
        'pitch': (80, 6), 'bend': (-15, 5), 'nod': (-35, 6),
        **_both(flexion=(-5, 6), knee=(15, 20), abduction=(8, 6))}),
    'bending': (0.8, 'feet', {
        'bend': (58, 14), 'pitch': (18, 8),
        **_both(flexion=(24, 10), knee=(20, 14), abduction=(6, 5))}),
    'lunging': (0.8, 'feet', {
        'l_flexion': (68, 12), 'l_knee': (72, 14), 'r_flexion': (-22, 6),
        'r_knee': (18, 12), 'r_ankle': (25, 8), 'l_abduction': (8, 8)}),
    'kicking': (0.5, 'feet', {
        'l_flexion': (70, 18), 'l_knee': (22, 18), 'l_abduction': (8, 10),
        'r_knee': (10, 8), 'bend': (-6, 6)}),
    'jumping': (0.6, 'air', {
        'bend': (4, 8), **_both(flexion=(35, 30), knee=(60, 30),
                                abduction=(22, 16), ankle=(30, 12))}),
    'straddling': (0.5, 'feet', _both(
        flexion=(4, 6), abduction=(24, 8), rotation=(20, 8), knee=(5, 5))),
    'riding': (0.6, 'seat', {
        'bend': (30, 10), 'pitch': (10, 5), 'l_flexion': (85, 10),
        'l_knee': (95, 12), 'r_flexion': (50, 10), 'r_knee': (50, 12),
        **_both(abduction=(9, 6))}),
}  # fmt: skip

# Arm entries carry no side: each arm draws its own.
_ARM: dict[str, tuple[float, Table]] = {
    'hanging': (5.0, {
        'elevation': (9, 5), 'azimuth': (30, 25), 'twist': (-8, 14),
        'elbow': (14, 10)}),
    'akimbo': (1.2, {
        'elevation': (44, 7), 'azimuth': (-8, 10), 'twist': (-55, 8),
        'elbow': (102, 9)}),
    'belly': (1.5, {
        'elevation': (24, 9), 'azimuth': (62, 18), 'twist': (-35, 12),
        'elbow': (88, 14)}),
    'crossed': (1.0, {
        'elevation': (30, 6), 'azimuth': (68, 9), 'twist': (-58, 8),
        'elbow': (108, 8)}),
    'phone': (0.8, {
        'elevation': (34, 10), 'azimuth': (58, 16), 'twist': (8, 14),
        'elbow': (136, 8)}),
    'forward': (1.3, {
        'elevation': (62, 18), 'azimuth': (82, 12), 'twist': (-5, 18),
        'elbow': (25, 20)}),
    'reading': (1.3, {
        'elevation': (28, 10), 'azimuth': (72, 14), 'twist': (-14, 10),
        'elbow': (98, 12)}),
    'sideways': (1.0, {
        'elevation': (82, 16), 'azimuth': (8, 16), 'twist': (10, 25),
        'elbow': (22, 22)}),
    'waving': (1.1, {
        'elevation': (96, 18), 'azimuth': (18, 16), 'twist': (72, 8),
        'elbow': (82, 25)}),
    'raised': (1.2, {
        'elevation': (152, 14), 'azimuth': (25, 20), 'twist': (10, 20),
        'elbow': (22, 18)}),
    'behind': (0.5, {
        'elevation': (22, 7), 'azimuth': (-40, 6), 'twist': (-60, 10),
        'elbow': (65, 15)}),
    'swing': (1.0, {
        'elevation': (36, 12), 'azimuth': (88, 8), 'twist': (-10, 10),
        'elbow': (75, 20)}),
}  # fmt: skip

BODY_POSES = tuple(_BODY)
"""Names of the body poses."""


def sample_pose(
    rng: np.random.Generator, among: Iterable[str] = _BODY
) -> PoseDraw:
    """Draw a body pose, an arm pose for each side and their variation.

    Args:
        rng: Source of randomness.
        among: Names of the body poses to choose from.
    """
    name = _choose(rng, list(among), [_BODY[n][0] for n in among])
    support, table = _BODY[name][1:]
    angles = _draw(rng, {**_LOOSE, **table})
    angles.update(_draw_arms(rng, name))
    if rng.random() < 0.5:
        angles = mirror(angles)
    return PoseDraw(name, clamp(angles), support)


def mirror(angles: dict[str, float]) -> dict[str, float]:
    """Swap left and right."""
    swap = {'l_': 'r_', 'r_': 'l_'}
    flipped = {'roll', 'lean', 'turn', 'tilt', 'look'}
    return {
        swap.get(k[:2], k[:2]) + k[2:]: -v if k in flipped else v
        for k, v in angles.items()
    }


def _draw_arms(rng: np.random.Generator, body: str) -> dict[str, float]:
    names, weights = list(_ARM), [w for w, _ in _ARM.values()]
    first = _choose(rng, names, weights)
    second = first if rng.random() < 0.45 else _choose(rng, names, weights)
    moving = body in ('walking', 'running')
    if moving and rng.random() < 0.8:
        first, second = 'hanging', 'swing'  # Opposite to the leading leg.
    angles: dict[str, float] = {}
    for side, arm in zip(SIDES, (first, second)):
        drawn = _draw(rng, _ARM[arm][1])
        angles.update({f'{side}_{k}': v for k, v in drawn.items()})
    if moving and first == 'hanging':
        angles['l_azimuth'], angles['l_elevation'] = -40.0, rng.uniform(15, 45)
    if body == 'running':
        angles['l_elbow'] = rng.uniform(60, 110)
    return angles


def _draw(rng: np.random.Generator, table: Table) -> dict[str, float]:
    return {k: float(rng.normal(*v)) for k, v in table.items()}


def _choose(
    rng: np.random.Generator, names: list[str], weights: list[float]
) -> str:
    share = np.asarray(weights) / np.sum(weights)
    return names[int(rng.choice(len(names), p=share))]
