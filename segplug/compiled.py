"""Numba, which compiles loops, where it is installed."""

from __future__ import annotations

import functools
import warnings
from types import ModuleType
from typing import Optional


@functools.cache
def numba() -> Optional[ModuleType]:
    """Return the package, or None without one that works.

    One that does not fit the NumPy beside it cannot be imported; that is said
    once.
    """
    try:
        import numba
    except ImportError as error:
        if not isinstance(error, ModuleNotFoundError):
            warnings.warn(
                f'Numba is installed but cannot be imported ({error}). '
                'Confusion matrices and Lovász losses are computed without '
                "it, which takes longer: pip install -U 'segplug[fast]'.",
                stacklevel=2,
            )
        return None
    return numba
