"""The objects of VOC: how large they are and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from ..models import cars, heavy
from ..models.cycles import turn_of
from ..models.faces import Model, footprint
from ..models.figures import paint_cycle, paint_person
from ..models.frame import Frame
from ..models.painter import Painter
from ..solids import Solid
from . import animals, birds, craft, things

Place = Literal['table', 'room', 'street', 'field', 'water', 'air']
Spot = tuple[float, float, float]
Draw = Callable[[np.random.Generator, Painter, Spot, float], None]


@dataclass(frozen=True)
class Role:
    """An object class.

    Attributes:
        extent: Larger of height and length in metres.
        places: Where it occurs.
        draw: Paints it at ``(x, y, z)`` with a heading.
        side: Whether it is mostly seen from the side.
    """

    extent: float
    places: tuple[Place, ...]
    draw: Draw
    side: bool = False


def _model(
    make: Callable[[np.random.Generator], Model],
    name: str,
    spot: tuple[float, float],
    rng: np.random.Generator,
    painter: Painter,
    place: Spot,
    heading: float,
) -> None:
    """Paint something made of faces."""
    model = make(rng).placed(place, heading)
    if place[1] <= 0 and spot[0]:
        painter.shadow(footprint(place, spot, heading), 0.5, 0.15 * spot[0])
    painter.model(model, name, painter.instance())


def _furniture(
    make: Callable[..., Model],
    name: str,
    spot: tuple[float, float],
    rng: np.random.Generator,
    painter: Painter,
    place: Spot,
    heading: float,
) -> None:
    """Paint a piece of furniture, which samples the noise of the image."""
    fixed = partial(make, noise=painter.studio.noise)
    _model(fixed, name, spot, rng, painter, place, heading)


def _solid(
    make: Callable[[np.random.Generator, Frame], list[Solid]],
    name: str,
    spot: float,
    rng: np.random.Generator,
    painter: Painter,
    place: Spot,
    heading: float,
) -> None:
    """Paint something made of round limbs."""
    base = np.array(place)
    view = painter.camera.view(base, 1.0)
    yaw = turn_of(heading, painter.camera.bearing(base))
    height = painter.camera.position[1] - place[1]
    tilt = float(np.rad2deg(np.arctan2(height, view.distance)))
    if place[1] <= 0:
        painter.shadow(footprint(place, (spot, spot), heading), 0.45, spot)
    frame = Frame(view, yaw, tilt=float(np.clip(tilt, -10, 35)))
    painter.solids(make(rng, frame), name, painter.instance(), view.distance)


def _person(
    rng: np.random.Generator, painter: Painter, place: Spot, heading: float
) -> None:
    poses = ('standing', 'contrapposto', 'walking', 'running', 'squatting',
             'bending', 'kneeling', 'jumping', 'floor_sitting')  # fmt: skip
    few = poses[:3] if rng.random() < 0.6 else poses
    turn = np.pi + rng.normal(0, 0.7) if rng.random() < 0.6 else heading
    paint_person(rng, painter, (place[0], place[2]), turn, few)


def _cycle(
    kind: Literal['bicycle', 'motorcycle'],
    rng: np.random.Generator,
    painter: Painter,
    place: Spot,
    heading: float,
) -> None:
    ridden = rng.random() < 0.4
    spot = (place[0], place[2])
    paint_cycle(rng, painter, spot, heading, kind, bool(ridden))


def _animal(
    name: animals.Animal, rng: np.random.Generator, frame: Frame
) -> list[Solid]:
    return animals.quadruped(rng, frame, name)


def _bird(
    rng: np.random.Generator, painter: Painter, place: Spot, heading: float
) -> None:
    make = partial(birds.bird, flying=place[1] > 0)
    _solid(make, 'bird', 0.06, rng, painter, place, heading)


def _car(rng: np.random.Generator) -> Model:
    return (heavy.van if rng.random() < 0.15 else cars.car)(rng)


def _beast(name: animals.Animal, spot: float) -> Draw:
    return partial(_solid, partial(_animal, name), name, spot)


ROLES: dict[str, Role] = {
    'aeroplane': Role(27, ('air', 'field'), partial(
        _model, craft.aeroplane, 'aeroplane', (2.5, 12)), True),
    'bicycle': Role(1.7, ('street', 'field'), partial(_cycle, 'bicycle'),
                    True),
    'bird': Role(0.36, ('air', 'field', 'water'), _bird, True),
    'boat': Role(9.0, ('water',), partial(
        _model, craft.boat, 'boat', (0, 0)), True),
    'bottle': Role(0.32, ('table',), partial(
        _solid, things.bottle, 'bottle', 0.05)),
    'bus': Role(9.0, ('street',), partial(_model, heavy.bus, 'bus', (1.4, 6))),
    'car': Role(4.6, ('street', 'field'), partial(
        _model, _car, 'car', (1.0, 2.3))),
    'cat': Role(0.6, ('room', 'table', 'field'), _beast('cat', 0.12), True),
    'chair': Role(1.1, ('room',), partial(
        _furniture, things.chair, 'chair', (0.3, 0.3))),
    'cow': Role(2.2, ('field',), _beast('cow', 0.6), True),
    'diningtable': Role(1.6, ('room',), partial(
        _furniture, things.table, 'diningtable', (0.8, 0.5))),
    'dog': Role(1.0, ('room', 'street', 'field'), _beast('dog', 0.2), True),
    'horse': Role(2.4, ('field', 'street'), _beast('horse', 0.5), True),
    'motorbike': Role(2.0, ('street', 'field'), partial(
        _cycle, 'motorcycle'), True),
    'person': Role(1.8, ('street', 'room', 'field'), _person),
    'pottedplant': Role(0.75, ('room', 'table'), partial(
        _solid, things.plant, 'pottedplant', 0.14)),
    'sheep': Role(1.2, ('field',), _beast('sheep', 0.3), True),
    'sofa': Role(2.0, ('room',), partial(
        _furniture, things.sofa, 'sofa', (1.1, 0.45))),
    'train': Role(16.0, ('street', 'field'), partial(
        _model, heavy.tram, 'train', (1.4, 14))),
    'tvmonitor': Role(0.9, ('table', 'room'), partial(
        _furniture, things.monitor, 'tvmonitor', (0.4, 0.1))),
}  # fmt: skip
"""The twenty object classes of VOC."""
