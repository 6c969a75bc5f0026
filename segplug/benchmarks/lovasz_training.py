"""Whether training with the binned Lovász loss equals that with the exact.

A small network learns to tell noisy regions apart, with either method and
from the same seeds. What the method changes is set beside what the seed
changes.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segplug.evaluation.tables import format_table
from segplug.fileio import write_json
from segplug.models import LovaszSoftmaxLoss

from .timing import machine

_CLASSES = 4
_METHODS = ('exact', 'binned')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument('--seeds', type=int, default=4)
    parser.add_argument('--steps', type=int, default=90)
    parser.add_argument('--looks', type=int, default=6, help='at the scores')
    parser.add_argument('--batch', type=int, default=4, help='images')
    parser.add_argument('--size', type=int, default=64, help='in px')
    parser.add_argument(
        '--out', default='work_dirs/benchmarks/lovasz_training.json'
    )


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Train, print the curves side by side, and write them as JSON."""
    curves = {
        method: torch.stack(
            [train(method, seed, args) for seed in range(args.seeds)]
        )
        for method in _METHODS
    }
    steps = [args.steps * (i + 1) // args.looks for i in range(args.looks)]
    rows = compare(steps, curves['exact'], curves['binned'])
    print(format_table(list(rows[0]), [_cells(row) for row in rows]))
    lists = {method: curve.tolist() for method, curve in curves.items()}
    report = {'machine': machine('cpu'), 'seeds': args.seeds, 'results': rows}
    write_json(Path(args.out), {**report, 'curves': lists})
    print(f'Written to {args.out}')
    return rows


def train(method: str, seed: int, args: argparse.Namespace) -> Tensor:
    """Train a network, and test it at times on data of its own.

    Args:
        method: Of :class:`~segplug.models.LovaszSoftmaxLoss`.
        seed: Of the weights and of the training data.
        args: Options of :func:`add_arguments`.

    Returns:
        Exact loss and mIoU, (looks, 2).
    """
    torch.manual_seed(seed)
    network = _network()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    loss = LovaszSoftmaxLoss(method=method, sort_up_to=0)
    test = make_batch(torch.Generator().manual_seed(-1), 8, args.size)
    generator = torch.Generator().manual_seed(seed)
    scores = []
    for _ in range(args.looks):
        for _ in range(args.steps // args.looks):
            images, labels = make_batch(generator, args.batch, args.size)
            optimizer.zero_grad()
            loss(network(images), labels).backward()
            optimizer.step()
        scores.append(_test(network, *test))
    return torch.stack(scores)


def make_batch(
    generator: torch.Generator, batch: int, size: int
) -> tuple[Tensor, Tensor]:
    """Draw regions of close colours under noise that hides them.

    Returns:
        Images, B × 3 × H × W, and labels, B × H × W.
    """
    coarse = torch.randn(batch, _CLASSES, 7, 7, generator=generator)
    labels = F.interpolate(coarse, (size, size), mode='bilinear').argmax(1)
    colours = torch.eye(_CLASSES)[:, :3]
    noise = torch.randn(batch, 3, size, size, generator=generator)
    return colours[labels].movedim(-1, 1) + 1.2 * noise, labels


def compare(
    steps: list[int], exact: Tensor, binned: Tensor
) -> list[dict[str, Any]]:
    """Set curves side by side.

    Args:
        steps: When the scores were taken.
        exact: Scores of the exact method, (seeds, looks, 2).
        binned: Scores of the binned method, likewise.

    Returns:
        For each look and score: the means of both methods; how far seeds are
        apart, the standard deviation; and how far the methods are with the
        same seed, the root of the mean square.
    """
    return [
        {
            'score': score,
            'steps': step,
            'exact': exact[:, look, i].mean().item(),
            'binned': binned[:, look, i].mean().item(),
            'between seeds': exact[:, look, i].std(correction=0).item(),
            'between methods': (exact - binned)[:, look, i].norm().item()
            / len(exact) ** 0.5,
        }
        for i, score in enumerate(('loss', 'mIoU'))
        for look, step in enumerate(steps)
    ]


def _network() -> nn.Module:
    layers: list[nn.Module] = []
    for inputs in (3, 8, 8):
        conv = nn.Conv2d(inputs, 8, 5, padding=2, bias=False)
        layers += [conv, nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(8, _CLASSES, 1))


@torch.no_grad()
def _test(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    network.eval()
    logits = network(images)
    network.train()
    loss = LovaszSoftmaxLoss(method='exact')(logits, labels)
    pairs = labels * _CLASSES + logits.argmax(1)
    counts = pairs.flatten().bincount(minlength=_CLASSES**2)
    counts = counts.view(_CLASSES, _CLASSES).double()
    hits = counts.diag()
    iou = hits / (counts.sum(0) + counts.sum(1) - hits)
    return torch.stack([loss.double(), iou.mean()])


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        f'{v:.5f}' if isinstance(v, float) else str(v) for v in row.values()
    ]
