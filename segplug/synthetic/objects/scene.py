"""A photograph of some objects, with exact labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...labels.voc import CLASSES
from ..canvas import Canvas
from ..clutter import paint_distractor
from ..indoors import room
from ..lighting import Setting, develop, sample_light
from ..models.air import Air
from ..models.camera import Camera
from ..models.painter import Painter
from ..outdoors import landscape, street
from ..people.wardrobe import sample_cloth
from ..solids import Studio
from ..textures import NoiseField
from .cast import ROLES, Place, Role

_KINDS = {name: number for number, name in enumerate(CLASSES)}
_KINDS.update(rider=_KINDS['person'], motorcycle=_KINDS['motorbike'])


@dataclass(frozen=True)
class ObjectView:
    """A photograph of objects.

    Attributes:
        image: ``HxWx3`` uint8 RGB.
        labels: ``HxW`` uint8 VOC classes, 0 background.
        owner: ``HxW`` int16 numbers of the objects, 0 for none.
    """

    image: np.ndarray
    labels: np.ndarray
    owner: np.ndarray


def object_scene(
    rng: np.random.Generator,
    shape: tuple[int, int],
    main: str,
    *,
    easy: bool = False,
) -> ObjectView:
    """Render one object, with others around it.

    Args:
        rng: Source of randomness, which determines the result.
        shape: Height and width in pixels.
        main: Class of the object that is well in view.
        easy: Whether it stands alone and fills the picture.
    """
    noise = NoiseField(rng)
    role = ROLES[main]
    place = role.places[int(rng.integers(len(role.places)))]
    camera, distance = _camera(rng, shape, role, place, easy)
    canvas, setting = _backdrop(rng, shape, camera.horizon, place, noise)
    studio = Studio(shape, sample_light(rng, setting), noise)
    air = Air(np.array([0.8, 0.85, 0.9], np.float32), 0.0005)
    painter = Painter(canvas, camera, studio, air, _KINDS)
    if not easy:
        _scatter(rng, painter, camera.horizon)
    extras = [] if easy else _companions(rng, main, place, distance)
    cast = [(main, rng.normal(0, 0.06), distance), *extras]
    for name, across, depth in sorted(cast, key=lambda c: -c[2]):
        _perform(rng, painter, name, place, across, depth)
    image = develop(canvas.rgb, rng)
    return ObjectView(image, canvas.part, canvas.owner)


def _camera(
    rng: np.random.Generator,
    shape: tuple[int, int],
    role: Role,
    place: Place,
    easy: bool,
) -> tuple[Camera, float]:
    """Return a camera and the distance of the main object."""
    height, width = shape
    focal = 1.25 * max(shape)
    low, high = (0.7, 0.95) if easy else (0.3, 1.15)
    size = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    distance = focal * role.extent / (size * min(shape))
    tilt = rng.uniform(0.02, 0.18)
    if place in ('room', 'table'):
        tilt = rng.uniform(0.06, 0.4)
    eye = distance * tilt
    if place == 'air':
        base = height * rng.uniform(0.75, 1.1)
        return Camera(shape, focal, base, (0.0, eye, 0.0)), distance
    base = height * rng.uniform(0.72, 0.95)
    horizon = float(base - focal * tilt)
    return Camera(shape, focal, horizon, (0.0, eye, 0.0)), distance


def _backdrop(
    rng: np.random.Generator,
    shape: tuple[int, int],
    horizon: float,
    place: Place,
    noise: NoiseField,
) -> tuple[Canvas, Setting]:
    """Paint the surroundings and say what light they have."""
    height = shape[0]
    if place in ('room', 'table'):
        edge = max(horizon, 0) + rng.uniform(0.08, 0.3) * height
        return room(rng, shape, horizon, edge, noise), 'indoor'
    if place == 'street':
        edge = horizon + rng.uniform(0.03, 0.12) * height
        return street(rng, shape, horizon, edge, noise)
    canvas, setting = landscape(rng, shape, horizon, noise)
    if place == 'water':
        _water(rng, canvas, horizon, noise)
    return canvas, setting


def _water(
    rng: np.random.Generator,
    canvas: Canvas,
    horizon: float,
    noise: NoiseField,
) -> None:
    """Paint water below the horizon, with waves that mirror the sky."""
    height, width = canvas.shape
    start = int(np.clip(horizon + 1, 0, height))
    if start >= height:
        return
    y = np.arange(start, height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None] / height
    far = 0.35 * height / np.maximum(y - horizon, 0.015 * height)
    scale = np.float32(rng.uniform(0.15, 0.4))
    waves = noise.sample(scale * x * far, 3 * scale * far + 0 * x)
    waves = waves + 0.6 * noise.sample(4 * scale * x * far, 12 * scale * far)
    deep = np.array([0.12, 0.24, 0.3]) * rng.uniform(0.5, 1.6)
    sky = canvas.rgb[: max(start, 1)].mean(axis=(0, 1))
    share = np.clip(0.45 + 0.16 * waves - 0.04 / far, 0, 1)[..., None]
    rgb = deep + share * (sky - deep)
    canvas.rgb[start:] = rgb.astype(np.float32)


def _scatter(
    rng: np.random.Generator, painter: Painter, horizon: float
) -> None:
    """Stand things without a class about."""
    height, width = painter.canvas.shape
    low = float(np.clip(horizon, 0, 0.8 * height))
    for _ in range(int(rng.poisson(1.5))):
        base = rng.uniform(0, 1) * width, rng.uniform(low + 9, 1.05 * height)
        size = rng.uniform(0.08, 0.4) * height
        paint_distractor(rng, painter.canvas, painter.studio,
                         sample_cloth(rng), base, size)  # fmt: skip


def _companions(
    rng: np.random.Generator, main: str, place: Place, distance: float
) -> list[tuple[str, float, float]]:
    """Draw names, places across and distances of further objects."""
    extent = ROLES[main].extent
    fitting = [
        name
        for name, role in ROLES.items()
        if place in role.places and 0.25 < role.extent / extent < 4
    ]
    found = []
    for _ in range(int(rng.choice([0, 1, 2, 3], p=(0.35, 0.3, 0.2, 0.15)))):
        same = rng.random() < 0.35
        name = main if same else fitting[int(rng.integers(len(fitting)))]
        farther = 1.1 * ROLES[name].extent / extent
        depth = distance * rng.uniform(0.9, 2.2) + 0.3 * farther * extent
        found.append((name, float(rng.uniform(-0.5, 0.5)), float(depth)))
    return found


def _perform(
    rng: np.random.Generator,
    painter: Painter,
    name: str,
    place: Place,
    across: float,
    depth: float,
) -> None:
    """Place, turn and paint one object."""
    camera, role = painter.camera, ROLES[name]
    x = across * camera.shape[1] / camera.focal * depth
    y = 0.0
    if place == 'air':
        y = depth * camera.shape[0] / camera.focal * rng.uniform(0.3, 0.6)
        y += camera.position[1] - 0.2 * role.extent
    heading = float(rng.uniform(-np.pi, np.pi))
    if role.side and rng.random() < 0.7:
        heading = float(rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.4))
    if name == 'train':
        heading = float(rng.choice([0, np.pi]) + rng.normal(0, 0.5))
    if place in ('room', 'table') and not role.side:
        heading = float(np.pi + rng.normal(0, 0.7))
    role.draw(rng, painter, (float(x), float(y), depth), heading)
