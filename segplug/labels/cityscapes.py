"""The labels of Cityscapes.

As in cityscapesScripts' ``helpers/labels.py``. ``license plate`` has the id
−1: its polygons are not drawn, so it does not occur in label files.
"""

import numpy as np

from .label import VOID, Label, train_classes, train_id_table

#: Every label, by id.
LABELS = (
    Label(0, 'unlabeled', VOID, 'void', (0, 0, 0)),
    Label(1, 'ego vehicle', VOID, 'void', (0, 0, 0)),
    Label(2, 'rectification border', VOID, 'void', (0, 0, 0)),
    Label(3, 'out of roi', VOID, 'void', (0, 0, 0)),
    Label(4, 'static', VOID, 'void', (0, 0, 0)),
    Label(5, 'dynamic', VOID, 'void', (111, 74, 0)),
    Label(6, 'ground', VOID, 'void', (81, 0, 81)),
    Label(7, 'road', 0, 'flat', (128, 64, 128)),
    Label(8, 'sidewalk', 1, 'flat', (244, 35, 232)),
    Label(9, 'parking', VOID, 'flat', (250, 170, 160)),
    Label(10, 'rail track', VOID, 'flat', (230, 150, 140)),
    Label(11, 'building', 2, 'construction', (70, 70, 70)),
    Label(12, 'wall', 3, 'construction', (102, 102, 156)),
    Label(13, 'fence', 4, 'construction', (190, 153, 153)),
    Label(14, 'guard rail', VOID, 'construction', (180, 165, 180)),
    Label(15, 'bridge', VOID, 'construction', (150, 100, 100)),
    Label(16, 'tunnel', VOID, 'construction', (150, 120, 90)),
    Label(17, 'pole', 5, 'object', (153, 153, 153)),
    Label(18, 'polegroup', VOID, 'object', (153, 153, 153)),
    Label(19, 'traffic light', 6, 'object', (250, 170, 30)),
    Label(20, 'traffic sign', 7, 'object', (220, 220, 0)),
    Label(21, 'vegetation', 8, 'nature', (107, 142, 35)),
    Label(22, 'terrain', 9, 'nature', (152, 251, 152)),
    Label(23, 'sky', 10, 'sky', (70, 130, 180)),
    Label(24, 'person', 11, 'human', (220, 20, 60)),
    Label(25, 'rider', 12, 'human', (255, 0, 0)),
    Label(26, 'car', 13, 'vehicle', (0, 0, 142)),
    Label(27, 'truck', 14, 'vehicle', (0, 0, 70)),
    Label(28, 'bus', 15, 'vehicle', (0, 60, 100)),
    Label(29, 'caravan', VOID, 'vehicle', (0, 0, 90)),
    Label(30, 'trailer', VOID, 'vehicle', (0, 0, 110)),
    Label(31, 'train', 16, 'vehicle', (0, 80, 100)),
    Label(32, 'motorcycle', 17, 'vehicle', (0, 0, 230)),
    Label(33, 'bicycle', 18, 'vehicle', (119, 11, 32)),
)

#: The 19 evaluated labels, by train id.
EVALUATED = train_classes(LABELS)

#: Names of the evaluated classes, by train id.
CLASSES = tuple(label.name for label in EVALUATED)

#: RGB colours of the evaluated classes, by train id.
PALETTE = tuple(label.colour for label in EVALUATED)

#: The 30 classes that were annotated: all labels but the four that say why
#: a pixel has none (unlabeled, ego vehicle, rectification border, out of
#: roi). The number of a class is its label id less 4.
ANNOTATED = LABELS[4:]

#: Names of the annotated classes, in the order of their label ids.
ANNOTATED_CLASSES = tuple(label.name for label in ANNOTATED)

#: RGB colours of the annotated classes.
ANNOTATED_PALETTE = tuple(label.colour for label in ANNOTATED)


def class_table(num_classes: int, unknown: int) -> np.ndarray:
    """Return the class of each label id, shape (256,), uint8.

    Args:
        num_classes: 19 for the evaluated classes, 30 for the annotated.
        unknown: Value for ids that do not exist.

    Raises:
        ValueError: If there is no such form.
    """
    if num_classes == len(CLASSES):
        return train_id_table(LABELS, unknown)
    if num_classes != len(ANNOTATED):
        raise ValueError(
            f'Label ids of Cityscapes stand for {len(CLASSES)} or '
            f'{len(ANNOTATED)} classes, not for {num_classes}.'
        )
    table = np.full(256, unknown, np.uint8)
    table[: len(LABELS)] = VOID
    first = ANNOTATED[0].id
    table[first : len(LABELS)] = np.arange(num_classes)
    return table
