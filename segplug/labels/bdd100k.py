"""The 41 labels of BDD100K's panoptic segmentation.

As in the bdd100k toolkit's ``label/label.py``. The ids differ from those of
Cityscapes, the train ids are the same. Only 37 colours stand for the 41 ids.
"""

from .label import VOID, Label, train_classes

#: Every label, by id.
LABELS = (
    Label(0, 'unlabeled', VOID, 'void', (0, 0, 0)),
    Label(1, 'dynamic', VOID, 'void', (111, 74, 0)),
    Label(2, 'ego vehicle', VOID, 'void', (0, 0, 0)),
    Label(3, 'ground', VOID, 'void', (81, 0, 81)),
    Label(4, 'static', VOID, 'void', (0, 0, 0)),
    Label(5, 'parking', VOID, 'flat', (250, 170, 160)),
    Label(6, 'rail track', VOID, 'flat', (230, 150, 140)),
    Label(7, 'road', 0, 'flat', (128, 64, 128)),
    Label(8, 'sidewalk', 1, 'flat', (244, 35, 232)),
    Label(9, 'bridge', VOID, 'construction', (150, 100, 100)),
    Label(10, 'building', 2, 'construction', (70, 70, 70)),
    Label(11, 'fence', 4, 'construction', (190, 153, 153)),
    Label(12, 'garage', VOID, 'construction', (180, 100, 180)),
    Label(13, 'guard rail', VOID, 'construction', (180, 165, 180)),
    Label(14, 'tunnel', VOID, 'construction', (150, 120, 90)),
    Label(15, 'wall', 3, 'construction', (102, 102, 156)),
    Label(16, 'banner', VOID, 'object', (250, 170, 100)),
    Label(17, 'billboard', VOID, 'object', (220, 220, 250)),
    Label(18, 'lane divider', VOID, 'object', (255, 165, 0)),
    Label(19, 'parking sign', VOID, 'object', (220, 20, 60)),
    Label(20, 'pole', 5, 'object', (153, 153, 153)),
    Label(21, 'polegroup', VOID, 'object', (153, 153, 153)),
    Label(22, 'street light', VOID, 'object', (220, 220, 100)),
    Label(23, 'traffic cone', VOID, 'object', (255, 70, 0)),
    Label(24, 'traffic device', VOID, 'object', (220, 220, 220)),
    Label(25, 'traffic light', 6, 'object', (250, 170, 30)),
    Label(26, 'traffic sign', 7, 'object', (220, 220, 0)),
    Label(27, 'traffic sign frame', VOID, 'object', (250, 170, 250)),
    Label(28, 'terrain', 9, 'nature', (152, 251, 152)),
    Label(29, 'vegetation', 8, 'nature', (107, 142, 35)),
    Label(30, 'sky', 10, 'sky', (70, 130, 180)),
    Label(31, 'person', 11, 'human', (220, 20, 60)),
    Label(32, 'rider', 12, 'human', (255, 0, 0)),
    Label(33, 'bicycle', 18, 'vehicle', (119, 11, 32)),
    Label(34, 'bus', 15, 'vehicle', (0, 60, 100)),
    Label(35, 'car', 13, 'vehicle', (0, 0, 142)),
    Label(36, 'caravan', VOID, 'vehicle', (0, 0, 90)),
    Label(37, 'motorcycle', 17, 'vehicle', (0, 0, 230)),
    Label(38, 'trailer', VOID, 'vehicle', (0, 0, 110)),
    Label(39, 'train', 16, 'vehicle', (0, 80, 100)),
    Label(40, 'truck', 14, 'vehicle', (0, 0, 70)),
)

#: The 19 evaluated labels, by train id.
EVALUATED = train_classes(LABELS)

#: Names of the evaluated classes, by train id.
CLASSES = tuple(label.name for label in EVALUATED)

#: RGB colours of the evaluated classes, by train id.
PALETTE = tuple(label.colour for label in EVALUATED)

#: Names of all labels, by id.
ALL_CLASSES = tuple(label.name for label in LABELS)

#: RGB colours of all labels, by id.
ALL_PALETTE = tuple(label.colour for label in LABELS)
