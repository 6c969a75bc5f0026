"""Let the loading steps of MMCV decode bytes that were read before."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from threading import local

from mmcv.transforms import BaseTransform
from mmengine.fileio import BaseStorageBackend, register_backend

_NAME = 'segplug.held'
_held = local()


class HeldBackend(BaseStorageBackend):
    """Storage that gives, for any path, the content that is held."""

    def get(self, filepath: object) -> bytes:
        """Return the content."""
        return _held.content

    def get_text(self, filepath: object, encoding: str = 'utf-8') -> str:
        """Return the content as text."""
        return _held.content.decode(encoding)


register_backend(_NAME, HeldBackend, force=True)


@contextmanager
def held(step: BaseTransform, content: bytes) -> Iterator[BaseTransform]:
    """Give a copy of a step that gets a file's content from memory.

    A file is checked before a step decodes it. Its steps open files
    themselves, so it would be read twice.

    Args:
        step: Loading step with the attribute ``backend_args``.
        content: What it gets inside the ``with`` block.

    Yields:
        The copy. The step itself may be in use by other threads.
    """
    reader = copy.copy(step)
    reader.backend_args = {'backend': _NAME}
    _held.content = content
    try:
        yield reader
    finally:
        del _held.content
