"""A training on two processes of which one is in trouble.

Run by ``torchrun``; arguments: data, work folder, and what happens: the
second process dies ('kill') or hangs ('stop'), or weights turn NaN in the
first one alone ('spoil').
"""

import math
import os
import signal
import sys
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from segplug.engine import NonFiniteError, launch
from tests.engine import toy

HOW = {'kill': signal.SIGKILL, 'stop': signal.SIGSTOP}


@HOOKS.register_module()
class Trouble(Hook):
    def __init__(self, how):
        self.how = how

    def before_train_iter(self, runner, *args, **kwargs):
        if runner.iter == 3 and runner.rank == 1:
            os.kill(os.getpid(), HOW[self.how])


@HOOKS.register_module()
class Spoil(Hook):
    """After the checkpoint of the iteration, before the best one."""

    def before_val_epoch(self, runner):
        if runner.rank == 0:
            next(runner.model.parameters()).data.fill_(math.nan)


def spoil(data, folder):
    """Train twice, and note how that ended in this process."""
    for number, keeper in enumerate(('checkpoint', 'stopping')):
        cfg = toy.config(data, folder / f'run{number}', iters=8)
        cfg.launcher = 'pytorch'
        cfg.env_cfg = dict(dist_cfg=dict(backend='gloo', timeout=20))
        cfg.custom_hooks += [dict(type='Spoil')]
        if keeper == 'stopping':
            cfg.default_hooks.checkpoint.save_best = None
            cfg.default_hooks.stopping = dict(
                type='RestoringEarlyStoppingHook'
            )
        try:
            toy.train(cfg)
        except NonFiniteError:
            (folder / f'{keeper}_{os.environ["RANK"]}').touch()


def main():
    data, folder, how = sys.argv[1:]
    if how == 'spoil':
        return spoil(data, Path(folder))
    pids = Path(folder) / 'pids'
    pids.mkdir(parents=True, exist_ok=True)
    (pids / str(os.getpid())).touch()
    cfg = toy.config(data, Path(folder) / 'run', iters=50)
    cfg.launcher = 'pytorch'
    cfg.env_cfg = dict(dist_cfg=dict(backend='gloo', timeout=8))
    cfg.custom_hooks += [dict(type='Trouble', how=how)]
    toy.train(cfg)


if __name__ == '__main__':
    launch.run(main)
