"""The seven classes of Pascal-Person-Part, in label order."""

CLASSES = (
    'background',
    'head',
    'torso',
    'upper-arms',
    'lower-arms',
    'upper-legs',
    'lower-legs',
)

#: RGB colours of the official label PNGs, the first of the VOC colour map.
PALETTE = (
    (0, 0, 0),
    (128, 0, 0),
    (0, 128, 0),
    (128, 128, 0),
    (0, 0, 128),
    (128, 0, 128),
    (0, 128, 128),
)
