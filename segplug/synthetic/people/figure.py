"""A dressed person as a list of solids in painting order."""

from __future__ import annotations

import numpy as np

from ..solids import Solid
from .extremities import foot, hand
from .garments import bag, skirt, trunk
from .hair import headwear, loose_hair
from .head import head, neck
from .limbs import arm, leg
from .person import Person
from .skeleton import SIDES


def figure_solids(person: Person, rng: np.random.Generator) -> list[Solid]:
    """Return the solids of a person, the farthest first.

    Args:
        person: Whom to draw.
        rng: Source of the remaining variation.
    """
    solids: list[Solid] = [
        *trunk(person),
        neck(person),
        *head(person, rng),
        *loose_hair(person),
        *headwear(person),
        *bag(person),
    ]
    for side in SIDES:
        solids += [*arm(person, side), *hand(person, side, rng)]
        solids += [*leg(person, side), foot(person, side)]
    if person.outfit.bottom != 'trousers':
        solids.append(skirt(person))
    return sorted(solids, key=lambda solid: solid.depth)
