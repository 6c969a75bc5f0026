"""Let MMSegmentation import on an MMCV that has no compiled operators.

``mmseg`` 1.2.2 imports ``mmcv.ops`` at start, which imports the compiled
module ``mmcv._ext``. ``mmcv-lite`` does not ship it. The finder below is
asked only after every other finder has failed, so a real ``mmcv._ext``
always wins.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable

_NAME = 'mmcv._ext'


class _MissingOps(ModuleType):
    """Stand-in for ``mmcv._ext``: any operator exists, none can be called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith('__'):
            raise AttributeError(name)

        def missing(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError(
                f'The operator `{name}` needs the full MMCV with its '
                'compiled operators, but mmcv-lite is installed. Uninstall '
                'mmcv-lite and install mmcv>=2.0.0rc4,<2.2.0 built for your '
                'PyTorch, or use a model without this operator.'
            )

        missing.__name__ = name
        return missing


class MissingExtFinder(MetaPathFinder, Loader):
    """Answer ``import mmcv._ext`` when nothing else can."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return a spec for ``mmcv._ext`` and ``None`` for all else."""
        return ModuleSpec(fullname, self) if fullname == _NAME else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Create the stand-in module."""
        return _MissingOps(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to execute: operators are made on access."""


def install() -> None:
    """Append the finder to ``sys.meta_path`` once, behind all others."""
    if not any(isinstance(f, MissingExtFinder) for f in sys.meta_path):
        sys.meta_path.append(MissingExtFinder())
