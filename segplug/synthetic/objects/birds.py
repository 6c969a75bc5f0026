"""Birds."""

from __future__ import annotations

import numpy as np

from ..models.frame import Frame, plain
from ..solids import Solid
from ..textures import Material


def bird(rng: np.random.Generator, frame: Frame, flying: bool) -> list[Solid]:
    """Return a bird about 0.3 m long that sits or flies.

    Args:
        rng: Source of randomness.
        frame: At its feet, in metres.
        flying: Whether the wings are spread.
    """
    base = rng.uniform(0.08, 0.9, 3)
    if rng.random() < 0.5:
        base = np.ones(3) * rng.choice([0.1, 0.4, 0.85])
    coat = Material(
        tuple(float(c) for c in np.clip(base, 0.05, 0.9)),
        tuple(float(c) for c in np.clip(base * 0.5 + 0.1, 0.05, 0.9)),
        'marble', 0.02, 0.0, 0.1, 0.1,
    )  # fmt: skip
    wing = plain(np.clip(base * 0.55, 0.04, 0.9), 0.1)
    bill = plain(np.array([0.8, 0.55, 0.1]) * rng.uniform(0.3, 1.1))
    dark = plain(np.array([0.03, 0.03, 0.03]))
    y = 0.13
    head = np.array([0, y + 0.1, 0.1])
    solids: list[Solid] = [
        frame.limb([[0, y + 0.03, 0.07], [0, y, -0.02], [0, y - 0.01, -0.09]],
                   (0.055, 0.062, 0.03), coat, 0, 0.2),
        frame.limb([[0, y + 0.05, 0.07], head], (0.045, 0.042), coat, 0.01),
        frame.limb([head, head + [0, -0.01, 0.075]], (0.018, 0.004), bill,
                   0.02),
        frame.limb([[0, y - 0.01, -0.08], [0, y - 0.03, -0.22]],
                   (0.03, 0.035), wing, -0.01),
    ]  # fmt: skip
    for side in (-1, 1):
        eye = head + [side * 0.036, 0.01, 0.02]
        solids.append(frame.limb([eye, eye + 1e-3], 0.008, dark, 0.05))
        if flying:
            lift = rng.uniform(-0.1, 0.2)
            joints = [[side * 0.03, y + 0.03, 0.03],
                      [side * 0.17, y + 0.05 + lift, 0.0],
                      [side * 0.33, y + 0.02 + 1.5 * lift, -0.08]]  # fmt: skip
            solids.append(frame.limb(joints, (0.045, 0.05, 0.012), wing,
                                     side * 0.0))  # fmt: skip
        else:
            fold = [[side * 0.05, y + 0.02, 0.05], [side * 0.05, y, -0.12]]
            solids.append(frame.limb(fold, (0.035, 0.015), wing, 0.02))
            leg = [[side * 0.025, y - 0.05, 0], [side * 0.025, 0, 0.01],
                   [side * 0.025, 0.0, 0.04]]  # fmt: skip
            solids.append(frame.limb(leg, 0.006, bill, -0.02))
    return sorted(solids, key=lambda solid: solid.depth)
