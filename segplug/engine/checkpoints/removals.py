"""Put off the removal of old files until the new one is in place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmengine.dist import is_main_process


class DeferredRemovals:
    """A file backend of MMEngine that removes when it is told to.

    Args:
        backend: The backend that does the work.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._waiting: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        """Note a file to remove."""
        self._waiting.append(path)

    def rmtree(self, path: str) -> None:
        """Note a folder to remove (DeepSpeed's checkpoints are such)."""
        self._waiting.append(path)

    def drop(self) -> None:
        """Remove nothing of what was noted."""
        self._waiting.clear()

    def execute(self, *, but: Iterable[Any] = ()) -> None:
        """Remove what was noted, in the main process; the others forget it.

        Args:
            but: Paths that were written meanwhile and stay.
        """
        if not is_main_process():
            self.drop()
        kept = {str(path) for path in but}
        while self._waiting:
            path = self._waiting.pop(0)
            if path in kept:
                continue
            if self._backend.isfile(path):
                self._backend.remove(path)
            elif self._backend.isdir(path):
                self._backend.rmtree(path)
