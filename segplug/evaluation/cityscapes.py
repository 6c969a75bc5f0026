"""Cityscapes' own evaluation: on label ids, with categories.

Reproduces the class and category IoU of ``cityscapesscripts``'
``evalPixelLevelSemanticLabeling`` (version 2.3.0). Its instance-weighted
iIoU needs instance ids at full size and is not computed.
"""

from __future__ import annotations

import numpy as np

from segplug.labels.cityscapes import EVALUATED, class_table
from segplug.labels.label import VOID

_STRAY = 254

#: Names of the classes of each category.
CATEGORIES = {
    category: tuple(n.name for n in EVALUATED if n.category == category)
    for category in dict.fromkeys(label.category for label in EVALUATED)
}


def label_table(num_classes: int = len(EVALUATED)) -> np.ndarray:
    """Return the class of each label id, shape (256,), uint8.

    Ids that are no class become 255, ids that do not exist 254, which
    :class:`~segplug.evaluation.ConfusionMatrixMetric` reports.

    Args:
        num_classes: 19 for the evaluated classes, by train id; 30 for all
            that were annotated.

    Raises:
        ValueError: If there is no such form.
    """
    return class_table(num_classes, _STRAY)


def prediction_table(num_classes: int = len(EVALUATED)) -> np.ndarray:
    """Return the class of each predicted label id, shape (256,), uint8.

    Predictions of ids that are no class become 255: none of the classes, a
    miss of the true one.

    Args:
        num_classes: As for :func:`label_table`.
    """
    table = label_table(num_classes)
    table[table == _STRAY] = VOID
    return table
