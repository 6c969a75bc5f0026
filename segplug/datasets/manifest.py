"""What the manifest of prepared data says of their classes."""

from __future__ import annotations

import json
from pathlib import Path


def prepared_classes(root: Path) -> tuple[str, ...] | None:
    """Return the classes that labels were prepared with.

    Args:
        root: Folder of the prepared data, with ``manifest.json``.

    Returns:
        Their names in the order of their ids; None if nothing tells.
    """
    try:
        content = json.loads((root / 'manifest.json').read_bytes())
        first, *_ = content['splits'].values()
        *names, _ignore = first['pixels']
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return tuple(names)
