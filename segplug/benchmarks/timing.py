"""Time and memory of functions that share a machine with other programs."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import random
import statistics
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

import mmengine
import mmseg
import torch
from torch.profiler import ProfilerActivity, profile

from segplug.errors import SegplugError

Function = Callable[[], Any]


#: By what functions are timed: elapsed time, or that for which the processor
#: worked, which other programs disturb less; it adds up over threads.
CLOCKS = {'wall': time.perf_counter, 'processor': time.process_time}


class ClockError(SegplugError):
    """A clock does not see the work that it is to time."""


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the option for the device: a GPU, where there is one."""
    cuda = torch.cuda.is_available()
    default = 'cuda' if cuda else 'cpu'
    parser.add_argument('--device', default=default, type=_parse_device)


def _parse_device(text: str) -> str:
    """Return the name of a device that can be used.

    Raises:
        argparse.ArgumentTypeError: If there is none of this name.
    """
    try:
        torch.ones(1, device=text).item()
    except (AssertionError, NotImplementedError, RuntimeError) as error:
        reason = str(error).partition('\n')[0]
        raise argparse.ArgumentTypeError(
            f"no device {text!r} can be used here ({reason}); 'cpu' always can"
        ) from error
    return text


def time_in_turn(
    functions: Mapping[str, Function],
    rounds: int,
    device: str,
    clock: str = 'wall',
) -> dict[str, list[float]]:
    """Time functions one after the other, round after round.

    As all of them meet the same states of the machine, the ratios of their
    times mean something even where the times do not. Each round has an order
    of its own, so that none always finds what the same one left in caches.

    Args:
        functions: What to time, by name. Each is called twice before.
        rounds: How often.
        device: Device to wait for.
        clock: One of :data:`CLOCKS`.

    Returns:
        Seconds of each call, by name.

    Raises:
        ClockError: If the processor's time is to be taken for a GPU's.
    """
    if clock == 'processor' and torch.device(device).type != 'cpu':
        raise ClockError(
            f"The clock 'processor' does not see the work of {device!r}: use "
            "'wall'."
        )
    times: dict[str, list[float]] = {name: [] for name in functions}
    now = CLOCKS[clock]
    for function in functions.values():
        function(), function()
    gc.collect()
    order, shuffle = list(functions.items()), random.Random(0).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name, function in order:
            synchronize(device)
            start = now()
            function()
            synchronize(device)
            times[name].append(now() - start)
    return times


def summary(times: list[float]) -> dict[str, float]:
    """Return median and least time, in milliseconds."""
    return {
        'median_ms': statistics.median(times) * 1e3,
        'least_ms': min(times) * 1e3,
    }


def synchronize(device: str) -> None:
    """Wait until the device has done its work."""
    if torch.device(device).type == 'cuda':
        torch.cuda.synchronize(device)


def peak_memory(function: Function, device: str) -> int:
    """Return how many bytes a function holds at once beyond what was held.

    Every allocation counts, those inside operators too.
    """
    if torch.device(device).type == 'cuda':
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        function()
        return torch.cuda.max_memory_allocated(device) - before
    # The profiler would write two lines about itself each time.
    os.environ.setdefault('KINETO_LOG_LEVEL', '99')
    with profile(
        activities=[ProfilerActivity.CPU], profile_memory=True
    ) as profiler:
        function()
    events = profiler.profiler.kineto_results.events()
    changes = [e for e in events if e.name() == '[memory]']
    held = peak = 0
    for event in sorted(changes, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def machine(device: str) -> dict[str, Any]:
    """Describe what the measurements depend on."""
    kind = torch.device(device).type
    name = torch.cuda.get_device_name(device) if kind == 'cuda' else _cpu()
    return {
        'device': name,
        'threads': torch.get_num_threads(),
        'python': platform.python_version(),
        'torch': torch.__version__,
        'mmengine': mmengine.__version__,
        'mmseg': mmseg.__version__,
    }


def _cpu() -> str:
    """Name the processor, as far as the system tells."""
    info = Path('/proc/cpuinfo')
    if info.exists():
        for line in info.read_text(encoding='utf-8').splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor() or platform.machine()
