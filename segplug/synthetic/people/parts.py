"""The 24 person parts of PASCAL-Part."""

from __future__ import annotations

PART_NAMES = (
    'head', 'lear', 'rear', 'leye', 'reye', 'lebrow', 'rebrow', 'mouth',
    'hair', 'nose', 'torso', 'neck', 'llarm', 'luarm', 'lhand', 'rlarm',
    'ruarm', 'rhand', 'llleg', 'luleg', 'lfoot', 'rlleg', 'ruleg', 'rfoot',
)  # fmt: skip
"""Names in the order in which the official files list them."""

PART_ID = {name: index + 1 for index, name in enumerate(PART_NAMES)}
"""Part name to id in label maps; 0 is reserved for no part."""
