"""A row of a label table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

#: Train id of labels that are neither trained on nor scored.
VOID = 255


class Label(NamedTuple):
    """What a number in a label file stands for.

    Args:
        id: The number.
        name: Of the class.
        train_id: Number of the class among the evaluated ones, or
            :data:`VOID`.
        category: The group of classes that it belongs to.
        colour: RGB.
    """

    id: int
    name: str
    train_id: int
    category: str
    colour: tuple[int, int, int]


def train_classes(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Return the evaluated labels, by train id."""
    evaluated = (label for label in labels if label.train_id != VOID)
    return tuple(sorted(evaluated, key=lambda label: label.train_id))


def train_id_table(labels: Iterable[Label], unknown: int) -> np.ndarray:
    """Return the train id of each label id, shape (256,), uint8.

    Args:
        labels: The labels.
        unknown: Value for ids that none of them has.
    """
    table = np.full(256, unknown, np.uint8)
    for label in labels:
        table[label.id] = label.train_id
    return table
