"""Cityscapes' own evaluation: on label ids, with categories.

Reproduces the class and category IoU of ``cityscapesscripts``'
``evalPixelLevelSemanticLabeling`` (version 2.3.0). Its instance-weighted
iIoU needs instance ids at full size and is not computed.
"""

from __future__ import annotations

import numpy as np

from segplug.labels.cityscapes import EVALUATED, LABELS
from segplug.labels.label import VOID, train_id_table

_STRAY = 254

#: Names of the classes of each category.
CATEGORIES = {
    category: tuple(n.name for n in EVALUATED if n.category == category)
    for category in dict.fromkeys(label.category for label in EVALUATED)
}


def label_table() -> np.ndarray:
    """Return the train id of each label id, shape (256,), uint8.

    Ids that are not evaluated become 255, ids that do not exist 254, which
    :class:`~segplug.evaluation.ConfusionMatrixMetric` reports.
    """
    return train_id_table(LABELS, _STRAY)


def prediction_table() -> np.ndarray:
    """Return the train id of each predicted label id, shape (256,), uint8.

    Predictions of ids that are not evaluated become 255: none of the
    classes, a miss of the true one.
    """
    table = label_table()
    table[table == _STRAY] = VOID
    return table
