"""Pictures of streets by number, several of each street."""

from __future__ import annotations

from ..generation import Options, Split
from .scene import Rig, StreetView, photograph, sample_street

_SECONDS = 0.6  # Between two pictures of a clip.


def street_view(
    options: Options, split: Split, index: int, rig: Rig, length: int
) -> StreetView:
    """Render one picture.

    Args:
        options: Size, seed and difficulty.
        split: Its split.
        index: Its number in the split.
        rig: Where the camera sits.
        length: Pictures of one street, each some metres farther on.
    """
    clip, frame = divmod(index, length)
    street = sample_street(
        options.stream(split, clip),
        rig.climate,
        easy=options.difficulty == 'easy',
    )
    rng = options.stream(split, clip, frame)
    return photograph(rng, street, rig, options.shape, frame * _SECONDS)
