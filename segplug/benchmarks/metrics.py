"""How long metrics take, side by side with MMSegmentation's IoUMetric.

Each pair of metrics receives the same images in turn, so that both see the
same state of the machine. Times are those of ``process`` for one image; the
least of all repeats is what other programs disturb least, and the median tells
how much they did. Ids have
64 bits when they come from MMSegmentation's pipeline and 8 bits when they
come from files.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from mmseg.evaluation import IoUMetric

from segplug.evaluation import (
    BoundaryMetric,
    ConfusionMatrixMetric,
    compiled_counts,
)
from segplug.evaluation.tables import format_table

from .timing import add_device, synchronize

_KINDS = ('regions', 'regions with noise', 'random pixels')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument('--classes', type=int, default=19)
    parser.add_argument('--height', type=int, default=512)
    parser.add_argument('--width', type=int, default=1024)
    parser.add_argument('--repeats', type=int, default=40)
    parser.add_argument('--threads', type=int, help='of PyTorch and OpenCV')
    add_device(parser)
    parser.add_argument('--json', action='store_true', help='print JSON')


def run(args: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure, print a table and return its rows."""
    MMLogger.get_instance('benchmark', log_level='ERROR')  # only our table
    if args.threads:
        torch.set_num_threads(args.threads)
        cv2.setNumThreads(args.threads)
    rows = []
    size, square = (args.height, args.width), (args.height, args.height)
    for dtype in (torch.int64, torch.uint8):
        for kind in _KINDS:
            sample = make_sample(size, args.classes, kind, args.device, dtype)
            rows.append(compare(ConfusionMatrixMetric(), sample, args))
    for kind in _KINDS[:2]:
        sample = make_sample(square, args.classes, kind, args.device)
        rows.append(compare(BoundaryMetric(), sample, args))
    print(json.dumps(rows, indent=2) if args.json else _table(rows))
    return rows


def compare(
    metric: BaseMetric, sample: dict[str, Any], args: argparse.Namespace
) -> dict[str, Any]:
    """Time a metric and MMSegmentation's on the same image.

    Args:
        metric: What to measure.
        sample: What :func:`make_sample` returned.
        args: Options of :func:`add_arguments`.

    Returns:
        Milliseconds for an image, the least of all repeats; the ratio of
        these, and of the medians; whether Numba counts; and whether both
        metrics give the same mIoU, where both give one.
    """
    host = IoUMetric(prefix='')
    meta = {'classes': tuple(f'class {i}' for i in range(args.classes))}
    times: dict[BaseMetric, list[float]] = {host: [], metric: []}
    for subject in times:
        subject.dataset_meta = meta
        subject.process(None, [sample])  # fill caches
    for _ in range(args.repeats):
        for subject, taken in times.items():
            taken.append(_seconds(subject, sample, args.device))
    images = args.repeats + 1
    theirs, ours = host.evaluate(images), metric.evaluate(images)
    least, middle = (
        {subject: summary(taken) for subject, taken in times.items()}
        for summary in (min, median)
    )
    return {
        'metric': type(metric).__name__,
        'image': sample['img_path'],
        'device': str(args.device),
        'threads': torch.get_num_threads(),
        'compiled': compiled_counts.kernel() is not None,
        'ours_ms': least[metric] * 1e3,
        'mmseg_ms': least[host] * 1e3,
        'speedup': least[host] / least[metric],
        'median_speedup': middle[host] / middle[metric],
        'same_miou': abs(ours['mIoU'] - float(theirs['mIoU'])) < 0.006
        if 'mIoU' in ours
        else None,
    }


def make_sample(
    size: tuple[int, int],
    classes: int,
    kind: str,
    device: str,
    dtype: torch.dtype = torch.int64,
) -> dict[str, Any]:
    """Draw a label map and a prediction that mostly agrees with it.

    ``'regions'`` are ellipses and the same moved by four pixels; with noise,
    a twentieth of the predicted pixels is random; in ``'random pixels'``
    everything is. The top 5 % of the label is void.
    """
    rng = np.random.default_rng(0)
    label = np.zeros(size, np.uint8)
    for _ in range(80):
        centre = int(rng.integers(size[1])), int(rng.integers(size[0]))
        axes = rng.integers(8, max(9, size[0] // 5), 2).tolist()
        fill = int(rng.integers(classes))
        cv2.ellipse(label, centre, axes, 0, 0, 360, fill, -1)
    pred = np.roll(label, 4, axis=1)
    share = {'regions': 0, 'regions with noise': 0.05}.get(kind, 1)
    noise = rng.random(size) < share
    pred[noise] = rng.integers(0, classes, noise.sum())
    if kind == 'random pixels':
        label = rng.integers(0, classes, size)
    label[: size[0] // 20] = 255
    maps = (torch.from_numpy(m)[None].to(device, dtype) for m in (pred, label))
    keys = ('pred_sem_seg', 'gt_sem_seg')
    sample = {key: {'data': data} for key, data in zip(keys, maps)}
    bits = torch.iinfo(dtype).bits
    text = f'{size[0]}x{size[1]}, {classes} classes, {bits}-bit, {kind}'
    return {**sample, 'img_path': text}


def _seconds(metric: BaseMetric, sample: dict, device: str) -> float:
    synchronize(device)
    start = time.perf_counter()
    metric.process(None, [sample])
    synchronize(device)
    return time.perf_counter() - start


def _table(rows: Sequence[dict[str, Any]]) -> str:
    head = ('metric', 'image', 'ms', 'IoUMetric ms', 'times faster', 'median')
    keys = ('metric', 'image', 'ours_ms', 'mmseg_ms', 'speedup')
    keys += ('median_speedup',)
    return format_table(head, [[row[key] for key in keys] for row in rows])
