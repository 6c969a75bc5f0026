"""Solids of the trunk and of clothes that span several parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..solids import Labeller, Sweep, direction, limb
from ..textures import Material
from .parts import PART_ID
from .person import Person
from .skeleton import SIDES

_ANGLES = np.linspace(0, 2 * np.pi, 32, endpoint=False)
_FRONT, _BACK = 8, 24  # Indices of the ring points at the front and back.

# Half-width and half-depth of the trunk from the crotch to the collar:
# (joint, frame, height above the joint in trunk lengths, width, depth).
_TRUNK = (
    ('pelvis', 'pelvis', -0.19, 0.040, 0.040),
    ('pelvis', 'pelvis', 0.00, 0.094, 0.066),
    ('pelvis', 'pelvis', 0.20, 0.087, 0.062),
    ('waist', 'waist', 0.00, 0.079, 0.055),
    ('chest', 'chest', 0.00, 0.094, 0.066),
    ('chest', 'chest', 0.14, 0.102, 0.064),
    ('collar', 'chest', -0.14, 0.096, 0.048),
    ('collar', 'chest', -0.02, 0.048, 0.038),
)
_BELT = 2  # Index of the ring at which trousers end.
_SHOULDERS = 0.1  # Half distance of the shoulders that the widths fit.


def trunk_rings(person: Person, ease: float = 0.0) -> np.ndarray:
    """Return ``8x32x3`` world outlines from the crotch to the collar.

    Args:
        person: Whose trunk it is.
        ease: Distance of the cloth from the body in body heights.
    """
    body, rings = person.body, []
    for index, (joint, frame, height, width, depth) in enumerate(_TRUNK):
        width *= body.girth * (body.waist if index == 3 else 1.0)
        depth *= body.girth * (body.chest if index in (4, 5) else 1.0)
        if index >= 4:
            width *= body.shoulders / _SHOULDERS
        axes = person.frame(frame)
        up = axes[:, 1] * height * body.trunk
        rings.append(
            person.skeleton.joints[joint]
            + up
            + np.outer(np.cos(_ANGLES) * (width + ease), axes[:, 0])
            + np.outer(np.sin(_ANGLES) * (depth + ease), axes[:, 2])
        )
    return np.stack(rings)


def trunk(person: Person) -> Iterator[Sweep]:
    """Yield the torso: hips in the lower cloth, the rest in the upper."""
    outfit, joints = person.outfit, person.skeleton.joints
    depth = float(joints['chest'][2] + joints['pelvis'][2]) / 2
    rings = trunk_rings(person, 0.6 * outfit.bottom_ease)[: _BELT + 1]
    hips = _sweep(person, rings, depth - 0.002, outfit.bottom_material)
    welds = [
        person.weld(person.joint(s, 'hip'), 0.1, f'{s}uleg') for s in SIDES
    ]
    yield replace(hips, welds=np.concatenate(welds))
    loose = trunk_rings(person, outfit.ease)
    place = _BELT * (1 - 0.8 * outfit.hem)
    low = int(place)
    hem = loose[low] + (place - low) * (loose[low + 1] - loose[low])
    rings = np.concatenate([hem[None], loose[_BELT + 1 :]])
    yield replace(_sweep(person, rings, depth, outfit.top), contact=0.25)
    if person.frame('chest')[2, 2] > 0.15:
        yield from _front(person, loose, depth)


def _sweep(
    person: Person, rings: np.ndarray, depth: float, material: Material
) -> Sweep:
    """Return a piece of the torso along world outlines."""
    axis = direction(rings[0].mean(axis=0), rings[-1].mean(axis=0))
    flat, scale = person.view.project(rings), person.view.scale
    return Sweep(flat, axis, depth, scale, material, PART_ID['torso'])


def _front(person: Person, rings: np.ndarray, depth: float) -> Iterator[Sweep]:
    """Yield what is seen on the chest: opening, print and neckline."""
    outfit = person.outfit
    line = rings[::-1, _FRONT]
    inward = rings[::-1, _BACK] - line
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)

    def strip(
        points: np.ndarray, radii: np.ndarray, cloth: Material, order: int
    ) -> Sweep:
        # Sunk by its radius, a strip does not bulge out of a side view.
        sunk = points + inward[: len(points)] * radii[:, None]
        solid = limb(person.view, sunk, radii, cloth, PART_ID['torso'])
        return replace(solid, depth=depth + 0.001 * order)

    if outfit.under is not None:
        radii = np.array([0.03, 0.034, 0.03, 0.024, 0.018, 0.02])
        yield strip(line[:6], radii, outfit.under, 1)
    elif outfit.print is not None:
        points = line[2] + np.array([[0.1], [0.6]]) * (line[3] - line[2])
        yield strip(points, np.full(2, 0.035), outfit.print, 1)
    if outfit.neckline > 0.1:
        deep = 0.3 + 0.7 * outfit.neckline
        points = np.stack([line[0], line[0] + deep * (line[2] - line[0])])
        radii = np.array([0.034, 0.008 + 0.02 * outfit.neckline])
        yield strip(points, radii, outfit.skin, 2)


def skirt(person: Person) -> Sweep:
    """Return a skirt, or the lower half of a dress or coat.

    Its pixels belong to the part of the nearest bone, as an annotator who
    imagines the body below the cloth would draw them.
    """
    outfit, view = person.outfit, person.view
    loose = trunk_rings(person, outfit.bottom_ease)
    rings = [view.project(loose[_BELT - 1])]
    for t in np.linspace(0.15, outfit.length, 4):
        points = np.stack([_leg_point(person, side, t) for side in SIDES])
        radius = (0.055 - 0.012 * t) * person.body.girth
        radius += outfit.bottom_ease * (1 + 1.5 * t)
        outline = view.spheres(points, np.full(2, radius))
        rings.append(outline.reshape(-1, 2))
    knees = np.mean([person.joint(side, 'knee')[2] for side in SIDES])
    return Sweep(
        np.stack(rings),
        direction(person.skeleton.joints['waist'], points.mean(axis=0)),
        max(float(knees) / 2, 0.0) + 0.03,
        view.scale,
        outfit.bottom_material,
        bone_labels(person),
        contact=0.3,
    )


def _leg_point(person: Person, side: str, t: float) -> np.ndarray:
    """Return the point of a leg at length t; 1 is the knee, 2 the ankle."""
    hip, knee, ankle = (
        person.joint(side, j) for j in ('hip', 'knee', 'ankle')
    )
    if t <= 1:
        return hip + t * (knee - hip)
    return knee + (t - 1) * (ankle - knee)


def bone_labels(person: Person) -> Labeller:
    """Return a labeller by the nearest bone of trunk and legs."""
    joints = {
        name: person.view.project(point)
        for name, point in person.skeleton.joints.items()
    }
    bones = [('torso', 'pelvis', 'waist')]
    for side in SIDES:
        bones.append((f'{side}uleg', f'{side}_hip', f'{side}_knee'))
        bones.append((f'{side}lleg', f'{side}_knee', f'{side}_ankle'))
    ids = np.array([PART_ID[name] for name, _, _ in bones], np.uint8)

    def label(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        distances = [
            _segment_distance(x, y, joints[a], joints[b]) for _, a, b in bones
        ]
        return ids[np.argmin(np.stack(distances), axis=0)]

    return label


def _segment_distance(
    x: np.ndarray, y: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Return squared pixel distances to a line segment."""
    dx, dy = (end - start).astype(np.float32)
    x, y = x - np.float32(start[0]), y - np.float32(start[1])
    square = max(dx * dx + dy * dy, np.float32(1e-6))
    t = np.clip((x * dx + y * dy) / square, 0, 1)
    return (x - t * dx) ** 2 + (y - t * dy) ** 2


def bag(person: Person) -> Iterator[Sweep]:
    """Yield a bag; it belongs to the person but to none of its parts."""
    material = person.outfit.bag_material
    if person.outfit.bag == 'backpack':
        frame, joints = person.frame('chest'), person.skeleton.joints
        top = joints['collar'] - 0.05 * frame[:, 1]
        low = joints['waist'] - 0.01 * frame[:, 1]
        points = np.stack([top, low]) - 0.095 * frame[:, 2]
        radii = np.array([0.055, 0.065])
        yield limb(person.view, points, radii, material, 0, contact=0.3)
    elif person.outfit.bag == 'handbag':
        down = np.array([[0.0, -0.05, 0.0], [0.0, -0.12, 0.0]])
        points = person.joint('l', 'fingers') + down
        radii = np.array([0.045, 0.06])
        yield limb(person.view, points, radii, material, 0, 0.05, contact=0.3)
