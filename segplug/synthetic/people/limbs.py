"""Arms and legs in the sleeves and trousers that cover them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Optional

import numpy as np

from ..solids import Sweep, limb
from ..textures import Material
from .parts import PART_ID
from .person import BIAS, Person

Profile = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Chain:
    """A limb of two bones.

    Attributes:
        joints: Names of its three joints.
        parts: Part names of its bones without the side.
        profiles: Places along each bone and radii there, in body heights.
        merge: Radii about the root and the middle joint within which
            surfaces of one material merge, in body heights.
    """

    joints: tuple[str, str, str]
    parts: tuple[str, str]
    profiles: tuple[Profile, Profile]
    merge: tuple[float, float]


_ARM = _Chain(
    ('shoulder', 'elbow', 'wrist'),
    ('uarm', 'larm'),
    (
        ((0.0, 0.034), (0.18, 0.035), (0.55, 0.030), (1.0, 0.026)),
        ((0.0, 0.026), (0.25, 0.028), (1.0, 0.018)),
    ),
    (0.075, 0.04),
)
_LEG = _Chain(
    ('hip', 'knee', 'ankle'),
    ('uleg', 'lleg'),
    (
        ((0.0, 0.054), (0.25, 0.056), (1.0, 0.037)),
        ((0.0, 0.036), (0.28, 0.040), (0.7, 0.026), (1.0, 0.023)),
    ),
    (0.08, 0.055),
)


def arm(person: Person, side: str) -> Iterator[Sweep]:
    """Yield an arm without its hand."""
    outfit = person.outfit
    cloth = outfit.sleeves, outfit.ease
    same = outfit.sleeves is outfit.top
    yield from _limb(person, side, _ARM, cloth, outfit.sleeve, same)


def leg(person: Person, side: str) -> Iterator[Sweep]:
    """Yield a leg without its foot; a skirt is drawn elsewhere."""
    outfit = person.outfit
    cloth = outfit.bottom_material, outfit.bottom_ease
    covers = {'trousers': outfit.length, 'coat': 2.0}
    length = covers.get(outfit.bottom, 0.0)
    yield from _limb(person, side, _LEG, cloth, length, merges=True)
    if outfit.sock > 0.05 and length < 1.8:
        yield _sock(person, side)


def _sock(person: Person, side: str) -> Sweep:
    knee, ankle = person.joint(side, 'knee'), person.joint(side, 'ankle')
    sock = person.outfit.sock
    high = ankle + 0.95 * sock * (knee - ankle)
    radii = np.array([0.030, 0.026]) * person.body.girth
    if sock > 0.5:
        radii[0] += 0.012 * person.body.girth
    depth = (knee[2] + ankle[2]) / 2 + BIAS['lleg'] + 0.0002
    solid = limb(
        person.view,
        np.stack([high, ankle]),
        radii,
        person.outfit.sock_material,
        PART_ID[f'{side}lleg'],
    )
    return replace(solid, depth=float(depth))


def _limb(
    person: Person,
    side: str,
    chain: _Chain,
    cloth: tuple[Material, float],
    covered: float,
    merges: bool,
) -> Iterator[Sweep]:
    """Yield both bones of a limb, dressed down to a length.

    Args:
        person: Whose limb it is.
        side: ``'l'`` or ``'r'``.
        chain: The anatomy.
        cloth: Surface and looseness of the cloth.
        covered: Dressed length; 1 is the middle joint, 2 the end.
        merges: Whether the cloth merges with that of the trunk.
    """
    root, middle, end = (person.joint(side, j) for j in chain.joints)
    upper, lower = (f'{side}{part}' for part in chain.parts)
    bones = ((root, middle, upper, lower), (middle, end, lower, upper))
    for index, (start, stop, part, other) in enumerate(bones):
        seam = person.weld(middle, chain.merge[1], other)
        # Where the cloth ends near the joint its edge has to stay sharp.
        skin = seam if covered < 0.85 else None
        cloths = [seam] if covered > 1.15 else []
        if merges and index == 0:
            cloths.append(person.weld(root, chain.merge[0], 'torso'))
        welds = skin, np.concatenate(cloths) if cloths else None
        yield from _dressed(
            person, (start, stop), chain.profiles[index], cloth,
            covered - index, part, BIAS[chain.parts[index]], welds,
        )  # fmt: skip


def _dressed(
    person: Person,
    ends: tuple[np.ndarray, np.ndarray],
    profile: Profile,
    cloth: tuple[Material, float],
    covered: float,
    name: str,
    bias: float,
    welds: tuple[Optional[np.ndarray], Optional[np.ndarray]],
) -> Iterator[Sweep]:
    """Yield the skin of a bone and the cloth on its upper share.

    Args:
        person: Whose bone it is.
        ends: World points of the bone.
        profile: Places along the bone and radii there.
        cloth: Surface and looseness of the cloth.
        covered: Share of the bone that the cloth covers, any number.
        name: Part name.
        bias: Depth bias.
        welds: Joints at which skin and cloth merge with the figure.
    """
    start, end = ends
    places, radii = np.array(profile).T
    radii = radii * person.body.girth
    covered = min(max(covered, 0.0), 1.0)
    part = PART_ID[name]
    if covered < 0.98:
        centres = start + places[:, None] * (end - start)
        yield limb(
            person.view, centres, radii, person.outfit.skin, part, bias,
            contact=0.25, welds=welds[0],
        )  # fmt: skip
    if covered > 0.02:
        material, ease = cloth
        inner = np.append(places[places < covered], covered)
        widths = np.interp(inner, places, radii) + ease
        centres = start + inner[:, None] * (end - start)
        solid = limb(
            person.view, centres, widths, material, part, contact=0.25,
            welds=welds[1],
        )  # fmt: skip
        depth = float((start[2] + end[2]) / 2) + bias + 0.0005
        yield replace(solid, depth=depth)
