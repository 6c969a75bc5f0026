"""Processors, GPUs and shared memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from segplug.engine import shared_memory

from .finding import Finding, note, ok, problem

_GIB = 2**30
_PCI = Path('/sys/bus/pci/devices')
_NVIDIA, _DISPLAY = '0x10de', '0x03'  # vendor; beginning of the class
_LITTLE = 2**30  # of shared memory: docker's default is 64 MiB


@dataclass(frozen=True)
class Machine:
    """What a run would run on.

    Attributes:
        cores: CPU cores that this process may use.
        gpus: Name and memory in bytes of each GPU.
        cuda: Version of CUDA that PyTorch was built for, None for a build
            without.
        shared: Free bytes of shared memory, None where there is none.
        has_nvidia: Whether Linux sees an NVIDIA GPU, with a driver or
            without.
    """

    cores: int
    gpus: tuple[tuple[str, int], ...]
    cuda: str | None
    shared: int | None
    has_nvidia: bool = False


def gather() -> Machine:
    """Ask the system."""
    properties = [
        torch.cuda.get_device_properties(index)
        for index in range(
            torch.cuda.device_count() if torch.cuda.is_available() else 0
        )
    ]
    return Machine(
        cores=cores(),
        gpus=tuple((p.name, p.total_memory) for p in properties),
        cuda=torch.version.cuda or torch.version.hip,
        shared=shared_memory.available(),
        has_nvidia=has_nvidia(_PCI),
    )


def has_nvidia(devices: Path) -> bool:
    """Tell whether a PCI device is a display or 3D controller of NVIDIA.

    Args:
        devices: Folder with one folder per device, as Linux shows them.
    """
    for folder in devices.glob('*'):
        try:
            vendor = (folder / 'vendor').read_text().strip()
            kind = (folder / 'class').read_text().strip()
        except OSError:
            continue
        if vendor == _NVIDIA and kind.startswith(_DISPLAY):
            return True
    return False


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def examine(
    machine: Machine, cfg: Mapping[str, Any] | None
) -> Iterator[Finding]:
    """Judge a machine, and how a config suits it.

    Args:
        machine: What there is.
        cfg: The config, if one was given.
    """
    yield _gpus(machine)
    yield _shared(machine, cfg)
    yield from _workers(machine, cfg or {})


def _gpus(machine: Machine) -> Finding:
    if machine.gpus:
        listed = ', '.join(
            f'{name} ({memory / _GIB:.0f} GiB)'
            for name, memory in machine.gpus
        )
        return ok('GPU', f'{listed}; CUDA or ROCm {machine.cuda}.')
    if machine.cuda and machine.has_nvidia:
        return problem(
            'GPU',
            f'PyTorch was built for CUDA or ROCm {machine.cuda}, but does not '
            'see the GPU of this machine.',
            'Look at nvidia-smi: the driver may be missing or older than '
            'this CUDA, or CUDA_VISIBLE_DEVICES hides the GPUs. In docker '
            'give --gpus all.',
        )
    if machine.cuda:
        return note(
            'GPU',
            'None is seen; training on the CPU is slow.',
            'If there is one, look at its driver and at CUDA_VISIBLE_DEVICES.',
        )
    return note(
        'GPU', 'None: PyTorch is a build for CPUs, on which training is slow.'
    )


def _shared(machine: Machine, cfg: Mapping[str, Any] | None) -> Finding:
    topic, free = 'shared memory', machine.shared
    if free is None:
        return ok(topic, f'{shared_memory.FOLDER} does not exist here.')
    wanted = shared_memory.needed(cfg or {})
    if wanted > free:
        return problem(topic, shared_memory.message(wanted, free))
    text = f'{free / _GIB:.1f} GiB of {shared_memory.FOLDER} are free'
    if cfg:
        text += f', the config needs at least {wanted / 2**20:.0f} MiB'
    elif free < _LITTLE:
        return note(
            topic, f'{text}.', 'In docker give --shm-size=8g for workers.'
        )
    return ok(topic, f'{text}.')


def _workers(machine: Machine, cfg: Mapping[str, Any]) -> Iterator[Finding]:
    loader = cfg.get('train_dataloader') or {}
    workers = loader.get('num_workers') or 0
    topic = 'workers'
    if workers > machine.cores:
        yield note(
            topic,
            f'train_dataloader has {workers} worker processes for '
            f'{machine.cores} CPU cores.',
            f'--cfg-options train_dataloader.num_workers={machine.cores}',
        )
    elif cfg:
        yield ok(topic, f'{workers} for {machine.cores} CPU cores.')
