"""Types of command-line arguments."""

from __future__ import annotations

import argparse
from typing import Callable


def positive(what: str) -> Callable[[str], int]:
    """Return what reads a number from 1 on, or says that it is none.

    Args:
        what: What there is that number of, for the message.
    """

    def read(text: str) -> int:
        if not text.isdecimal() or not int(text):
            raise argparse.ArgumentTypeError(
                f'{text!r} is no number of {what}, which must be at least 1'
            )
        return int(text)

    return read
