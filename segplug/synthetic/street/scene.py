"""A picture of a street, with exact labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..lighting import develop
from ..models.camera import Camera
from ..models.painter import Painter
from ..solids import Studio
from ..textures import NoiseField
from .conditions import Climate, Conditions, sample_conditions
from .furnish import furnish
from .ground import Soil, paint_ground, sample_soil
from .kinds import KIND_ID
from .plan import Plan, sample_plan
from .props import Prop, paint_props
from .shade import shine_ahead, throw_shadows
from .sky import paint_sky, paint_skyline
from .traffic import populate
from .weather import add_bonnet, add_border, add_fall, add_glows


@dataclass(frozen=True)
class Rig:
    """Where the camera sits and what it meets.

    Attributes:
        field: Horizontal field of view in radians.
        height: Height of the camera above the road in metres.
        horizon: Row of the horizon as a share of the height of the image.
        climate: Probabilities of hours and weathers.
        bonnet: Probability that the own car is in the picture.
        border: Whether the edge of the picture has no label.
    """

    field: float
    height: float
    horizon: float
    climate: Climate
    bonnet: float
    border: bool = False


@dataclass(frozen=True)
class StreetView:
    """A photograph of a street.

    Attributes:
        image: ``HxWx3`` uint8 RGB.
        kinds: ``HxW`` uint8 numbers of :data:`~.kinds.KINDS`.
        owner: ``HxW`` int16 numbers of instances, 0 for none.
    """

    image: np.ndarray
    kinds: np.ndarray
    owner: np.ndarray


@dataclass(frozen=True)
class Street:
    """A street at some hour, with all that is on it.

    Attributes:
        plan: Its layout.
        conditions: Time of day and weather.
        soil: Colours of the ground.
        props: What stands and moves on it.
        noise: Noise of its surfaces.
        seed: Seed of the sky.
        pace: Speed of the camera in metres per second.
    """

    plan: Plan
    conditions: Conditions
    soil: Soil
    props: tuple[Prop, ...]
    noise: NoiseField
    seed: int
    pace: float


def sample_street(
    rng: np.random.Generator, climate: Climate, *, easy: bool = False
) -> Street:
    """Draw a street.

    Args:
        rng: Source of randomness, which determines the result.
        climate: Probabilities of hours and weathers.
        easy: Whether it is a plain street by day with little traffic.
    """
    if easy:
        climate = Climate((1.0, 0.0, 0.0), (0.5, 0.5, 0.0, 0.0, 0.0))
    conditions = sample_conditions(rng, climate)
    plan = sample_plan(rng, easy)
    lit = conditions.dark
    season = str(rng.choice(['summer', 'autumn', 'winter'],
                            p=[0.65, 0.2, 0.15]))  # fmt: skip
    if conditions.weather == 'snow':
        season = 'winter'
    props = [*furnish(rng, plan, lit, season), *populate(rng, plan, lit, easy)]
    return Street(
        plan,
        conditions,
        sample_soil(rng, conditions),
        tuple(props),
        NoiseField(rng),
        int(rng.integers(1 << 62)),
        float(rng.uniform(4, 12)),
    )


def photograph(
    rng: np.random.Generator,
    street: Street,
    rig: Rig,
    shape: tuple[int, int],
    time: float = 0.0,
) -> StreetView:
    """Render a street as a camera on a car sees it.

    Args:
        rng: Source of what differs between pictures of one street.
        street: The street.
        rig: Where the camera sits.
        shape: Height and width in pixels.
        time: Seconds since the beginning of the clip.
    """
    camera = _camera(rng, street, rig, shape, time)
    conditions, plan = street.conditions, street.plan
    own = np.random.default_rng(street.seed)
    canvas = paint_sky(own, shape, camera.horizon, conditions)
    town = plan.style == 'city' or own.random() < 0.3
    paint_skyline(own, canvas, camera.horizon, conditions, town)
    studio = Studio(shape, conditions.light, street.noise)
    painter = Painter(canvas, camera, studio, conditions.air, KIND_ID)
    paint_ground(painter, plan, street.soil, conditions)
    reach = 60.0 if conditions.weather == 'fog' else 120.0
    if conditions.weather == 'clear' and conditions.hour != 'night':
        throw_shadows(painter, street.props, time, reach)
    paint_props(painter, list(street.props), time, reach)
    if conditions.hour == 'night':
        shine_ahead(painter)
    add_glows(painter)
    np.clip(canvas.rgb, 0, 1, out=canvas.rgb)
    add_fall(rng, canvas, conditions)
    if own.random() < rig.bonnet:
        add_bonnet(own, canvas)
    if rig.border:
        add_border(canvas)
    return StreetView(develop(canvas.rgb, rng), canvas.part, canvas.owner)


def _camera(
    rng: np.random.Generator,
    street: Street,
    rig: Rig,
    shape: tuple[int, int],
    time: float,
) -> Camera:
    """Return a camera in a lane on the right, with a little sway."""
    height, width = shape
    plan = street.plan
    lane = 2 * plan.half / plan.lanes
    own = np.random.default_rng(street.seed + 1)
    right = int(own.integers(plan.lanes // 2))
    x = (right + 0.5) * lane + own.normal(0, 0.25)
    focal = width / 2 / np.tan(rig.field / 2)
    tall = rig.height * own.uniform(0.92, 1.08)
    horizon = rig.horizon + own.normal(0, 0.025) + rng.normal(0, 0.006)
    yaw = own.normal(0, 0.07) + rng.normal(0, 0.01)
    place = (float(x), float(tall), street.pace * time)
    return Camera(shape, float(focal), float(horizon * height), place,
                  float(yaw))  # fmt: skip
