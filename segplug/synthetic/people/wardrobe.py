"""Skin, hair and clothes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional

import cv2
import numpy as np

from ..textures import CLOTH_PATTERNS, Material

Bottom = Literal['trousers', 'skirt', 'dress', 'coat']
Hair = Literal['bald', 'receding', 'short', 'bob', 'long', 'ponytail', 'bun',
               'afro']  # fmt: skip
Hat = Literal['cap', 'beanie', 'brim', 'hood']
Bag = Literal['backpack', 'handbag']
Colour = tuple[float, float, float]

_SKIN = np.array(
    [[0.95, 0.81, 0.72], [0.88, 0.69, 0.57], [0.76, 0.56, 0.42],
     [0.58, 0.39, 0.27], [0.38, 0.24, 0.17], [0.25, 0.16, 0.12]]
)  # fmt: skip
_HAIR = np.array(
    [[0.07, 0.06, 0.06], [0.16, 0.10, 0.07], [0.30, 0.19, 0.11],
     [0.50, 0.34, 0.18], [0.78, 0.62, 0.36], [0.48, 0.20, 0.10],
     [0.62, 0.61, 0.60]]
)  # fmt: skip


@dataclass(frozen=True)
class Outfit:
    """How a person looks.

    Attributes:
        skin: Surface of the skin.
        hair: Hair style.
        hair_material: Surface of the hair.
        fringe: How far the hair comes down the forehead, 0 to 1.
        hat: Head-gear, or None.
        hat_material: Its surface.
        beard: Whether the chin is covered with hair.
        glasses: Whether there are glasses.
        top: Surface of the upper garment.
        sleeves: Surface of its sleeves.
        print: Surface of a print on the chest, or None.
        under: Surface seen in the opening of a jacket, or None.
        sleeve: Sleeve length, 1 reaches the elbow and 2 the wrist.
        neckline: Depth of the neckline, 0 (closed) to 1.
        hem: How far the top hangs below the belt, 0 to 1.
        ease: Looseness of the top in body heights.
        bottom: Kind of the lower garment.
        bottom_material: Its surface.
        length: Length of the lower garment, 1 at the knee, 2 at the ankle.
        bottom_ease: Looseness of the lower garment in body heights.
        shoe: Surface of the shoes, None when barefoot.
        sock: Sock length, 1 reaches the knee.
        sock_material: Surface of the socks.
        gloves: Surface of gloves, or None.
        bag: A bag, or None.
        bag_material: Its surface.
    """

    skin: Material
    hair: Hair
    hair_material: Material
    fringe: float
    hat: Optional[Hat]
    hat_material: Material
    beard: bool
    glasses: bool
    top: Material
    sleeves: Material
    print: Optional[Material]
    under: Optional[Material]
    sleeve: float
    neckline: float
    hem: float
    ease: float
    bottom: Bottom
    bottom_material: Material
    length: float
    bottom_ease: float
    shoe: Optional[Material]
    sock: float
    sock_material: Material
    gloves: Optional[Material]
    bag: Optional[Bag]
    bag_material: Material


def sample_colour(rng: np.random.Generator, near_skin: float) -> Colour:
    """Draw a cloth colour: neutral, denim, close to skin or vivid."""
    kind = rng.random()
    if kind < 0.42:
        value = rng.choice([0.08, 0.15, 0.35, 0.6, 0.9]) + rng.normal(0, 0.05)
        colour = value * (1 + rng.normal(0, 0.05, 3))
    elif kind < 0.55:
        colour = np.array([0.25, 0.34, 0.5]) * rng.uniform(0.5, 1.6)
    elif kind < 0.55 + near_skin:
        colour = _blend(rng, _SKIN) * rng.uniform(0.8, 1.1)
    else:
        colour = _vivid(rng)
    return _rgb(colour)


def _vivid(rng: np.random.Generator) -> np.ndarray:
    hue, saturation = rng.uniform(0, 360), rng.uniform(0.3, 0.95)
    pixel = np.array([[[hue, saturation, rng.uniform(0.2, 0.95)]]], np.float32)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float64)


def _blend(rng: np.random.Generator, scale: np.ndarray) -> np.ndarray:
    """Draw a colour between two neighbours of a colour scale."""
    place = rng.uniform(0, len(scale) - 1)
    low = int(place)
    return scale[low] + (place - low) * (scale[low + 1] - scale[low])


def _rgb(colour: np.ndarray) -> Colour:
    red, green, blue = (float(v) for v in np.clip(colour, 0.03, 0.97))
    return red, green, blue


def sample_cloth(
    rng: np.random.Generator, plain: float = 0.6, near_skin: float = 0.08
) -> Material:
    """Draw a cloth.

    Args:
        rng: Source of randomness.
        plain: Probability of a cloth without a pattern.
        near_skin: Probability of a skin-like colour.
    """
    pattern = 'plain'
    if rng.random() >= plain:
        kind = rng.integers(1, len(CLOTH_PATTERNS))
        pattern = CLOTH_PATTERNS[int(kind)]
    return Material(
        sample_colour(rng, near_skin),
        sample_colour(rng, near_skin),
        pattern,
        float(rng.uniform(0.012, 0.09)),
        float(rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])),
        float(rng.uniform(0.01, 0.07)),
        float(rng.uniform(0.04, 0.2)),
        (float(rng.random()), float(rng.random())),
    )


def sample_skin(rng: np.random.Generator) -> Material:
    """Draw a skin tone."""
    tone = _blend(rng, _SKIN) * (1 + rng.normal(0, 0.03, 3))
    return Material(_rgb(tone), grain=0.025, offset=(rng.random(), 0.0))


def sample_outfit(rng: np.random.Generator) -> Outfit:
    """Draw skin, hair and clothes of a person."""
    skin, top = sample_skin(rng), sample_cloth(rng)
    lower = top if rng.random() < 0.18 else sample_cloth(rng, 0.8, 0.0)
    bottom, length = _sample_bottom(rng)
    sleeve = _sample_length(rng, (0.15, 0.3, 0.5, 0.05), 2.0)
    if bottom == 'coat' and sleeve < 1.5:
        sleeve = 1.95
    if bottom in ('dress', 'coat'):
        lower = top
    if rng.random() < 0.04:  # A bathing suit.
        top, sleeve, bottom, length = skin, 0.0, 'trousers', 0.3
    jacket = sleeve > 1.6 and rng.random() < 0.4
    barefoot = rng.random() < (0.5 if length < 1 else 0.08)
    hat = rng.random() < 0.18
    return Outfit(
        skin=skin,
        **_sample_hair(rng),
        hat=_pick(rng, ('cap', 'beanie', 'brim', 'hood')) if hat else None,
        hat_material=top if rng.random() < 0.2 else sample_cloth(rng, 0.85),
        beard=bool(rng.random() < 0.12),
        glasses=bool(rng.random() < 0.12),
        top=top,
        sleeves=sample_cloth(rng) if rng.random() < 0.1 else top,
        print=sample_cloth(rng, 0.3) if rng.random() < 0.2 else None,
        under=sample_cloth(rng) if jacket else None,
        sleeve=sleeve,
        neckline=float(rng.beta(1.2, 2.5)),
        hem=float(rng.choice([0.0, rng.uniform(0.3, 1.0)])),
        ease=float(rng.gamma(2.0, 0.003)),
        bottom=bottom,
        bottom_material=lower,
        length=length,
        bottom_ease=float(rng.gamma(2.0, 0.0035)),
        shoe=None if barefoot else sample_cloth(rng, 0.9),
        sock=float(rng.beta(1, 2.5) if rng.random() < 0.6 else 0.0),
        sock_material=sample_cloth(rng, 0.8),
        gloves=sample_cloth(rng, 0.95) if rng.random() < 0.06 else None,
        bag=_pick(rng, ('backpack', 'handbag'))
        if rng.random() < 0.14
        else None,
        bag_material=sample_cloth(rng, 0.8),
    )


def _sample_hair(rng: np.random.Generator) -> dict[str, object]:
    style = _pick(
        rng,
        (
            'bald',
            'receding',
            'short',
            'bob',
            'long',
            'ponytail',
            'bun',
            'afro',
        ),
        (0.04, 0.08, 0.38, 0.14, 0.18, 0.08, 0.06, 0.04),
    )
    colour = _HAIR[
        int(rng.choice(7, p=(0.3, 0.2, 0.16, 0.1, 0.1, 0.05, 0.09)))
    ]
    if rng.random() < 0.03:
        colour = _vivid(rng)
    colour = _rgb(colour * np.exp(rng.normal(0, 0.15)))
    streaks = _rgb(np.asarray(colour) * 1.5)
    material = Material(
        colour, streaks, 'marble', 0.03, 0.0, 0.12, 0.1, (rng.random(), 0.0)
    )
    return {
        'hair': style,
        'hair_material': material,
        'fringe': float(rng.random()),
    }


def _sample_bottom(rng: np.random.Generator) -> tuple[Bottom, float]:
    bottom = _pick(
        rng,
        ('trousers', 'skirt', 'dress', 'coat'),
        (0.74, 0.1, 0.09, 0.07),
    )
    if bottom == 'trousers':
        return bottom, _sample_length(rng, (0.12, 0.22, 0.58, 0.08), 2.0)
    return bottom, float(rng.uniform(0.35, 1.1 if bottom == 'coat' else 1.75))


def _sample_length(
    rng: np.random.Generator,
    shares: tuple[float, float, float, float],
    full: float,
) -> float:
    """Draw a length: very short, to the middle, full or anything."""
    kind = rng.choice(4, p=shares)
    if kind == 0:
        return float(rng.uniform(0.1, 0.4))
    if kind == 1:
        return float(rng.uniform(0.5, 1.1))
    if kind == 2:
        return float(rng.uniform(0.94, 1.0) * full)
    return float(rng.uniform(1.1, 0.9 * full))


def _pick(
    rng: np.random.Generator,
    names: tuple[str, ...],
    shares: Optional[tuple[float, ...]] = None,
) -> str:
    return names[int(rng.choice(len(names), p=shares))]
