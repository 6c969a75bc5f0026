"""Photographs of people: a place, a group, things in the way, a camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .backdrops import sample_backdrop
from .canvas import Canvas
from .clutter import (
    SeatKind,
    paint_back,
    paint_block,
    paint_distractor,
    paint_seat,
    paint_table,
)
from .lighting import develop, sample_light
from .people.casting import Actor, sample_cast, sample_portrait
from .people.figure import figure_solids
from .people.person import Person
from .people.skeleton import forward, rot_x, rot_y
from .people.wardrobe import sample_cloth, sample_skin
from .shadows import cast_shadow, contact_shadow
from .solids import Studio, View
from .textures import Material, NoiseField


@dataclass(frozen=True)
class Scene:
    """A photograph with exact labels of what is visible.

    Attributes:
        image: ``HxWx3`` uint8 RGB.
        owner: ``HxW`` int16, 1-based index into ``objects``, 0 background.
        part: ``HxW`` uint8 part ids, 0 none.
        detail: ``HxW`` uint8 ids of parts that lie on another part.
        objects: Class name of every object.
    """

    image: np.ndarray
    owner: np.ndarray
    part: np.ndarray
    detail: np.ndarray
    objects: tuple[str, ...]


def people_scene(
    rng: np.random.Generator, shape: tuple[int, int], *, easy: bool = False
) -> Scene:
    """Render people in a random place.

    Args:
        rng: Source of randomness, which determines the result.
        shape: Height and width in pixels.
        easy: Whether there is a single upright person with nothing in the
            way, rather than a group in all poses among clutter.
    """
    noise = NoiseField(rng)
    cast = (sample_portrait if easy else sample_cast)(rng, shape)
    nearest_wall = min(actor.ground for actor in cast.actors)
    backdrop = sample_backdrop(rng, shape, cast.horizon, nearest_wall, noise)
    studio = Studio(shape, sample_light(rng, backdrop.setting), noise)
    stage = _Stage(rng, backdrop.canvas, studio, backdrop.floor)
    if not easy:
        stage.scatter(cast.horizon, cast.actors)
    for actor in cast.actors:
        stage.perform(actor)
    if not easy:
        stage.obstruct()
    canvas = stage.canvas
    image = develop(canvas.rgb, rng)
    return Scene(
        image, canvas.owner, canvas.part, canvas.detail, tuple(stage.objects)
    )


class _Stage:
    """Paints a scene back to front and keeps the list of objects."""

    def __init__(
        self,
        rng: np.random.Generator,
        canvas: Canvas,
        studio: Studio,
        floor: float,
    ) -> None:
        self.rng = rng
        self.canvas = canvas
        self.studio = studio
        self.floor = floor
        self.objects: list[str] = []

    def _next(self, kind: str) -> int:
        """Register an object and return its number."""
        self.objects.append(kind)
        return len(self.objects)

    def scatter(self, horizon: float, actors: tuple[Actor, ...]) -> None:
        """Stand distractors about, in colours that people wear as well."""
        height, width = self.canvas.shape
        low = float(np.clip(horizon, -0.2 * height, 0.8 * height))
        for _ in range(int(self.rng.poisson(3))):
            y = self.rng.uniform(low + 0.1 * height, 1.1 * height)
            size = self.rng.uniform(0.15, 0.6) * height
            self._distract(actors, (self.rng.uniform(0, 1) * width, y), size)

    def obstruct(self) -> None:
        """Sometimes put a table or another thing in front of everybody."""
        height, width = self.canvas.shape
        chance = self.rng.random()
        cloth = sample_cloth(self.rng)
        if chance < 0.12:
            top = self.rng.uniform(0.62, 0.92) * height
            owner = self._next('table')
            paint_table(self.rng, self.canvas, self.studio, top, cloth, owner)
        elif chance < 0.25:
            base = (self.rng.uniform(0, 1) * width, 1.1 * height)
            size = self.rng.uniform(0.3, 0.7) * height
            paint_distractor(
                self.rng, self.canvas, self.studio, cloth, base, size
            )

    def perform(self, actor: Actor) -> None:
        """Seat, pose, place, dress and paint one person."""
        finish = self._seat(actor)
        rotation = rot_x(self.rng.uniform(-3, 14)) @ rot_y(actor.yaw)
        skeleton = forward(actor.body, actor.pose.angles).turned(rotation)
        lowest = min(float(p[1]) for p in skeleton.joints.values()) - 0.025
        if actor.pose.support == 'seat':
            lowest = min(lowest, -0.32)
        lift = 0.05 if actor.pose.support == 'air' else 0.0
        origin = (actor.x, actor.ground + (lowest - lift) * actor.size)
        distance = float(self.rng.uniform(2.5, 6.0))
        view = View(actor.size, np.array(origin), distance)
        joints = view.project(np.stack(list(skeleton.joints.values())))
        contact_shadow(self.rng, self.canvas, joints, actor.ground, actor.size)
        person = Person(view, skeleton, actor.body, actor.outfit)
        owner = self._next('person')
        for solid in figure_solids(person, self.rng):
            for layer in solid.layers(self.studio):
                self.canvas.paint(layer, owner)
        finish()
        light = self.studio.light
        cast_shadow(
            self.rng, self.canvas, light, owner, actor.ground, self.floor
        )

    def _distract(
        self, actors: tuple[Actor, ...], base: tuple[float, float], size: float
    ) -> None:
        material: Material = sample_cloth(self.rng)
        kind = self.rng.random()
        if kind < 0.3:
            material = sample_skin(self.rng)
        elif kind < 0.6:
            material = actors[int(self.rng.integers(len(actors)))].outfit.top
        paint_distractor(
            self.rng, self.canvas, self.studio, material, base, size
        )

    def _seat(self, actor: Actor) -> Callable[[], None]:
        """Put a seat behind a sitter; return what belongs in front."""
        if actor.pose.support != 'seat':
            return _nothing
        seat = (actor.x, actor.ground - 0.26 * actor.size)
        cloth = sample_cloth(self.rng)
        chance = self.rng.random()
        if chance < 0.35:  # A wall, a box: nothing with a class.
            paint = partial(self._block, seat, actor.size, cloth)
        else:
            kind = 'sofa' if chance > 0.8 else 'chair'
            owner = self._next(kind)
            paint = partial(self._chair, seat, actor.size, cloth, owner, kind)
        # Who looks away from the camera sits behind the back of the seat.
        if np.cos(np.deg2rad(actor.yaw)) < -0.5:
            return paint
        paint()
        return _nothing

    def _block(
        self, seat: tuple[float, float], size: float, cloth: Material
    ) -> None:
        paint_block(self.rng, self.canvas, self.studio, seat, size, cloth)

    def _chair(
        self,
        seat: tuple[float, float],
        size: float,
        cloth: Material,
        owner: int,
        kind: SeatKind,
    ) -> None:
        rng, canvas, studio = self.rng, self.canvas, self.studio
        back = paint_seat(rng, canvas, studio, seat, size, cloth, owner, kind)
        if rng.random() < 0.8:
            slats = 1 if kind == 'sofa' else int(rng.integers(1, 5))
            paint_back(canvas, studio, back, cloth, owner, slats)


def _nothing() -> None:
    """Paint nothing."""
