"""Work shared by the threads that PyTorch's operations run in."""

from __future__ import annotations

import ctypes
import functools
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Optional

import torch


def share(function: Callable[..., None], tasks: Iterable[Any]) -> None:
    """Call a function for all tasks, in as many threads as PyTorch has.

    They take one task after the other. The function should release the
    interpreter's lock most of the time.

    Args:
        function: Called with the items of each task. What it raises is raised
            here, when all threads have come to an end.
        tasks: Sequences of arguments.
    """
    tasks = list(tasks)
    rest, errors = iter(tasks), []

    def work(_: Any = None) -> None:
        try:
            for task in rest:
                function(*task)
        except BaseException as error:
            errors.append(error)

    number = torch.get_num_threads()
    if min(number, len(tasks)) > 1:
        if (parallel := _openmp_parallel()) is not None:
            _in_openmp(parallel, work, errors)
        else:
            with ThreadPoolExecutor(number) as pool:
                list(pool.map(work, range(number)))
    if not errors:
        work()  # what there is left
    if errors:
        raise errors[0]


_Work = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@functools.cache
def _openmp_parallel() -> Optional[Callable[..., None]]:
    """Return what begins a parallel region of PyTorch's OpenMP library.

    Its threads keep their cores busy for some milliseconds after each
    operation, waiting for the next one, so that other threads would have to
    compete with them. GCC's library and those of LLVM and Intel on Linux have
    this function: https://gcc.gnu.org/onlinedocs/libgomp, "Implementing
    PARALLEL construct".
    """
    try:
        library = ctypes.CDLL(torch._C.__file__)
        parallel = library.GOMP_parallel
    except (OSError, AttributeError):
        return None
    parallel.argtypes = [
        _Work,
        ctypes.c_void_p,
        ctypes.c_uint,
        ctypes.c_uint,
    ]
    parallel.restype = None
    return parallel


def _in_openmp(
    parallel: Callable[..., None],
    work: Callable[[Any], None],
    errors: list[BaseException],
) -> None:
    """Call a function in each of PyTorch's threads.

    It keeps what it raises itself, except that the handler of a signal, as
    that of Ctrl-C, may raise before its first statement, in the main thread
    only. ctypes would drop that, but for a message.
    """
    hook = sys.unraisablehook
    has_signals = threading.current_thread() is threading.main_thread()
    main = threading.get_ident()

    def keep(what: Any) -> None:
        is_here = threading.get_ident() == main
        if is_here and 'ctypes callback' in (what.err_msg or ''):
            errors.append(what.exc_value or what.exc_type())
        else:
            hook(what)

    try:
        if has_signals:
            sys.unraisablehook = keep
        # As many as for other operations, so that none is started or ended.
        parallel(_Work(work), None, torch.get_num_threads(), 0)
    finally:
        if has_signals:
            sys.unraisablehook = hook
