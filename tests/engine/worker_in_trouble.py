"""A training of which a worker process is killed, as if memory ran out.

Arguments: data, work folder.
"""

import os
import signal
import sys
from pathlib import Path

from mmengine.registry import TRANSFORMS

from segplug.engine import launch
from tests.engine import toy


@TRANSFORMS.register_module()
class Deadly:
    """Kill the worker process that has to load its third sample."""

    seen = 0

    def __init__(self, flag):
        self.flag = Path(flag)

    def __call__(self, results):
        self.seen += 1
        if self.seen == 3:
            self.flag.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return results


def main():
    data, folder = sys.argv[1:]
    cfg = toy.config(data, Path(folder) / 'run', iters=50, workers=1)
    deadly = dict(type='Deadly', flag=str(Path(folder) / 'pid'))
    cfg.train_dataloader.dataset.pipeline.insert(0, deadly)
    toy.train(cfg)


if __name__ == '__main__':
    launch.run(main)
