"""What can go wrong when data are prepared."""

from __future__ import annotations

import errno

from segplug.errors import SegplugError

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class PrepareError(SegplugError):
    """The preparation cannot go on."""


class SourceError(PrepareError):
    """A folder or file that the user gave is not what it should be."""


class ArchiveError(SourceError):
    """An archive is damaged, hostile or beyond the limits."""


class SplitListError(SourceError):
    """The lists of training and validation images cannot be used."""


class OutputError(PrepareError):
    """The output folder cannot be used or written."""


class DiskFullError(OutputError):
    """The disk or the quota is full."""


class BadItemError(SegplugError):
    """One image or its label cannot be used; the others can."""


class NotIndicesError(BadItemError):
    """A label picture holds something else than 8-bit class numbers."""


class OtherDatasetError(BadItemError):
    """A file belongs to another data set."""


def explain_os_error(error: OSError, path: object) -> OutputError:
    """Say in one sentence why a file or folder could not be written.

    Args:
        error: What the operating system reported.
        path: What was to be written.

    Returns:
        The error to raise: :class:`DiskFullError` or :class:`OutputError`.
    """
    reason = error.strerror or str(error)
    if error.errno in _DISK_FULL:
        return DiskFullError(
            f'{path}: the disk is full ({reason}). Free some space and run '
            'the same command again: it goes on where it stopped.'
        )
    return OutputError(f'{path}: {reason}.')
