"""Apply a function to many tasks in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Callable, TypeVar

from tqdm import tqdm

from .errors import SegplugError

Task = TypeVar('Task')
Result = TypeVar('Result')


class WorkerError(SegplugError):
    """A worker process died."""


def parallel_map(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int,
    description: str,
) -> Iterator[tuple[Task, Result]]:
    """Yield tasks with their results in the order in which they finish.

    Shows a progress bar on a terminal.

    Args:
        function: Picklable. What it raises is raised here.
        tasks: Picklable.
        workers: Number of processes; with 1 no other is started.
        description: Of the progress bar.

    Yields:
        A task and its result.

    Raises:
        WorkerError: If a process dies.
    """
    with (
        _results(function, tasks, workers) as results,
        tqdm(
            results, description, len(tasks), unit='image', disable=None
        ) as bar,
    ):
        yield from bar


@contextmanager
def _results(
    function: Callable[[Task], Result], tasks: Sequence[Task], workers: int
) -> Iterator[Iterator[tuple[Task, Result]]]:
    workers = min(workers, len(tasks))
    if workers <= 1:
        yield ((task, function(task)) for task in tasks)
        return
    executor = ProcessPoolExecutor(workers, _context(), _begin)
    try:
        futures = {executor.submit(function, task): task for task in tasks}
        yield ((futures[f], f.result()) for f in as_completed(futures))
    except BrokenProcessPool as error:
        raise WorkerError(
            'A worker process died, most often because the memory ran out. '
            'What is finished is kept: run the same command again, with '
            'fewer --workers.'
        ) from error
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _context() -> multiprocessing.context.BaseContext:
    # Forked workers need not import everything again. macOS can fork but
    # its system libraries do not survive it.
    return multiprocessing.get_context(
        'fork' if sys.platform == 'linux' else None
    )


def _begin() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
