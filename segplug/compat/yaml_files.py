"""Keep YAML files from executing code.

MMEngine reads them, configs among them, with a loader that builds any Python
object and calls any function that a tag such as ``!!python/object/apply``
names.
"""

from __future__ import annotations

from typing import Any

import yaml
from mmengine.fileio.handlers import yaml_handler

_Safe: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
_TUPLE = 'tag:yaml.org,2002:python/tuple'


class PlainLoader(_Safe):
    """YAML's safe loader, and the tuples that MMEngine writes."""


def _tuple(loader: Any, node: Any) -> tuple[Any, ...]:
    return tuple(loader.construct_sequence(node, deep=True))


PlainLoader.add_constructor(_TUPLE, _tuple)


def install() -> None:
    """Replace MMEngine's loader."""
    yaml_handler.Loader = PlainLoader
