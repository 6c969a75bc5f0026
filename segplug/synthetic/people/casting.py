"""Who is in a picture, how large and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .poses import PoseDraw, sample_pose
from .skeleton import Body, sample_body
from .wardrobe import Outfit, sample_outfit

Shot = Literal['close', 'medium', 'full', 'far']

# Share of the images, range of the standing height in image heights and
# largest number of people of about that size.
_SHOTS: dict[Shot, tuple[float, float, float, int]] = {
    'close': (0.34, 1.25, 2.3, 2),
    'medium': (0.28, 0.85, 1.25, 3),
    'full': (0.29, 0.5, 0.85, 4),
    'far': (0.09, 0.22, 0.45, 6),
}

# Height of the crown above the ground relative to standing.
_CROWN = {
    'sitting': 0.77, 'legs_crossed': 0.77, 'riding': 0.77, 'squatting': 0.6,
    'kneeling': 0.76, 'bending': 0.75, 'lunging': 0.85, 'floor_sitting': 0.5,
    'cross_legged': 0.5, 'lying': 0.2, 'prone': 0.2,
}  # fmt: skip

_UPRIGHT = ('standing', 'contrapposto', 'walking')


@dataclass(frozen=True)
class Actor:
    """A person and its place.

    Attributes:
        size: Standing height in pixels.
        x: Column of the body's middle.
        ground: Row of the ground it is on.
        body: Proportions.
        pose: Joint angles and support.
        outfit: Clothes.
        yaw: Turn in degrees; 0 faces the camera, 90 the right edge.
    """

    size: float
    x: float
    ground: float
    body: Body
    pose: PoseDraw
    outfit: Outfit
    yaw: float


@dataclass(frozen=True)
class Cast:
    """The people of a picture, the farthest first.

    Attributes:
        actors: The people.
        horizon: Row of the eye level that fits their places.
    """

    actors: tuple[Actor, ...]
    horizon: float


def sample_cast(rng: np.random.Generator, shape: tuple[int, int]) -> Cast:
    """Draw people on one ground plane, the first one well in view.

    A person whose standing height is h pixels stands about ``eye * h``
    below the horizon, where ``eye`` is the height of the camera in body
    heights.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
    """
    height, width = shape
    names = tuple(_SHOTS)
    shares = [_SHOTS[n][0] for n in names]
    shot = names[int(rng.choice(len(names), p=shares))]
    _, low, high, _ = _SHOTS[shot]
    scale = float(height * np.exp(rng.uniform(np.log(low), np.log(high))))
    eye = rng.uniform(0.5, 1.15)
    pose = sample_pose(rng)
    horizon = _first_ground(rng, height, scale, pose) - eye * scale
    actors = []
    for size, slot in _crowd(rng, scale, shot):
        place = slot * width, horizon + eye * size
        actors.append(_actor(rng, size, place, pose))
        pose = sample_pose(rng)
    actors.sort(key=lambda actor: actor.ground)
    return Cast(tuple(actors), float(horizon))


def sample_portrait(rng: np.random.Generator, shape: tuple[int, int]) -> Cast:
    """Draw one upright person who faces the camera and fills the height.

    Args:
        rng: Source of randomness.
        shape: Height and width of the image.
    """
    height, width = shape
    size = height * rng.uniform(0.8, 0.95)
    ground = height * rng.uniform(0.95, 1.0)
    actor = Actor(
        size,
        rng.uniform(0.35, 0.65) * width,
        ground,
        sample_body(rng)[0],
        sample_pose(rng, _UPRIGHT),
        sample_outfit(rng),
        float(rng.normal(0, 25)),
    )
    return Cast((actor,), ground - rng.uniform(0.5, 1.15) * size)


def _crowd(
    rng: np.random.Generator, scale: float, shot: Shot
) -> Iterator[tuple[float, float]]:
    """Yield standing heights in pixels and places across the image.

    Args:
        rng: Source of randomness.
        scale: Height of the first person.
        shot: Kind of framing.
    """
    count = int(rng.integers(1, _SHOTS[shot][3] + 1))
    slots = (rng.permutation(count) + rng.uniform(0.2, 0.8, count)) / count
    yield scale, float(slots[0])
    for slot in slots[1:]:
        yield float(scale * np.exp(rng.normal(0, 0.13))), float(slot)
    if shot == 'far' or rng.random() > 0.35:
        return
    for _ in range(int(rng.integers(1, 4))):  # Passers-by farther away.
        yield float(scale * rng.uniform(0.25, 0.65)), float(rng.random())


def _actor(
    rng: np.random.Generator,
    size: float,
    place: tuple[float, float],
    pose: PoseDraw,
) -> Actor:
    body, stature = sample_body(rng)
    outfit = sample_outfit(rng)
    return Actor(size * stature, *place, body, pose, outfit, _yaw(rng))


def _first_ground(
    rng: np.random.Generator, height: int, scale: float, pose: PoseDraw
) -> float:
    """Return the ground row that puts the first person well in view."""
    tall = scale * _CROWN.get(pose.name, 1.0)
    room = height - tall
    crown = 0.1 * height + rng.uniform(-0.12, 0.1) * height
    if room > 0.06 * height:
        crown = rng.uniform(0.03 * height, room)
    return float(crown + tall)


def _yaw(rng: np.random.Generator) -> float:
    """Draw a turn: half frontal, a fifth from the back, else sideways."""
    kind = rng.random()
    if kind < 0.5:
        return float(rng.normal(0, 25))
    if kind < 0.7:
        return float(180 + rng.normal(0, 25))
    return float(rng.choice([-90, 90]) + rng.normal(0, 30))
