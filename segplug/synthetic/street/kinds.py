"""What a pixel of a street can be.

The kinds are finer than the labels of any data set: every writer maps them
to its own numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ...labels.label import Label

KINDS = (
    'unlabeled', 'dynamic', 'ego vehicle', 'rectification border',
    'out of roi', 'ground', 'static', 'parking', 'rail track', 'road',
    'sidewalk', 'bridge', 'building', 'fence', 'garage', 'guard rail',
    'tunnel', 'wall', 'banner', 'billboard', 'lane divider', 'parking sign',
    'pole', 'polegroup', 'street light', 'traffic cone', 'traffic device',
    'traffic light', 'traffic sign', 'traffic sign frame', 'terrain',
    'vegetation', 'sky', 'person', 'rider', 'bicycle', 'bus', 'car',
    'caravan', 'motorcycle', 'trailer', 'train', 'truck',
)  # fmt: skip
"""Names, those of Cityscapes and BDD100K together."""

KIND_ID = {name: number for number, name in enumerate(KINDS)}
"""Number of every kind in label maps of scenes."""


def label_table(names: Mapping[str, int]) -> np.ndarray:
    """Return the label of every kind, uint8.

    Args:
        names: Label of every kind in :data:`KINDS`.
    """
    return np.array([names[kind] for kind in KINDS], np.uint8)


def named_labels(
    labels: Iterable[Label], instead: Mapping[str, str]
) -> dict[str, int]:
    """Return the id of every kind in a table of labels.

    Args:
        labels: The labels of a data set.
        instead: Names of labels for the kinds that the data set lacks.
    """
    ids = {label.name: label.id for label in labels}
    return {kind: ids[instead.get(kind, kind)] for kind in KINDS}
