"""Pictures of scores, predictions and errors.

All functions return a matplotlib ``Figure`` that belongs to no window and to
no global state; :func:`save` writes it.
"""

from __future__ import annotations

from .charts import bars, precision_recall
from .drawing import error_map, overlay, paint, save
from .matrix import confusion
from .panel import panel

__all__ = [
    'bars',
    'confusion',
    'error_map',
    'overlay',
    'paint',
    'panel',
    'precision_recall',
    'save',
]
