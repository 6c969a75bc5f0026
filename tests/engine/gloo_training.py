"""What each of several processes does in the test of training."""

import os

import numpy as np
import torch
import torch.distributed as dist
from mmengine.hooks import Hook
from mmseg.registry import HOOKS

from segplug.engine import SegRunner
from segplug.engine.validation_loss_hook import sample_losses
from tests.engine.scripted import WatchHook
from tests.engine.tiny_runs import config

SCORES = {1: 1.0, 2: 9.0, 3: 5.0, 4: 5.0}


@HOOKS.register_module()
class NoteHook(Hook):
    """Notes the loss of each image in the last validation."""

    def __init__(self):
        self.losses = {}

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        head = runner.model.module.decode_head
        for sample in outputs:
            loss = sample_losses(head, sample)['loss_ce'].item()
            self.losses[sample.img_path] = loss


def hook(runner, kind):
    return next(h for h in runner.hooks if isinstance(h, kind))


def train(data, work_dir, launcher):
    """Train four iterations; the second is the best, its weights return."""
    hooks = [
        dict(type='WatchHook'),
        dict(type='NoteHook'),
        dict(type='ValidationLossHook'),
        dict(type='RestoringEarlyStoppingHook', patience=2),
    ]
    cfg = config(
        data,
        work_dir,
        steps=4,
        interval=1,
        custom_hooks=hooks,
        launcher=launcher,
        val_evaluator=dict(type='ScriptedMetric', scores=SCORES),
    )
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    return runner


def parameters(state):
    """One vector; buffers differ, as batch norm is not synchronised."""
    values = [v for k, v in state.items() if k.endswith(('weight', 'bias'))]
    return torch.cat([value.flatten() for value in values]).numpy()


def work(rank, world, data, folder):
    """Train in a group of gloo processes and save what came of it."""
    torch.set_num_threads(1)
    os.environ.update(GLOO_SOCKET_IFNAME='lo', LOCAL_RANK=str(rank))
    store = f'file://{folder}/store'
    dist.init_process_group('gloo', store, rank=rank, world_size=world)
    runner = train(data, folder / 'work', 'pytorch')
    noted = hook(runner, NoteHook).losses
    state = runner.model.module.state_dict()
    seen = hook(runner, WatchHook).seen[2]
    losses = runner.message_hub.log_scalars['val/loss'].data[0]
    np.savez(
        folder / f'{rank}.npz',
        iteration=runner.iter,
        weights=parameters(state),
        buffers=state['backbone.encoder.0.0.convs.0.bn.running_mean'],
        best=parameters(seen),
        loss=losses,
        names=list(noted),
        noted=list(noted.values()),
    )
    dist.destroy_process_group()
