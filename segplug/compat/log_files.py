"""Let no run end because a line of its log finds no room on the disk.

MMEngine appends every logged number to ``vis_data`` in the work folder, and
an error there ends the training, although its checkpoints may be in order.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

from mmengine.logging import print_log
from mmengine.visualization import LocalVisBackend

_dump = LocalVisBackend._dump


def install() -> None:
    """Replace MMEngine's method that writes the lines."""
    LocalVisBackend._dump = dump


@functools.wraps(_dump)
def dump(
    self: LocalVisBackend, value: dict[str, Any], path: str, suffix: str
) -> None:
    """Write a line, or warn once that lines are missing."""
    try:
        _dump(self, value, path, suffix)
    except OSError as error:
        if not vars(self).get('_has_gaps', False):
            self._has_gaps = True
            print_log(
                f'{path} could not be written: {error.strerror or error}. '
                'The run goes on; its curves will have gaps.',
                'current',
                logging.WARNING,
            )
