"""Kill a run that saves all the time, again and again.

Called as a script: ``kills.py FOLDER COUNT SEED``. Importing takes seconds,
so each run is a fork of this process. Prints one JSON line.
"""

import gc
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import runner as host
from mmseg.registry import MODELS
from torch import nn

import segplug  # noqa: F401
from segplug.engine.checkpoints import find
from tests.engine import toy


@MODELS.register_module()
class HeavySegmentor(toy.ToySegmentor):
    """With a weight that makes the file large: 1 MB, and 1 of momentum."""

    def __init__(self):
        super().__init__()
        self.heavy = nn.Parameter(torch.zeros(250_000))

    def forward(self, *args, **kwargs):
        result = super().forward(*args, **kwargs)
        if isinstance(result, dict):
            result['loss_heavy'] = self.heavy[:9].sum()
        return result


def config(folder, name, iters, **changes):
    return toy.config(
        folder / 'data',
        folder / name,
        iters=iters,
        randomness=dict(seed=5),
        model=dict(type='HeavySegmentor'),
        **{
            'default_hooks.checkpoint.interval': 1,
            'default_hooks.checkpoint.max_keep_ckpts': 1,
            'train_cfg.val_interval': 3,
            'param_scheduler.0.end': 5000,
            **changes,
        },
    )


def start(folder, report):
    """Fork a run that goes on from what there is; report its first step."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        cfg = config(folder, 'killed', 5000)
        cfg.resume = bool(find.candidates(folder / 'killed'))
        runner = toy.SegRunner.from_cfg(cfg)
        runner.logger.setLevel('ERROR')

        class Announce(toy.Hook):
            def before_train_iter(self, runner, *args, **kwargs):
                if report is not None:
                    os.write(report, f'{runner.iter}\n'.encode())
                    os.close(report)
                    self.before_train_iter = lambda *a, **k: None

        runner.register_hook(Announce())
        runner.train()
        status = 0
    finally:
        os._exit(status)


def kill_once(folder, delay):
    """Return the iteration that a run began at, and what its end left."""
    reading, writing = os.pipe()
    child = start(folder, writing)
    os.close(writing)
    with os.fdopen(reading) as stream:
        begun = int(stream.readline() or -1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    half = list((folder / 'killed').glob('.*.tmp*'))
    last = find.newest(folder / 'killed')
    step = int(last.name[5:-4]) if last else 0
    return {'begun': begun, 'half': len(half), 'step': step}


def main():
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    torch.set_num_threads(1)
    host.collect_env = dict
    host.get_git_hash = str
    Config.pretty_text = 'toy = True'
    init_default_scope('mmseg')
    toy.draw(folder / 'data')
    gc.freeze()  # each fork would look through all that PyTorch made
    draw = random.Random(seed)
    rounds = [kill_once(folder, draw.uniform(0, 0.2)) for _ in range(count)]
    total = rounds[-1]['step'] + 3
    for name in ('killed', 'straight'):
        cfg = config(folder, name, total)
        toy.train(cfg, resume=name == 'killed')
    print(json.dumps({'rounds': rounds, 'total': total}))


if __name__ == '__main__':
    main()
