"""Speed, memory and accuracy of Lovász losses, side by side.

One measurement is a forward and a backward pass. Accuracy is taken against
sorting in float64. Losses of other packages take part where installed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable

import torch
import torch.nn.functional as F
from mmseg.models.losses import LovaszLoss
from torch import Tensor

from segplug import compiled
from segplug.arguments import positive
from segplug.evaluation.tables import format_table
from segplug.fileio import write_json
from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss

from .timing import (
    CLOCKS,
    add_device,
    machine,
    peak_memory,
    summary,
    time_in_turn,
)

Loss = Callable[[Tensor, Tensor], Tensor]
HOST, ENTROPY, OURS = 'mmseg LovaszLoss', 'cross-entropy', 'segplug, binned'
_FUSED = 'segplug, with cross-entropy'
_PLAIN, _TRITON = 'segplug, PyTorch only', 'segplug, Triton'
_CPU_SHAPES = [(4, 7, 512, 512), (2, 19, 256, 512)]
_GPU_SHAPES = [*_CPU_SHAPES, (8, 19, 512, 1024)]
# Their modules, the names of their losses there, and arguments to build one;
# None for a function.
_PEERS = {
    'segmentation_models_pytorch': ('losses', 'LovaszLoss', 'multiclass'),
    'kornia': ('losses', 'lovasz_softmax_loss', None),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    add_device(parser)
    parser.add_argument(
        '--shapes',
        nargs='+',
        type=parse_shape,
        help='of the logits, as 4x7x512x512 (B C H W)',
    )
    parser.add_argument('--rounds', type=positive('rounds'), default=20)
    parser.add_argument('--threads', type=int, help='of PyTorch')
    parser.add_argument(
        '--clock',
        default='wall',
        choices=list(CLOCKS),
        help='processor, with one thread, where other programs run',
    )
    parser.add_argument('--out', default='work_dirs/benchmarks/lovasz.json')


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure, print a table for each shape, and write all as JSON."""
    if args.threads:
        torch.set_num_threads(args.threads)
    on_gpu = torch.device(args.device).type == 'cuda'
    shapes = args.shapes or (_GPU_SHAPES if on_gpu else _CPU_SHAPES)
    functions, rows = losses(args.device), []
    for shape in shapes:
        text = 'x'.join(map(str, shape))
        logits, labels = make_scene(shape, args.device)
        part = compare(functions, logits, labels, args)
        rows += [{'shape': text, **row} for row in part]
        print(f'\nB×C×H×W = {text}\n{_table(part)}')
    about = {**machine(args.device), **_versions(functions)}
    report = {'machine': about, 'rounds': args.rounds, 'clock': args.clock}
    write_json(Path(args.out), {**report, 'results': rows})
    print(f'\n{about}\nWritten to {args.out}')
    return rows


def _versions(functions: Mapping[str, Loss]) -> dict[str, str]:
    """Return the versions of the other packages that take part."""
    names = [name for name in _PEERS if name in functions]
    if compiled.numba() is not None:
        names.append('numba')
    return {name: version(name) for name in names}


def parse_shape(text: str) -> tuple[int, ...]:
    """Read a shape as 4x7x512x512.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    sizes = text.split('x')
    if len(sizes) != 4 or not all(s.isdecimal() and int(s) for s in sizes):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no shape: give four sizes, as 4x7x512x512.'
        )
    return tuple(map(int, sizes))


def losses(device: str) -> dict[str, Loss]:
    """Return the losses to compare on a device, by name."""
    found: dict[str, Loss] = {
        ENTROPY: F.cross_entropy,
        HOST: LovaszLoss(reduction='none'),
        'segplug, exact': LovaszSoftmaxLoss(method='exact', sort_up_to=0),
        OURS: LovaszSoftmaxLoss(sort_up_to=0),
        _FUSED: CrossEntropyLovaszLoss(sort_up_to=0),
    }
    if torch.device(device).type == 'cuda':
        found[_TRITON] = LovaszSoftmaxLoss(sort_up_to=0, backend='triton')
    elif compiled.numba() is not None:
        found[_PLAIN] = LovaszSoftmaxLoss(sort_up_to=0, backend='torch')
    return {**found, **_peers()}


def _peers() -> dict[str, Loss]:
    """Return the losses of other packages, and print which are left out."""
    found = {}
    for name, (module, attribute, mode) in _PEERS.items():
        try:
            loss = getattr(import_module(f'{name}.{module}'), attribute)
        except Exception as error:  # their requirements may be broken
            reason = str(error).partition('\n')[0] or type(error).__name__
            print(f'{name} is left out: {reason}')
        else:
            found[name] = loss if mode is None else loss(mode)
    return found


def make_scene(
    shape: tuple[int, int, int, int], device: str
) -> tuple[Tensor, Tensor]:
    """Return logits of a half-trained network, and labels in large regions.

    Args:
        shape: Of the logits: B, C, H, W.
        device: Where to put both.
    """
    batch, classes, *size = shape
    generator = torch.Generator().manual_seed(0)
    coarse = torch.randn(batch, classes, 8, 8, generator=generator)
    labels = F.interpolate(coarse, size, mode='bilinear').argmax(1)
    truth = F.one_hot(labels, classes).movedim(-1, 1)
    noise = torch.randn(*shape, generator=generator)
    logits = (4 * truth + 3 * noise).contiguous().to(device)
    return logits.requires_grad_(), labels.contiguous().to(device)


def compare(
    functions: Mapping[str, Loss],
    logits: Tensor,
    labels: Tensor,
    args: argparse.Namespace,
) -> list[dict[str, Any]]:
    """Measure losses on the same logits.

    Args:
        functions: The losses, by name.
        logits: B × C × H × W.
        labels: B × H × W.
        args: Options of :func:`add_arguments`.

    Returns:
        For each loss its times, how many times faster it is than
        MMSegmentation's and slower than cross-entropy, the peak of its
        memory as a multiple of the probabilities' size, and its errors.
    """
    steps = {
        name: lambda loss=loss: _step(loss, logits, labels)
        for name, loss in functions.items()
    }
    times = time_in_turn(steps, args.rounds, args.device, args.clock)
    exact = LovaszSoftmaxLoss(method='exact')
    truth = _step(exact, logits.detach().double().requires_grad_(), labels)
    size = logits.numel() * 4
    rows = []
    for name, step in steps.items():
        row = {'loss': name, **summary(times[name])}
        for key, other in (('of_mmseg', HOST), ('of_entropy', ENTROPY)):
            base = summary(times[other])['median_ms']
            row[key] = row['median_ms'] / base
        row['memory'] = peak_memory(step, args.device) / size
        if name not in (ENTROPY, _FUSED):
            value, gradient = step()
            row['loss_error'] = abs(value - truth[0]).item()
            norm = (gradient - truth[1]).norm() / truth[1].norm()
            row['gradient_error'] = norm.item()
        rows.append(row)
    return rows


def _step(loss: Loss, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return a loss and its gradient."""
    value = loss(logits, labels)
    (gradient,) = torch.autograd.grad(value, logits)
    return value.detach(), gradient


def _table(rows: list[dict[str, Any]]) -> str:
    head = (
        'loss',
        'median ms',
        'least ms',
        '× faster than mmseg',
        '× cross-entropy',
        'peak memory ÷ probabilities',
        'loss error',
        'gradient error',
    )
    cells = [
        (
            row['loss'],
            row['median_ms'],
            row['least_ms'],
            1 / row['of_mmseg'],
            row['of_entropy'],
            row['memory'],
            *(
                f'{row[key]:.0e}' if key in row else '-'
                for key in ('loss_error', 'gradient_error')
            ),
        )
        for row in rows
    ]
    return format_table(head, cells)
