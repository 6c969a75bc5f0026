"""Keep the workers of a data loader out of what ends a run."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, Callable

import torch
from torch.utils.data import DataLoader


class Shielded:
    """Start of a worker process that leaves signals to the main process.

    Ctrl-C and many a batch system signal all processes of a run. A worker
    that died of it would break off the iteration that the main process
    wants to finish. SIGTERM from the main process still ends the worker, and
    when the main process is gone workers end by themselves.

    Args:
        then: What the loader wanted to be called in each worker.
    """

    def __init__(self, then: Callable[[int], None] | None) -> None:
        self.then = then

    def __call__(self, worker: int) -> None:
        """Set a worker up.

        Args:
            worker: Its number.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if hasattr(signal, 'sigwaitinfo'):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            threading.Thread(target=_obey_parent, daemon=True).start()
        if self.then is not None:
            self.then(worker)


def _obey_parent() -> None:
    """End the process at a SIGTERM, if it is the parent that sends it."""
    while True:
        sender = signal.sigwaitinfo({signal.SIGTERM}).si_pid
        if sender == os.getppid():
            os._exit(0)


def isolate(loader: DataLoader[Any], seed: int | None) -> DataLoader[Any]:
    """Shield the workers of a loader, and give it numbers of its own.

    Otherwise it would draw from PyTorch's generator when its workers start,
    which a resumed run does at other times.

    Args:
        loader: Loader that was not iterated yet, changed in place.
        seed: Seed of its generator, which seeds the workers.

    Returns:
        The loader.
    """
    if not isinstance(loader.worker_init_fn, Shielded):
        loader.worker_init_fn = Shielded(loader.worker_init_fn)
    if loader.generator is None:
        loader.generator = torch.Generator().manual_seed(seed or 0)
    return loader
