"""Choose among the numbers of classes that a data set is used with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

Metainfo = dict[str, Any]


def choose_form(
    num_classes: int,
    forms: Mapping[int, Metainfo],
    metainfo: Optional[Metainfo],
) -> Optional[Metainfo]:
    """Return the metainfo for a number of classes.

    Args:
        num_classes: The number chosen.
        forms: ``classes`` and ``palette`` of each number; an empty dict for
            those of the data set's class itself.
        metainfo: What the user gives beside.

    Raises:
        ValueError: If there is no such form, or ``metainfo`` chooses classes
            as well.
    """
    if num_classes not in forms:
        listed = ' or '.join(map(str, forms))
        raise ValueError(f'num_classes={num_classes}; choose {listed}.')
    form = forms[num_classes]
    if form and 'classes' in (metainfo or {}):
        raise ValueError(
            f"Give either num_classes={num_classes} or metainfo's classes, "
            'not both.'
        )
    return {**form, **metainfo} if metainfo else form or None
