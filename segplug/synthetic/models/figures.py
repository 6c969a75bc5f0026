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
from ..solids import Solid, limb
from .cycles import bicycle, motorcycle, turn_of
from .faces import footprint
from .frame import Frame
from .painter import Painter

_SEAT = {'bicycle': 0.98, 'motorcycle': 0.82}
_HEIGHT = 1.74  # m, of an average adult
_SMALL = 36.0  # px of body height below which a figure is simplified

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
    base = np.array([place[0], 0.0, place[1]])
    if not painter.camera.sees(base, 1.0):
        return
    pose = sample_pose(rng, tuple(poses))
    yaw = turn_of(heading, painter.camera.bearing(base))
    body, stature = sample_body(rng)
    unit = _HEIGHT * stature
    skeleton = forward(body, pose.angles).turned(rot_y(yaw))
    lift = -_lowest(skeleton) * unit
    view = painter.camera.view(base + [0, lift, 0], unit)
    painter.shadow(footprint(base, (0.3, 0.3), 0.0), 0.45, 0.25)
    depth = view.distance * unit
    solids = _figure(rng, Person(view, skeleton, body, sample_outfit(rng)))
    painter.solids(solids, 'person', painter.instance(), depth)


def _figure(rng: np.random.Generator, person: Person) -> list[Solid]:
    """Return the solids of a person, few when it is small."""
    if person.view.scale >= _SMALL:
        return figure_solids(person, rng)
    outfit, joints = person.outfit, person.skeleton.joints
    lower = outfit.bottom_material
    solids: list[Solid] = []
    for side in ('l', 'r'):
        arm = [person.joint(side, n) for n in ('shoulder', 'elbow', 'wrist')]
        leg = [person.joint(side, n) for n in ('hip', 'knee', 'ankle')]
        for chain, radii, cloth in (
            (arm, (0.035, 0.03, 0.022), outfit.sleeves),
            (leg, (0.055, 0.04, 0.03), lower),
        ):
            centres = np.stack(chain)
            solids.append(limb(person.view, centres, radii, cloth, 0))
    trunk = np.stack([joints['collar'], joints['waist'], joints['pelvis']])
    solids.append(limb(person.view, trunk, (0.1, 0.085, 0.09), outfit.top, 0))
    skull = np.stack([joints['head'], joints['head'] + [0, 0.02, 0]])
    up = np.array([0.0, 0.03, 0.0])
    solids += [
        limb(person.view, skull, (0.06, 0.06), outfit.skin, 0, bias=0.2),
        limb(person.view, skull + up, (0.058, 0.058), outfit.hair_material,
             0, bias=-0.2 if joints['head'][2] > joints['nape'][2] else 0.3),
    ]  # fmt: skip
    return sorted(solids, key=lambda solid: solid.depth)


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
    if not painter.camera.sees(base, 1.5):
        return
    view = painter.camera.view(base, 1.0)
    yaw = turn_of(heading, painter.camera.bearing(base))
    make = bicycle if kind == 'bicycle' else motorcycle
    cycle = make(rng, Frame(view, yaw))
    owner = painter.instance()
    painter.shadow(footprint(base, (0.25, 0.8), heading), 0.4, 0.3)
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
    solids = _figure(rng, person)
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
