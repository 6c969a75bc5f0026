"""A training on two processes of which the second dies or hangs.

Run by ``torchrun``; arguments: data, work folder, 'kill' or 'stop'.
"""

import os
import signal
import sys
from pathlib import Path

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from segplug.engine import launch
from tests.engine import toy

HOW = {'kill': signal.SIGKILL, 'stop': signal.SIGSTOP}


@HOOKS.register_module()
class Trouble(Hook):
    def __init__(self, how):
        self.how = how

    def before_train_iter(self, runner, *args, **kwargs):
        if runner.iter == 3 and runner.rank == 1:
            os.kill(os.getpid(), HOW[self.how])


def main():
    data, folder, how = sys.argv[1:]
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
