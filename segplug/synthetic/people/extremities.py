"""Hands and feet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..solids import Sweep, limb
from .parts import PART_ID
from .person import BIAS, Person

_FINGERS_FROM = 140  # px of body height; below, fingers are hair-thin.


def hand(
    person: Person, side: str, rng: np.random.Generator
) -> Iterator[Sweep]:
    """Yield palm, thumb and, where they can be seen, fingers.

    Args:
        person: Whose hand it is.
        side: ``'l'`` or ``'r'``.
        rng: Source of the posture of the fingers.
    """
    wrist, tips = person.joint(side, 'wrist'), person.joint(side, 'fingers')
    size = person.body.hand / 0.085
    palm = wrist + 0.45 * (tips - wrist)
    frame = person.frame(f'{side}_hand')
    spread, curl = rng.uniform(0.006, 0.02), rng.uniform(0.3, 1.0)
    thumb = palm + (0.034 * frame[:, 2] - 0.012 * frame[:, 1]) * size
    root = wrist + 0.3 * (palm - wrist)
    slim = np.array([0.011, 0.0075])
    chains = [(np.stack([root, thumb]), slim)]
    if person.view.scale < _FINGERS_FROM:
        radii = np.array([0.018, 0.026, 0.015])
        chains.append((np.stack([wrist, palm, tips]), radii))
    else:
        chains.append((np.stack([wrist, palm]), np.array([0.018, 0.025])))
        reach = (tips - palm) * (0.5 + 0.6 * curl)
        across = frame[:, 2] * size
        for place in (-1.5, -0.5, 0.5, 1.5):
            base = palm + place * 0.011 * across
            tip = palm + reach + place * spread * across
            chains.append((np.stack([base, tip]), slim))
    # A cuff or a glove ends sharply.
    bare = person.outfit.gloves is None and person.outfit.sleeve < 1.85
    welds = person.weld(wrist, 0.03, f'{side}larm') if bare else None
    material = person.outfit.gloves or person.outfit.skin
    for points, radii in chains:
        yield limb(
            person.view, points, radii * size, material,
            PART_ID[f'{side}hand'], BIAS['hand'], contact=0.25, welds=welds,
        )  # fmt: skip


def foot(person: Person, side: str) -> Sweep:
    """Return a bare foot or a shoe."""
    ankle, toes = person.joint(side, 'ankle'), person.joint(side, 'toes')
    frame = person.frame(f'{side}_foot')
    size = person.body.foot / 0.135
    heel = ankle - (0.012 * frame[:, 2] + 0.022 * frame[:, 1]) * size
    ball = heel + 0.62 * (toes - heel)
    radii = np.array([0.026, 0.025, 0.019]) * size
    if person.outfit.shoe is not None:
        radii += 0.003
    return limb(
        person.view,
        np.stack([heel, ball, toes]),
        radii,
        person.outfit.shoe or person.outfit.skin,
        PART_ID[f'{side}foot'],
        BIAS['foot'],
        contact=0.3,
    )
