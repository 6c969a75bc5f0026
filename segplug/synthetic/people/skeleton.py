"""Body proportions, joint limits and forward kinematics.

The body frame has x to the person's left, y up and z to the front; lengths
are fractions of the body height, angles are degrees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SIDES = ('l', 'r')
_ARM = {
    'elevation': (0.0, 175.0),
    'azimuth': (-45.0, 120.0),
    'twist': (-80.0, 80.0),
    'elbow': (0.0, 145.0),
    'wrist': (-50.0, 50.0),
}
_LEG = {
    'flexion': (-30.0, 125.0),
    'abduction': (-12.0, 55.0),
    'rotation': (-30.0, 45.0),
    'knee': (0.0, 150.0),
    'ankle': (-25.0, 50.0),
}
LIMITS: dict[str, tuple[float, float]] = {
    'pitch': (-180.0, 180.0),
    'roll': (-180.0, 180.0),
    'bend': (-20.0, 80.0),
    'lean': (-25.0, 25.0),
    'turn': (-35.0, 35.0),
    'nod': (-40.0, 45.0),
    'tilt': (-30.0, 30.0),
    'look': (-70.0, 70.0),
    **{f'{s}_{k}': v for s in SIDES for k, v in {**_ARM, **_LEG}.items()},
}
"""Range of every joint angle; pitch and roll turn the whole body."""

Pose = Mapping[str, float]


@dataclass(frozen=True)
class Body:
    """Lengths and thicknesses as fractions of the body height.

    Attributes:
        head: Height of the head, chin to crown.
        neck: Length of the visible neck.
        trunk: Hip joints to the base of the neck.
        upper_arm: Shoulder to elbow.
        lower_arm: Elbow to wrist.
        hand: Wrist to the knuckles of a relaxed hand.
        upper_leg: Hip to knee.
        lower_leg: Knee to ankle.
        foot: Heel to toe.
        shoulders: Half distance of the shoulder joints.
        hips: Half distance of the hip joints.
        girth: Factor on all thicknesses.
        chest: Factor on the depth of the chest.
        waist: Factor on the width of the waist.
    """

    head: float
    neck: float
    trunk: float
    upper_arm: float
    lower_arm: float
    hand: float
    upper_leg: float
    lower_leg: float
    foot: float
    shoulders: float
    hips: float
    girth: float
    chest: float
    waist: float


_ADULT = Body(
    0.135, 0.035, 0.300, 0.172, 0.145, 0.085, 0.245, 0.245, 0.135,
    0.100, 0.050, 1.0, 1.0, 1.0,
)  # fmt: skip
_CHILD = Body(
    0.205, 0.020, 0.300, 0.150, 0.125, 0.075, 0.210, 0.200, 0.130,
    0.096, 0.052, 1.2, 1.05, 1.15,
)  # fmt: skip


def sample_body(rng: np.random.Generator) -> tuple[Body, float]:
    """Draw proportions from child to adult and slim to broad.

    Returns:
        The body and its stature relative to an average adult.
    """
    youth = rng.uniform(0.2, 1.0) if rng.random() < 0.15 else 0.0
    girth = np.exp(rng.normal(0.0, 0.13))
    female = rng.random() < 0.5
    factor = {
        'shoulders': 0.92 if female else 1.03,
        'hips': 1.1 if female else 0.97,
        'girth': girth * (0.95 if female else 1.05),
        'chest': 1.08 if female else 1.0,
        'waist': 0.92 if female else 1.03,
    }
    values = {}
    for name in Body.__dataclass_fields__:
        adult, child = getattr(_ADULT, name), getattr(_CHILD, name)
        value = adult + youth * (child - adult)
        jitter = np.exp(rng.normal(0.0, 0.035))
        values[name] = float(value * factor.get(name, 1.0) * jitter)
    stature = (1 - 0.45 * youth) * rng.normal(1.0, 0.05)
    return Body(**values), float(stature)


def rot_x(degrees: float) -> np.ndarray:
    """Rotation about x; positive turns y toward z."""
    c, s = _cos_sin(degrees)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rot_y(degrees: float) -> np.ndarray:
    """Rotation about y; positive turns z toward x."""
    c, s = _cos_sin(degrees)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def rot_z(degrees: float) -> np.ndarray:
    """Rotation about z; positive turns x toward y."""
    c, s = _cos_sin(degrees)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def _cos_sin(degrees: float) -> tuple[float, float]:
    angle = np.deg2rad(degrees)
    return float(np.cos(angle)), float(np.sin(angle))


@dataclass(frozen=True)
class Skeleton:
    """Joint positions and segment orientations of a posed body.

    Attributes:
        joints: Name to ``(3,)`` position.
        frames: Segment name to ``3x3`` matrix whose columns are the
            segment's left, up and front directions.
    """

    joints: dict[str, np.ndarray]
    frames: dict[str, np.ndarray]

    def turned(self, rotation: np.ndarray) -> Skeleton:
        """Return the skeleton rotated about the origin."""
        return Skeleton(
            {k: rotation @ v for k, v in self.joints.items()},
            {k: rotation @ v for k, v in self.frames.items()},
        )


def clamp(pose: Pose) -> dict[str, float]:
    """Return all joint angles of a pose, limited to their ranges.

    Args:
        pose: Some joint angles in degrees; missing ones are 0.

    Raises:
        KeyError: If the pose names an unknown angle.
    """
    unknown = set(pose) - set(LIMITS)
    if unknown:
        raise KeyError(
            f'Unknown joint angles {sorted(unknown)}; known are '
            f'{sorted(LIMITS)}.'
        )
    return {
        name: float(min(max(pose.get(name, 0.0), low), high))
        for name, (low, high) in LIMITS.items()
    }


def forward(body: Body, pose: Pose) -> Skeleton:
    """Place every joint of a body in a pose; the pelvis is the origin."""
    p = clamp(pose)
    joints, frames = _trunk(body, p)
    for side, sign in zip(SIDES, (1.0, -1.0)):
        _arm(body, p, side, sign, joints, frames)
        _leg(body, p, side, sign, joints, frames)
    return Skeleton(joints, frames)


def _trunk(
    body: Body, p: Mapping[str, float]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    pelvis = rot_z(p['roll']) @ rot_x(p['pitch'])
    half = rot_x(p['bend'] / 2) @ rot_z(p['lean'] / 2) @ rot_y(p['turn'] / 2)
    waist = pelvis @ half
    chest = waist @ half
    head = (
        chest
        @ rot_y(p['look'])
        @ rot_x(p['nod'] - 0.4 * p['bend'])
        @ rot_z(p['tilt'])
    )
    up = np.array([0.0, 1.0, 0.0])
    joints = {'pelvis': np.zeros(3)}
    joints['waist'] = pelvis @ up * (0.38 * body.trunk)
    joints['chest'] = joints['waist'] + waist @ up * (0.32 * body.trunk)
    joints['collar'] = joints['chest'] + chest @ up * (0.30 * body.trunk)
    lift = (chest @ up + head @ up) / 2 * body.neck
    joints['nape'] = joints['collar'] + lift
    centre = np.array([0.0, 0.46 * body.head, 0.12 * body.head])
    joints['head'] = joints['nape'] + head @ centre
    frames = {'pelvis': pelvis, 'waist': waist, 'chest': chest, 'head': head}
    return joints, frames


def _arm(
    body: Body,
    p: Mapping[str, float],
    side: str,
    sign: float,
    joints: dict[str, np.ndarray],
    frames: dict[str, np.ndarray],
) -> None:
    """Add one arm; azimuth 0 lifts it sideways and 90 to the front."""
    elevation, azimuth = p[f'{side}_elevation'], p[f'{side}_azimuth']
    turn = azimuth + p[f'{side}_twist']
    upper = (
        frames['chest']
        @ rot_y(-sign * azimuth)
        @ rot_z(sign * elevation)
        @ rot_y(sign * turn)
    )
    lower = upper @ rot_x(-p[f'{side}_elbow'])
    hand = lower @ rot_z(sign * p[f'{side}_wrist'])
    shrug = 0.035 * max(elevation - 60, 0) / 115
    shoulder = np.array([sign * body.shoulders, shrug - 0.048, 0.0])
    down = np.array([0.0, -1.0, 0.0])
    joints[f'{side}_shoulder'] = joints['collar'] + frames['chest'] @ shoulder
    _chain(joints, side, 'shoulder', 'elbow', upper @ down * body.upper_arm)
    _chain(joints, side, 'elbow', 'wrist', lower @ down * body.lower_arm)
    _chain(joints, side, 'wrist', 'fingers', hand @ down * body.hand)
    frames.update({f'{side}_uarm': upper, f'{side}_larm': lower})
    frames[f'{side}_hand'] = hand


def _leg(
    body: Body,
    p: Mapping[str, float],
    side: str,
    sign: float,
    joints: dict[str, np.ndarray],
    frames: dict[str, np.ndarray],
) -> None:
    upper = (
        frames['pelvis']
        @ rot_z(sign * p[f'{side}_abduction'])
        @ rot_x(-p[f'{side}_flexion'])
        @ rot_y(sign * p[f'{side}_rotation'])
    )
    lower = upper @ rot_x(p[f'{side}_knee'])
    foot = lower @ rot_x(p[f'{side}_ankle'])
    down, front = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    hip = np.array([sign * body.hips, 0.0, 0.0])
    joints[f'{side}_hip'] = joints['pelvis'] + frames['pelvis'] @ hip
    _chain(joints, side, 'hip', 'knee', upper @ down * body.upper_leg)
    _chain(joints, side, 'knee', 'ankle', lower @ down * body.lower_leg)
    sole = foot @ (0.6 * front + 0.22 * down) * body.foot
    _chain(joints, side, 'ankle', 'toes', sole)
    frames.update({f'{side}_uleg': upper, f'{side}_lleg': lower})
    frames[f'{side}_foot'] = foot


def _chain(
    joints: dict[str, np.ndarray],
    side: str,
    start: str,
    end: str,
    offset: np.ndarray,
) -> None:
    joints[f'{side}_{end}'] = joints[f'{side}_{start}'] + offset
