"""People and two-wheelers placed in the world of a camera."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from ..people.figure import figure_solids
from ..people.person import Person
from ..people.poses import PoseDraw, sample_pose
from ..people.skeleton import Skeleton, forward, rot_y, sample_body
from ..people.wardrobe import sample_outfit
from .cycles import bicycle, motorcycle, turn_of
from .frame import Frame
from .painter import Painter

_SEAT = {'bicycle': 0.98, 'motorcycle': 0.82}
_HEIGHT = 1.74  # m, of an average adult

TwoWheeler = Literal['bicycle', 'motorcycle']


def paint_person(
    rng: np.random.Generator,
    painter: Painter,
    place: tuple[float, float],
    heading: float,
    poses: Iterable[str] = ('standing', 'contrapposto', 'walking'),
) -> None:
    """Paint somebody on the ground.

    Args:
        rng: Source of randomness.
        painter: What paints.
        place: ``(x, z)`` in metres.
        heading: Where the person looks, from the world's z to x, rad.
        poses: Names of the poses to choose from.
    """
    pose = sample_pose(rng, tuple(poses))
    base = np.array([place[0], 0.0, place[1]])
    yaw = turn_of(heading, painter.camera.bearing(base))
    body, stature = sample_body(rng)
    unit = _HEIGHT * stature
    skeleton = forward(body, pose.angles).turned(rot_y(yaw))
    lift = -_lowest(skeleton) * unit
    view = painter.camera.view(base + [0, lift, 0], unit)
    person = Person(view, skeleton, body, sample_outfit(rng))
    painter.shadow(_spot(place, 0.3), 0.45, 0.25)
    depth = view.distance * unit
    solids = figure_solids(person, rng)
    painter.solids(solids, 'person', painter.instance(), depth)


def paint_cycle(
    rng: np.random.Generator,
    painter: Painter,
    place: tuple[float, float],
    heading: float,
    kind: TwoWheeler,
    ridden: bool,
) -> None:
    """Paint a two-wheeler, with somebody on it or not.

    Args:
        rng: Source of randomness.
        painter: What paints.
        place: ``(x, z)`` in metres.
        heading: Where it goes, from the world's z to x, in radians.
        kind: What it is.
        ridden: Whether somebody rides it.
    """
    base = np.array([place[0], 0.0, place[1]])
    view = painter.camera.view(base, 1.0)
    yaw = turn_of(heading, painter.camera.bearing(base))
    make = bicycle if kind == 'bicycle' else motorcycle
    cycle = make(rng, Frame(view, yaw))
    owner = painter.instance()
    painter.shadow(_spot(place, 0.5), 0.4, 0.3)
    for outline in cycle.wheels:
        painter.mark(outline, kind, owner)
    painter.solids(cycle.solids, kind, owner, view.distance)
    if not ridden:
        return
    body, _ = sample_body(rng)
    pose = _seated(rng, kind)
    skeleton = forward(body, pose.angles).turned(rot_y(yaw))
    back = np.array([np.sin(heading), 0, np.cos(heading)]) * -0.22
    seat = base + back + [0, _SEAT[kind] + 0.06, 0]
    seated = painter.camera.view(seat, _HEIGHT)
    person = Person(seated, skeleton, body, sample_outfit(rng))
    solids = figure_solids(person, rng)
    painter.solids(solids, 'rider', painter.instance(), view.distance)


def _seated(rng: np.random.Generator, kind: TwoWheeler) -> PoseDraw:
    """Return a pose with both hands ahead and the feet at the pedals."""
    pose = sample_pose(rng, ('riding',))
    angles = dict(pose.angles)
    low = kind == 'motorcycle'
    for side in ('l', 'r'):
        angles[f'{side}_elevation'] = 52.0
        angles[f'{side}_azimuth'] = 84.0
        angles[f'{side}_twist'] = 0.0
        angles[f'{side}_elbow'] = 22.0
        angles[f'{side}_abduction'] = 12.0 if low else 5.0
    angles.update(bend=22.0, pitch=8.0)
    if low:
        angles.update(l_flexion=78.0, r_flexion=78.0, l_knee=88.0,
                      r_knee=88.0)  # fmt: skip
    else:
        angles.update(l_flexion=70.0, l_knee=72.0, r_flexion=32.0,
                      r_knee=28.0)  # fmt: skip
    return PoseDraw(pose.name, angles, pose.support)


def _lowest(skeleton: Skeleton) -> float:
    return min(float(p[1]) for p in skeleton.joints.values()) - 0.025


def _spot(place: tuple[float, float], size: float) -> np.ndarray:
    x, z = place
    return np.array(
        [[x - size, 0, z - size], [x + size, 0, z - size],
         [x + size, 0, z + size], [x - size, 0, z + size]]
    )  # fmt: skip
