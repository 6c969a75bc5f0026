"""Heads: skull, face, ears, nose and neck."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..canvas import Layer
from ..ellipsoid import Ellipsoid
from ..raster import Patch
from ..solids import Solid, Studio, Sweep, limb
from ..textures import Material
from .hair import beard_share, caps
from .parts import PART_ID
from .person import BIAS, Person
from .wardrobe import Outfit

_HEAD = PART_ID['head']

# Centre and half-axes of facial parts on the unit sphere, x to the left.
_FACE = {
    'leye': (0.36, 0.02, 0.17, 0.075),
    'reye': (-0.36, 0.02, 0.17, 0.075),
    'lebrow': (0.37, 0.20, 0.22, 0.045),
    'rebrow': (-0.37, 0.20, 0.22, 0.045),
    'mouth': (0.0, -0.58, 0.24, 0.075),
}


@dataclass(frozen=True)
class Face:
    """A skull with everything that is drawn on its surface.

    Attributes:
        skull: Shape and place of the head.
        depth: World z that orders it among the other solids.
        outfit: Hair, hat and skin.
        mouth: Vertical factor of the mouth.
    """

    skull: Ellipsoid
    depth: float
    outfit: Outfit
    mouth: float

    def layers(self, studio: Studio) -> Iterator[Layer]:
        """Yield skin, face, hair and hat in painting order."""
        outline = self.skull.outline(studio.shape)
        if outline is None:
            return
        units = self.skull.units(outline)
        skin = self.skull.shade(self.outfit.skin, units, studio)
        reach = 0.12 * self.skull.pixels
        yield Layer(outline, skin, _HEAD, 0, 0.35, reach)
        if self.outfit.beard:
            share = beard_share(units, self.skull.pixels)
            hair = self.skull.shade(self.outfit.hair_material, units, studio)
            yield Layer(_covered(outline, share), hair, _HEAD)
        if (units[..., 2] > 0.15).any():
            yield from self._features(outline, units, skin)
        for share, swell, material, detail in caps(self.outfit):
            yield from self._cap(studio, swell, share, material, detail)

    def _features(
        self, outline: Patch, units: np.ndarray, skin: np.ndarray
    ) -> Iterator[Layer]:
        front = units[..., 2] > 0.15
        if self.outfit.glasses:
            rims = _glasses(units, self.skull.pixels) * front
            yield Layer(_covered(outline, rims), np.full(3, 0.1), _HEAD)
        for name, (x, y, width, height) in _FACE.items():
            tall = height * (self.mouth if name == 'mouth' else 1.0)
            dx = (units[..., 0] - x) / width
            dy = (units[..., 1] - y) / tall
            edge = tall * max(self.skull.pixels, 1.0)
            inside = np.clip(0.5 + (1 - np.hypot(dx, dy)) * edge, 0, 1)
            patch = _covered(outline, inside * front)
            yield Layer(
                patch, self._colour(name, dx, skin), _HEAD, PART_ID[name]
            )

    def _colour(
        self, name: str, dx: np.ndarray, skin: np.ndarray
    ) -> np.ndarray:
        """Return the colours of a facial part."""
        if name.endswith('brow'):
            dark = np.asarray(self.outfit.hair_material.base, np.float32)
            return 0.35 * skin + 0.65 * skin.mean() * dark
        if name == 'mouth':
            return skin * np.array([0.85, 0.5, 0.5], np.float32)
        iris = (np.abs(dx) < 0.42)[..., None]
        white = skin.mean(axis=-1, keepdims=True) * 0.3 + 0.6
        return np.where(iris, np.float32(0.12), white)

    def _cap(
        self,
        studio: Studio,
        swell: float,
        share: Callable[[np.ndarray], np.ndarray],
        material: Material,
        detail: int,
    ) -> Iterator[Layer]:
        """Yield hair or a hat on a larger copy of the skull."""
        larger = self.skull.scaled(swell)
        outline = larger.outline(studio.shape)
        if outline is None:
            return
        units = larger.units(outline)
        inside = np.clip(0.5 + share(units) * max(larger.pixels, 1.0), 0, 1)
        rgb = larger.shade(material, units, studio)
        yield Layer(_covered(outline, inside), rgb, _HEAD, detail)


def _covered(outline: Patch, share: np.ndarray) -> Patch:
    """Return the part of an outline that a share in [0, 1] covers."""
    coverage = (outline.coverage * share).astype(np.float32)
    return Patch(outline.top, outline.left, coverage)


def _glasses(units: np.ndarray, pixels: float) -> np.ndarray:
    """Return the share that the rims of a pair of glasses cover."""
    half = max(0.035, 0.5 / pixels)
    rings = [
        np.hypot((units[..., 0] - x) / 1.25, units[..., 1] - 0.02) - 0.24
        for x in (-0.37, 0.37)
    ]
    return (np.min(np.abs(rings), axis=0) < half).astype(np.float32)


def head(person: Person, rng: np.random.Generator) -> Iterator[Solid]:
    """Yield skull, face and cap of hair, the ears and the nose."""
    frame = person.frame('head')
    unit = person.head_axes()
    pixels = person.view.scale * float(person.view.magnify(person.head_at()))
    skull = Ellipsoid(person.view.project(person.head_at()), unit * pixels)
    depth = person.head_depth()
    mouth = float(np.exp(rng.normal(0.0, 0.45)))
    yield Face(skull, depth, person.outfit, mouth)
    shown = person.outfit.hair not in ('long', 'bob', 'afro')
    if shown or rng.random() < 0.25:
        for side, sign in (('l', 1.0), ('r', -1.0)):
            near = 0.002 if frame[2, 0] * sign > 0.12 else -0.002
            points = ((sign, 0.12, -0.08), (1.02 * sign, -0.2, 0.0))
            part = PART_ID[f'{side}ear']
            yield _lump(person, points, (0.2, 0.14), part, depth + near)
    near = 0.003 if frame[2, 2] > -0.05 else -0.003
    points = ((0, 0.08, 0.96), (0, -0.24, 1.1), (0, -0.27, 1.0))
    radii = (0.07, 0.14, 0.12)
    yield _lump(person, points, radii, PART_ID['nose'], depth + near)


def _lump(
    person: Person,
    points: tuple[tuple[float, float, float], ...],
    radii: tuple[float, ...],
    detail: int,
    depth: float,
) -> Sweep:
    """Return an ear or a nose at points of the unit sphere."""
    solid = limb(
        person.view,
        np.stack([person.head_at(*p) for p in points]),
        np.array(radii) * person.head_unit(),
        person.outfit.skin,
        _HEAD,
        detail=detail,
        contact=0.15,
    )
    return replace(solid, depth=depth)


def neck(person: Person) -> Sweep:
    """Return the neck."""
    joints = person.skeleton.joints
    low = joints['collar'] - 0.02 * person.frame('chest')[:, 1]
    top = joints['nape'] + 0.03 * person.frame('head')[:, 1]
    radii = np.array([0.036, 0.031]) * (0.4 + 0.6 * person.body.girth)
    points, skin = np.stack([low, top]), person.outfit.skin
    return limb(
        person.view, points, radii, skin, PART_ID['neck'], BIAS['neck']
    )
