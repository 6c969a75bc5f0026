"""Road, sidewalks, verges and what is painted on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..models.painter import Painter
from .conditions import Conditions
from .kinds import KIND_ID
from .plan import Plan

_FARTHEST = 600.0
_LINE = np.array([0.82, 0.82, 0.8], np.float32)


@dataclass(frozen=True)
class Soil:
    """Colours of the ground.

    Attributes:
        road: RGB of the road.
        walk: RGB of the sidewalk.
        grass: RGB of the verge.
        snow: Share of snow that lies beside the lanes.
        line: RGB of the markings in the middle.
        tile: Side of the flags of the sidewalk in metres.
        worn: Strength of the markings, 0 to 1.
        phase: Shift of the texture in metres.
    """

    road: np.ndarray
    walk: np.ndarray
    grass: np.ndarray
    snow: float
    line: np.ndarray
    tile: float
    worn: float
    phase: float


def sample_soil(rng: np.random.Generator, conditions: Conditions) -> Soil:
    """Draw the colours of the ground."""
    tone = 1 + rng.normal(0, 0.03, 3)
    road = rng.uniform(0.2, 0.42) * tone
    walk = rng.uniform(0.38, 0.62) * (1 + rng.normal(0, 0.05, 3))
    grass = np.array([0.27, 0.36, 0.14]) * rng.uniform(0.7, 1.4)
    if rng.random() < 0.25:
        grass = np.array([0.5, 0.42, 0.28]) * rng.uniform(0.7, 1.2)
    if conditions.wet:
        road, walk = 0.65 * road, 0.75 * walk
    yellow = rng.random() < 0.35
    line = np.array([0.85, 0.65, 0.15]) if yellow else _LINE
    snow = 0.0
    if conditions.weather == 'snow':
        snow = float(rng.uniform(0.3, 0.95))
    return Soil(
        road.astype(np.float32),
        walk.astype(np.float32),
        grass.astype(np.float32),
        snow,
        line.astype(np.float32),
        float(rng.choice([0.4, 0.6, 1.0])),
        float(rng.uniform(0.35, 1.0)),
        float(rng.uniform(0, 100)),
    )


def paint_ground(
    painter: Painter, plan: Plan, soil: Soil, conditions: Conditions
) -> None:
    """Paint everything that is flat, below the horizon.

    Args:
        painter: What paints.
        plan: The street.
        soil: Colours.
        conditions: Time of day and weather.
    """
    canvas, camera = painter.canvas, painter.camera
    height, width = canvas.shape
    start = int(np.clip(np.floor(camera.horizon) + 1, 0, height))
    if start >= height:
        return
    columns = np.arange(width, dtype=np.float32)[None]
    rows = np.arange(start, height, dtype=np.float32)[:, None]
    right, up = camera.rays(columns, rows)
    depth = np.clip(-camera.position[1] / np.minimum(up, -1e-5), 0, _FARTHEST)
    depth = depth.astype(np.float32)
    cos, sin = np.float32(np.cos(camera.yaw)), np.float32(np.sin(camera.yaw))
    x = np.float32(camera.position[0]) + depth * (cos * right + sin)
    z = np.float32(camera.position[2]) + depth * (cos - sin * right)
    size = depth / np.float32(camera.focal)
    zone, kinds, colours = _zones(plan, soil, x, z)
    rgb = colours[zone]
    rgb *= _texture(painter, soil, zone, kinds, x, z, size)[..., None]
    _markings(rgb, plan, soil, zone == _ROAD, x, z, size)
    _snow(rgb, painter, soil, kinds[zone], x, z)
    lit = painter.studio.light.shade(np.ones(1, np.float32) * 0.6)[0]
    rgb *= lit.astype(np.float32)
    if conditions.wet:
        mirror = np.clip(depth / 40, 0.03, 0.5)[..., None]
        rgb += mirror * (painter.air.rgb - rgb)
    canvas.rgb[start:] = painter.air.veil(rgb, depth)
    canvas.part[start:] = kinds[zone]


_ROAD = 0


def _zones(
    plan: Plan, soil: Soil, x: np.ndarray, z: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the strip of every pixel, and kinds and colours of strips."""
    kinds = [KIND_ID['road']]
    colours = [soil.road]
    edges: list[tuple[float, float, int]] = []

    def strip(low: float, high: float, kind: str, rgb: np.ndarray) -> None:
        kinds.append(KIND_ID[kind])
        colours.append(np.asarray(rgb, np.float32))
        edges.append((low, high, len(kinds) - 1))

    for sign, side in plan.sides:
        strips = [
            (side.bays, 'parking', 0.85 * soil.road + 0.04),
            (0.15 if side.walk else 0.0, 'sidewalk', 1.15 * soil.walk),
            (side.walk - 0.15 if side.walk else 0.0, 'sidewalk', soil.walk),
            (side.verge, 'terrain', soil.grass),
            (900.0, 'terrain' if plan.style != 'city' else 'ground',
             soil.grass if plan.style != 'city' else 0.8 * soil.walk),
        ]  # fmt: skip
        place = plan.half
        for wide, kind, rgb in strips:
            if wide > 0:
                low, high = sorted((sign * place, sign * (place + wide)))
                strip(low, high, kind, rgb)
            place += wide
    if plan.rails is not None:
        strip(plan.rails - 1.1, plan.rails + 1.1, 'rail track',
              soil.road * [1.12, 1.08, 1.02])  # fmt: skip
    zone = np.zeros(x.shape, np.uint8)
    for low, high, number in edges:
        zone[(x >= low) & (x < high)] = number
    for start, end in plan.junctions:
        zone[(z > start) & (z < end) & (np.abs(x) > plan.half)] = _ROAD
    return zone, np.array(kinds, np.uint8), np.array(colours, np.float32)


def _texture(
    painter: Painter,
    soil: Soil,
    zone: np.ndarray,
    kinds: np.ndarray,
    x: np.ndarray,
    z: np.ndarray,
    size: np.ndarray,
) -> np.ndarray:
    """Return brightness: patches, grain and the joints of flags."""
    noise = painter.studio.noise
    u, v = x * 0.04, (z + soil.phase) * 0.012
    tone = 1 + 0.07 * noise.sample(u, v)
    near = np.clip(0.03 / size, 0, 1)
    tone += 0.09 * near * noise.sample(7 * u, 20 * v, fine=True)
    grass = np.isin(kinds, [KIND_ID['terrain']])[zone]
    tone += grass * 0.12 * noise.sample(9 * u, 12 * v)
    flags = np.isin(kinds, [KIND_ID['sidewalk']])[zone]
    if flags.any():
        joint = np.minimum(_gap(x, soil.tile), _gap(z, soil.tile))
        dark = np.clip((0.02 - joint) / size + 0.5, 0, 1)
        tone -= flags * 0.25 * np.clip(0.03 / size, 0, 1) * dark
    return tone.astype(np.float32)


def _gap(place: np.ndarray, period: float) -> np.ndarray:
    """Return the distance to the nearest multiple of a period."""
    turns = place / np.float32(period)
    return np.abs(turns - np.rint(turns)) * np.float32(period)


def _markings(
    rgb: np.ndarray,
    plan: Plan,
    soil: Soil,
    road: np.ndarray,
    x: np.ndarray,
    z: np.ndarray,
    size: np.ndarray,
) -> None:
    """Paint lines, zebras and rails on the road."""
    lane = 2 * plan.half / plan.lanes
    cover = np.zeros(x.shape, np.float32)
    for k in range(1, plan.lanes):
        place = -plan.half + k * lane
        middle = 2 * k == plan.lanes
        line = _stripe(x - np.float32(place), 0.08, size)
        if not middle or not plan.divided:
            line = line * np.clip((np.mod(z, 9) - 5.5) / size + 0.5, 0, 1)
        if middle and soil.line[2] < 0.5:
            _blend(rgb, line * road * soil.worn, soil.line)
        else:
            cover = np.maximum(cover, line)
    if plan.style == 'road':
        for place in (-plan.half + 0.3, plan.half - 0.3):
            cover = np.maximum(cover, _stripe(x - place, 0.08, size))
    for place in plan.crossings:
        rows = _stripe(z - place, 1.6, size * 4)
        bars = _stripe(np.mod(x, 1.0) - 0.5, 0.25, size)
        cover = np.maximum(cover, rows * bars)
        stop = _stripe(z - (place - 3), 0.2, size * 4)
        cover = np.maximum(cover, stop * (x > 0.2))
    _blend(rgb, cover * road * soil.worn, _LINE)
    if plan.rails is not None:
        for place in (plan.rails - 0.72, plan.rails + 0.72):
            steel = _stripe(x - np.float32(place), 0.05, size)
            _blend(rgb, 0.9 * steel, np.array([0.5, 0.5, 0.52], np.float32))


def _stripe(offset: np.ndarray, half: float, size: np.ndarray) -> np.ndarray:
    """Return the share of each pixel that a line covers."""
    share = (np.float32(half) - np.abs(offset)) / size + np.float32(0.5)
    return np.clip(share, 0, np.minimum(1, 2 * half / size))


def _blend(rgb: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> None:
    rgb += cover[..., None].astype(np.float32) * (colour - rgb)


def _snow(
    rgb: np.ndarray,
    painter: Painter,
    soil: Soil,
    kinds: np.ndarray,
    x: np.ndarray,
    z: np.ndarray,
) -> None:
    """Lay snow where nobody drives."""
    if not soil.snow:
        return
    patchy = painter.studio.noise.sample(x * 0.05, z * 0.02)
    road = (kinds == KIND_ID['road']) * 0.55
    cover = np.clip(1.6 * (soil.snow - road) + 0.4 * patchy, 0, 0.95)
    _blend(rgb, cover, np.array([0.9, 0.92, 0.95], np.float32))
