"""Hair and hats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from ..solids import Sweep, limb
from ..textures import Material
from .parts import PART_ID
from .person import Person
from .wardrobe import Outfit

_HAIR = PART_ID['hair']
_HEAD = PART_ID['head']
_CIRCLE = np.linspace(0, 2 * np.pi, 16, endpoint=False)

# Size of the cap of hair relative to the skull.
_SWELL = {'afro': 1.38, 'bob': 1.16, 'long': 1.14}
# Height of the hairline on the unit sphere in front, beside and behind.
_LINE = {
    'receding': (0.88, 0.1, -0.55),
    'bob': (None, -0.7, -0.95),
    'long': (None, -0.9, -1.1),
    'afro': (None, -0.2, -0.75),
}
# Centre line and radii of hair that leaves the skull, on the unit sphere.
_LOOSE = {
    'long': (
        ((0, -0.1, -0.55), (0, -1.4, -0.75), (0, -2.2, -0.8)),
        (0.95, 0.8, 0.55),
    ),
    'bob': (((0, -0.1, -0.4), (0, -0.95, -0.4)), (1.0, 0.85)),
    'ponytail': (
        ((0, 0.3, -1.1), (0, -0.4, -1.5), (0, -1.4, -1.4)),
        (0.25, 0.32, 0.12),
    ),
    'bun': (((0, 0.75, -0.95), (0, 0.85, -1.0)), (0.4, 0.38)),
}

Cap = tuple[Callable[[np.ndarray], np.ndarray], float, Material, int]


def caps(outfit: Outfit) -> Iterator[Cap]:
    """Yield what covers the skull, hair before hat.

    Yields:
        A function of ``HxWx3`` points of the unit sphere that is positive
        where they are covered, the size relative to the skull, the surface
        and the detail id.
    """
    if outfit.hair != 'bald':
        swell = _SWELL.get(outfit.hair, 1.08)
        line = partial(_hairline, outfit)
        yield line, swell, outfit.hair_material, _HAIR
    if outfit.hat is not None:
        swell = 1.25 if outfit.hat == 'hood' else 1.17
        line = _hood if outfit.hat == 'hood' else _rim
        yield line, swell, outfit.hat_material, 0


def _hairline(outfit: Outfit, units: np.ndarray) -> np.ndarray:
    """Return how far above the hairline points lie."""
    x, y, z = units[..., 0], units[..., 1], units[..., 2]
    front, side, back = _LINE.get(outfit.hair, (None, 0.1, -0.55))
    if front is None:
        front = 0.72 - 0.42 * outfit.fringe
    beside = np.clip(0.5 + 1.6 * (0.28 - z), 0, 1)
    behind = np.clip(0.5 - 2.0 * (z + 0.25), 0, 1)
    line = front + beside * (side - front)
    line = line + behind * (back - line)
    return y - line - 0.05 * np.sin(9 * x)


def _rim(units: np.ndarray) -> np.ndarray:
    """Return how far above the rim of a hat points lie."""
    return units[..., 1] - 0.3 - 0.12 * units[..., 2]


def _hood(units: np.ndarray) -> np.ndarray:
    """Return how far behind the edge of a hood points lie."""
    return np.maximum(0.3 - units[..., 2], units[..., 1] - 0.75)


def beard_share(units: np.ndarray, pixels: float) -> np.ndarray:
    """Return the share of each pixel that a beard covers.

    Args:
        units: ``HxWx3`` points of the unit sphere.
        pixels: Pixels per unit.
    """
    above = units[..., 1] + 0.42 - 0.25 * np.abs(units[..., 0])
    share = np.clip(0.5 - above * max(pixels, 1.0), 0, 1)
    return share * (units[..., 2] > -0.1)


def loose_hair(person: Person) -> Iterator[Sweep]:
    """Yield hair that hangs or stands off the skull."""
    outfit = person.outfit
    if outfit.hair not in _LOOSE:
        return
    points, radii = _LOOSE[outfit.hair]
    centres = np.stack([person.head_at(*p) for p in points])
    solid = limb(
        person.view,
        centres,
        np.array(radii) * person.head_unit(),
        outfit.hair_material,
        _HAIR,
        contact=0.2,
    )
    behind = float(centres[:, 2].mean() - person.head_at()[2])
    yield replace(solid, depth=person.head_depth() + 1.2 * behind)


def headwear(person: Person) -> Iterator[Sweep]:
    """Yield the peak of a cap or the brim of a hat."""
    hat, frame = person.outfit.hat, person.frame('head')
    if hat not in ('cap', 'brim'):
        return
    shift, reach = (0.9, 0.75) if hat == 'cap' else (0.0, 1.65)
    ring = np.stack([
        person.head_at(reach * np.cos(a), 0.42, shift + reach * np.sin(a))
        for a in _CIRCLE
    ])  # fmt: skip
    low = ring - frame[:, 1] * 0.08 * person.head_unit()
    front = 0.004 if hat == 'brim' or frame[2, 2] > 0 else -0.004
    yield Sweep(
        person.view.project(np.stack([low, ring])),
        frame[:, 1],
        person.head_depth() + front,
        person.view.scale,
        person.outfit.hat_material,
        _HEAD,
    )
