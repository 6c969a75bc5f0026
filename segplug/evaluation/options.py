"""Options of metrics that are out of their range."""

from __future__ import annotations

from segplug.errors import SegplugError


class MetricOptionError(SegplugError, ValueError):
    """A metric cannot work with an option, or for the data set's classes."""


def check_ignore_index(ignore_index: int) -> None:
    """Raise ``MetricOptionError`` unless 8-bit labels can have this value."""
    if not (isinstance(ignore_index, int) and 0 <= ignore_index <= 255):
        raise MetricOptionError(
            f'ignore_index is {ignore_index}; labels are 8-bit images, so it '
            'must be a whole number in [0, 255].'
        )
