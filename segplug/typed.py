"""Names of what configs build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def type_name(config: Mapping[str, Any]) -> str:
    """Return the name of the class that a config's ``type`` stands for.

    Args:
        config: Section whose ``type`` is a class, as in pure Python configs,
            or its registered name, with or without a scope.
    """
    kind = config['type']
    name = kind if isinstance(kind, str) else kind.__name__
    return name.rpartition('.')[2]
