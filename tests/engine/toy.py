"""A segmentor of a few weights on a few tiny images, for tests of running.

Everything random is on: crop, flip and dropout. One iteration takes some
milliseconds.
"""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dist import master_only
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import HOOKS, METRICS
from mmseg.registry import DATASETS, MODELS
from PIL import Image
from torch import nn

from segplug.datasets import CheckedSegDataset
from segplug.engine import SegRunner

_count = itertools.count()


@MODELS.register_module()
class ToySegmentor(BaseModel):
    """Convolution, batch norm, dropout, convolution."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.Dropout(0.3),
            nn.Conv2d(4, 3, 1),
        )

    def forward(self, inputs, data_samples=None, mode='tensor'):
        scores = self.body(torch.stack(inputs).float() / 255)
        if mode != 'loss':
            return [scores.argmax(1)]
        truth = [sample.gt_sem_seg.data[0].long() for sample in data_samples]
        return {
            'loss': nn.functional.cross_entropy(scores, torch.stack(truth))
        }


@DATASETS.register_module()
class ToyDataset(CheckedSegDataset):
    METAINFO = {
        'classes': ('a', 'b', 'c'),
        'palette': [[0, 0, 0], [255, 0, 0], [0, 255, 0]],
    }


@METRICS.register_module()
class ToyMetric(BaseMetric):
    """A score that depends on the weights, and draws random numbers."""

    def process(self, data_batch, data_samples):
        score = float(data_samples[0].float().mean())
        self.results.append(score + 0.1 * float(torch.rand(())))

    def compute_metrics(self, results):
        return {'mIoU': float(np.mean(results))}


@HOOKS.register_module()
class Recorder(Hook):
    """Keep what each iteration was given and gave."""

    priority = 'LOWEST'

    def __init__(self, stop_after=None):
        self.losses, self.files, self.scores = {}, {}, {}
        self.stop_after = stop_after

    def after_train_iter(self, runner, batch_idx, data_batch, outputs):
        now = runner.iter + 1
        self.losses[now] = float(outputs['loss'])
        self.files[now] = [s.img_path for s in data_batch['data_samples']]
        if now == self.stop_after:
            raise Killed

    def after_val_epoch(self, runner, metrics):
        self.scores[runner.iter] = metrics['mIoU']


@HOOKS.register_module()
class Pause(Hook):
    """Write the process's number to a file at one moment, then wait.

    Args:
        after: Iteration at whose end to wait.
        flag: The file.
        seconds: How long.
        validating: Whether to wait in the validation that follows instead.
    """

    def __init__(self, after, flag, seconds=1.0, validating=False):
        self.after, self.seconds = after, seconds
        self.flag, self.validating = Path(flag), validating

    def after_train_iter(self, runner, batch_idx, *args, **kwargs):
        if runner.iter + 1 == self.after and not self.validating:
            self._wait()

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        if self.validating and runner.iter == self.after and batch_idx == 3:
            self._wait()

    @master_only
    def _wait(self):
        if not self.flag.exists():
            self.flag.with_suffix('.part').write_text(str(os.getpid()))
            self.flag.with_suffix('.part').rename(self.flag)
            time.sleep(self.seconds)


class Killed(Exception):
    """As if the process had died here."""


def draw(folder, images=10, size=(20, 24), seed=0):
    """Write tiny images and labels of noise."""
    rng = np.random.default_rng(seed)
    for name in ('images', 'labels'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(images):
        image = rng.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(image).save(folder / 'images' / f'{number}.png')
        label = rng.integers(0, 3, size, np.uint8)
        Image.fromarray(label).save(folder / 'labels' / f'{number}.png')
    return folder


def config(data, work_dir, *, epochs=None, iters=12, workers=0, **changes):
    """Return the config of a run, as of the configs in this repository."""
    load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
    augment = [
        dict(type='RandomCrop', crop_size=(16, 16)),
        dict(type='RandomFlip', prob=0.5),
    ]

    def loader(pipeline, sampler, batch_size):
        return dict(
            batch_size=batch_size,
            num_workers=workers,
            persistent_workers=workers > 0,
            sampler=sampler,
            dataset=dict(
                type='ToyDataset',
                data_root=str(data),
                data_prefix=dict(img_path='images', seg_map_path='labels'),
                img_suffix='.png',
                seg_map_suffix='.png',
                reduce_zero_label=False,
                pipeline=[*pipeline, dict(type='PackSegInputs')],
            ),
        )

    by_epoch = epochs is not None
    kind = 'DefaultSampler' if by_epoch else 'InfiniteSampler'
    if by_epoch:
        steps = dict(by_epoch=True, max_epochs=epochs, val_interval=1)
    else:
        steps = dict(
            type='IterBasedTrainLoop', max_iters=iters, val_interval=4
        )
    cfg = Config(
        dict(
            default_scope='mmseg',
            work_dir=str(work_dir),
            experiment_name=f'toy{next(_count)}',
            model=dict(type='ToySegmentor'),
            train_dataloader=loader(
                [*load, *augment], dict(type=kind, shuffle=True), 2
            ),
            val_dataloader=loader(
                load, dict(type='DefaultSampler', shuffle=False), 1
            ),
            val_evaluator=dict(type='ToyMetric'),
            train_cfg=steps,
            val_cfg=dict(type='ValLoop'),
            optim_wrapper=dict(
                type='OptimWrapper',
                optimizer=dict(type='SGD', lr=0.05, momentum=0.9),
            ),
            param_scheduler=[
                dict(type='PolyLR', end=40, power=0.9, by_epoch=False)
            ],
            default_hooks=dict(
                checkpoint=dict(
                    type='CheckpointHook',
                    by_epoch=by_epoch,
                    interval=1 if by_epoch else 2,
                    save_best='mIoU',
                    max_keep_ckpts=2,
                ),
                logger=dict(type='LoggerHook', interval=1),
            ),
            custom_hooks=[dict(type='Recorder')],
            log_processor=dict(by_epoch=by_epoch),
        )
    )
    cfg.merge_from_dict(changes)
    return cfg


def write(cfg, path):
    """Write a config for the tools."""
    modules = ['segplug', 'tests.engine.toy']
    cfg.custom_imports = dict(imports=modules, allow_failed_imports=False)
    cfg.runner_type = 'mmseg.SegRunner'  # as configs/_base_ has it
    lines = [f'{k} = {v!r}\n' for k, v in cfg.to_dict().items()]
    path.write_text(''.join(lines))
    return path


def train(cfg, *, resume=False, load_from=None, stop_after=None):
    """Run a config in this process and return its runner."""
    cfg.resume, cfg.load_from = resume, load_from
    cfg.experiment_name = f'toy{next(_count)}'
    runner = SegRunner.from_cfg(cfg)
    recorder(runner).stop_after = stop_after
    try:
        runner.train()
    except Killed:
        pass
    finally:
        _end_workers(runner)
    return runner


def _end_workers(runner):
    """End them here: when the garbage collector does it, it takes 5 s each."""
    endless = getattr(runner.train_loop, 'dataloader_iterator', None)
    if endless is not None:
        endless._iterator.close()
    for loop in (runner.train_loop, runner.val_loop):
        if loop is not None:
            loop.dataloader._iterator = None


def recorder(runner):
    return next(hook for hook in runner.hooks if isinstance(hook, Recorder))
