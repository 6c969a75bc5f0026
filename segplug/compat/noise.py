"""Messages of the stack that tell a person nothing to act upon."""

from __future__ import annotations

import re

_NOISE = re.compile(
    '|'.join(
        (
            r'^The prefix is not set in metric class',
            r'^"FileClient" will be deprecated',
            r'^"HardDiskBackend" is the alias of',
            r'^Failed to search registry with scope',
            r'^The `draw` is False',
            r'Dataset \w+ has no metainfo',
            r'^`test_mode` is deprecated',
            r'^Resumed iteration number is not divisible by',  # we know better
            r'^The model and loaded state dict do not match exactly',
        )
    )
)


def is_noise(message: str) -> bool:
    """Tell whether a log message is one of the stack's known noises."""
    return _NOISE.search(message) is not None
