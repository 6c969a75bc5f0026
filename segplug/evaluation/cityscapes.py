"""Cityscapes' own evaluation: on label ids, with categories.

Reproduces the class and category IoU of ``cityscapesscripts``'
``evalPixelLevelSemanticLabeling`` (version 2.3.0). Its instance-weighted
iIoU needs instance ids at full size and is not computed.
"""

from __future__ import annotations

import numpy as np

#: Label id, name and category of the 19 evaluated classes, by train id.
_EVALUATED = (
    (7, 'road', 'flat'),
    (8, 'sidewalk', 'flat'),
    (11, 'building', 'construction'),
    (12, 'wall', 'construction'),
    (13, 'fence', 'construction'),
    (17, 'pole', 'object'),
    (19, 'traffic light', 'object'),
    (20, 'traffic sign', 'object'),
    (21, 'vegetation', 'nature'),
    (22, 'terrain', 'nature'),
    (23, 'sky', 'sky'),
    (24, 'person', 'human'),
    (25, 'rider', 'human'),
    (26, 'car', 'vehicle'),
    (27, 'truck', 'vehicle'),
    (28, 'bus', 'vehicle'),
    (31, 'train', 'vehicle'),
    (32, 'motorcycle', 'vehicle'),
    (33, 'bicycle', 'vehicle'),
)
_LAST_ID = 33
_STRAY = 254
_VOID = 255

#: Names of the evaluated classes, by train id.
CLASSES = tuple(name for _, name, _ in _EVALUATED)

#: Names of the classes of each category.
CATEGORIES = {
    category: tuple(n for _, n, c in _EVALUATED if c == category)
    for category in dict.fromkeys(c for _, _, c in _EVALUATED)
}


def label_table() -> np.ndarray:
    """Return the train id of each label id, shape (256,), uint8.

    Ids that are not evaluated become 255, ids that do not exist 254, which
    :class:`~segplug.evaluation.ConfusionMatrixMetric` reports.
    """
    table = np.full(256, _STRAY, np.uint8)
    table[: _LAST_ID + 1] = _VOID
    for train_id, (label_id, _, _) in enumerate(_EVALUATED):
        table[label_id] = train_id
    return table


def prediction_table() -> np.ndarray:
    """Return the train id of each predicted label id, shape (256,), uint8.

    Predictions of ids that are not evaluated become 255: none of the
    classes, a miss of the true one.
    """
    table = label_table()
    table[table == _STRAY] = _VOID
    return table
