"""Memory and descriptors of long evaluations and long trainings."""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from PIL import Image

from segplug.engine.runner import SegRunner
from segplug.evaluation import BoundaryMetric, ConfusionMatrixMetric

_MIB = 2**20
_CLASSES = 41
_CROP = 32  # px
_STEP = 100  # iterations between two measurements


@dataclass(frozen=True)
class Usage:
    """What a process and its children hold.

    Attributes:
        at: Images or iterations so far.
        memory: Resident bytes of the process.
        workers: Resident bytes of its children, what they share with it
            included.
        descriptors: Open file descriptors of the process.
    """

    at: int
    memory: int
    workers: int
    descriptors: int


def usage(at: int) -> Usage:
    """Measure this process, on Linux.

    What is free goes back to the system first: the C library keeps pages of
    freed memory, more and more of them as its heap fragments.

    Args:
        at: Images or iterations so far.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)  # glibc's
    if trim is not None:
        trim(0)
    own = os.getpid()
    workers = sum(_resident(pid) for pid in _children(own))
    # Listing the folder opens a descriptor of its own.
    descriptors = len(os.listdir('/proc/self/fd')) - 1
    return Usage(at, _resident(own), workers, descriptors)


def _resident(pid: int) -> int:
    try:
        pages = Path(f'/proc/{pid}/statm').read_text().split()[1]
    except OSError:  # ended meanwhile
        return 0
    return int(pages) * os.sysconf('SC_PAGE_SIZE')


def _children(pid: int) -> list[int]:
    path = Path(f'/proc/{pid}/task/{pid}/children')
    return [int(child) for child in path.read_text().split()]


def evaluate(
    images: int, size: tuple[int, int], *, borders: bool = True
) -> list[Usage]:
    """Score synthetic images and measure as they pass.

    Args:
        images: How many.
        size: Height and width of each, in px.
        borders: Whether to score borders too.

    Returns:
        Measurements after each twentieth of the images.
    """
    metrics: list[Any] = [ConfusionMatrixMetric()]
    if borders:
        metrics.append(BoundaryMetric())
    for metric in metrics:
        metric.dataset_meta = {'classes': [str(i) for i in range(_CLASSES)]}
    measured = []
    for number, sample in enumerate(_samples(images, size), 1):
        for metric in metrics:
            metric.process({}, [sample])
        if number % max(1, images // 20) == 0:
            measured.append(usage(number))
    for metric in metrics:
        metric.evaluate(images)
    return measured


def _samples(images: int, size: tuple[int, int]) -> Iterator[dict[str, Any]]:
    generator = torch.Generator().manual_seed(0)
    coarse = (images, -(-size[0] // 16), -(-size[1] // 16))
    for number in range(images):
        maps = torch.randint(_CLASSES, (2, *coarse[1:]), generator=generator)
        fine = maps.repeat_interleave(16, 1).repeat_interleave(16, 2)
        truth, guess = fine[:, : size[0], : size[1]]
        guess = torch.where(truth % 2 == 0, truth, guess)
        yield {
            'gt_sem_seg': {'data': truth[None]},
            'pred_sem_seg': {'data': guess[None]},
            'img_path': f'{number}.png',
            'seg_map_path': f'{number}.png',
            'ori_shape': size,
        }


class UsageHook(Hook):
    """Measure at intervals, between two iterations.

    Args:
        interval: Iterations between two measurements.
    """

    priority = 'LOWEST'

    def __init__(self, interval: int = _STEP) -> None:
        self.interval = interval
        self.measured: list[Usage] = []

    def after_train_iter(self, runner: Runner, *_: Any, **__: Any) -> None:
        """Measure, if it is time."""
        if self.every_n_train_iters(runner, self.interval):
            self.measured.append(usage(runner.iter + 1))


def train(
    folder: Path, iterations: int, workers: int, interval: int = _STEP
) -> tuple[list[Usage], Usage, Usage]:
    """Train a tiny network on noise, with validations and checkpoints.

    Args:
        folder: For data and work folder.
        iterations: Length of the training.
        workers: Worker processes of each loader.
        interval: Iterations between two measurements.

    Returns:
        Measurements during the training, and those before and after it.
    """
    _draw(folder / 'data')
    hook = UsageHook(interval)
    runner = SegRunner.from_cfg(_config(folder, iterations, workers))
    runner.register_hook(hook)
    before = usage(0)
    runner.train()
    for loop in (runner.train_loop, runner.val_loop):
        endless = getattr(loop, 'dataloader_iterator', None)
        if endless is not None:
            endless._iterator.close()
        loop.dataloader._iterator = None  # ends the workers
    return hook.measured, before, usage(iterations)


def _draw(folder: Path, images: int = 40) -> None:
    generator = np.random.default_rng(0)
    for name, shape in (('images', (48, 48, 3)), ('labels', (48, 48))):
        (folder / name).mkdir(parents=True)
        high = 256 if name == 'images' else 7
        for number in range(images):
            values = generator.integers(0, high, shape).astype(np.uint8)
            Image.fromarray(values).save(folder / name / f'{number}.png')


def _config(folder: Path, iterations: int, workers: int) -> Config:
    load = [dict(type='LoadCheckedImage'), dict(type='LoadCheckedAnnotations')]
    crop = [
        dict(type='RandomCrop', crop_size=(_CROP, _CROP)),
        dict(type='RandomFlip', prob=0.5),
    ]
    return Config(
        dict(
            default_scope='mmseg',
            work_dir=str(folder / 'run'),
            experiment_name=folder.name,
            model=_model(),
            train_dataloader=_loader(
                folder, [*load, *crop], 'InfiniteSampler', 4, workers
            ),
            val_dataloader=_loader(folder, load, 'DefaultSampler', 1, workers),
            val_evaluator=dict(type='ConfusionMatrixMetric'),
            val_cfg=dict(type='ValLoop'),
            train_cfg=dict(
                type='IterBasedTrainLoop',
                max_iters=iterations,
                val_interval=max(1, iterations // 10),
            ),
            optim_wrapper=dict(
                type='OptimWrapper', optimizer=dict(type='SGD', lr=0.01)
            ),
            default_hooks=dict(
                checkpoint=dict(
                    type='CheckpointHook',
                    by_epoch=False,
                    interval=max(1, iterations // 10),
                    save_best='mIoU',
                    max_keep_ckpts=2,
                )
            ),
            log_processor=dict(by_epoch=False),
            randomness=dict(seed=0),
        )
    )


def _model() -> dict[str, Any]:
    norm = dict(type='BN', requires_grad=True)
    return dict(
        type='EncoderDecoder',
        data_preprocessor=dict(
            type='SegDataPreProcessor', size_divisor=16, seg_pad_val=255
        ),
        backbone=dict(type='ULite', widths=(4, 4, 4), norm_cfg=norm),
        decode_head=dict(
            type='SegNetHead', in_channels=4, kernel_size=1, num_classes=7
        ),
        train_cfg=dict(),
        test_cfg=dict(mode='whole'),
    )


def _loader(
    folder: Path, pipeline: list[Any], sampler: str, batch: int, workers: int
) -> dict[str, Any]:
    return dict(
        batch_size=batch,
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=dict(type=sampler, shuffle=batch > 1),
        dataset=dict(
            type='PascalPersonPartDataset',
            data_root=str(folder / 'data'),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            img_suffix='.png',
            seg_map_suffix='.png',
            pipeline=[*pipeline, dict(type='PackSegInputs')],
        ),
    )


def describe(measured: list[Usage], unit: str) -> str:
    """Write measurements as a Markdown table."""
    lines = [
        f'| {unit} | memory, MiB | workers, MiB | descriptors |',
        '|--:|--:|--:|--:|',
    ]
    for item in measured:
        lines.append(
            f'| {item.at:,} | {item.memory / _MIB:.1f} | '
            f'{item.workers / _MIB:.1f} | {item.descriptors} |'
        )
    return '\n'.join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this measurement."""
    parser.add_argument('--images', type=int, default=10_000)
    parser.add_argument('--size', type=int, nargs=2, default=(360, 640))
    parser.add_argument('--iterations', type=int, default=2000)
    parser.add_argument('--workers', type=int, default=4)


def run(args: argparse.Namespace) -> None:
    """Measure an evaluation and a training, and print both."""
    measured = evaluate(args.images, tuple(args.size))
    print(describe(measured, 'images'), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        during, before, after = train(
            Path(folder), args.iterations, args.workers
        )
    print(describe([before, *during, after], 'iterations'))
