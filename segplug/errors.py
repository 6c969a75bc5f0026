"""The base of all errors that are the user's to mend."""

from __future__ import annotations


class SegplugError(Exception):
    """An error whose message names the cause and the remedy.

    The command-line tools print the message alone and exit with status 1;
    for any other exception they show the traceback.
    """
