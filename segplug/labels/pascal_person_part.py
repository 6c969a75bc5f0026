"""The seven classes of Pascal-Person-Part, in label order."""

from . import voc

CLASSES = (
    'background',
    'head',
    'torso',
    'upper-arms',
    'lower-arms',
    'upper-legs',
    'lower-legs',
)

#: RGB colours of the official label PNGs, the first of VOC's colour map.
PALETTE = voc.PALETTE[: len(CLASSES)]
