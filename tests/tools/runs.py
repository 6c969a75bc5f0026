"""Run the command-line tools on a tiny data set, as a person would."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / 'configs'
MAIN = CONFIGS / 'dlv3p_r50_lovasz_pascalpart.py'

LOADERS = ('train', 'val', 'test')
TINY = [
    *(f'{name}_dataloader.num_workers=0' for name in LOADERS),
    *(f'{name}_dataloader.persistent_workers=False' for name in LOADERS),
    'train_dataloader.batch_size=2',
    'train_dataloader.dataset.pipeline.2.scale=(64,32)',
    'train_dataloader.dataset.pipeline.3.crop_size=(32,32)',
    'val_dataloader.dataset.pipeline.1.scale=(64,32)',
    'test_dataloader.dataset.pipeline.1.scale=(64,32)',
    'model.data_preprocessor.size=(32,32)',
    'model.pretrained=None',
    'train_cfg.max_iters=4',
    'train_cfg.val_interval=4',
    'default_hooks.checkpoint.interval=2',
    'default_hooks.logger.interval=1',
]


def environment():
    path = os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')])
    return {
        **os.environ,
        'PYTHON': sys.executable,  # for the launchers
        'PYTHONPATH': path,
        'OMP_NUM_THREADS': '1',
    }


def run(*words, cwd, status=0):
    """Run a command and return its output, status checked."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    output = done.stdout + done.stderr
    assert done.returncode == status, output[-4000:]
    return output


def tool(name, *words, cwd, status=0):
    """Run one of the project's Python tools."""
    return run(
        sys.executable, ROOT / 'tools' / name, *words, cwd=cwd, status=status
    )
