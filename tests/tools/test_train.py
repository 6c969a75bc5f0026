import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from PIL import Image

from tests.tools.runs import MAIN, ROOT, TINY, environment, tool

WORK = 'work_dirs/dlv3p_r50_lovasz_pascalpart'


def scalars(folder):
    """Return the logged scalars of the newest run."""
    files = sorted(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for line in files[-1].read_text().splitlines()]


def test_console_is_readable_and_the_log_complete(trained):
    output = (trained / 'console.txt').read_text()
    assert 'Iter(train) [1/4]' in output and 'loss_lovasz' in output
    assert 'mIoU' in output
    assert len(output.splitlines()) < 25
    for noise in ('Warning', 'pkg_resources', 'System environment', 'init_'):
        assert noise not in output
    log = next((trained / WORK).glob('*/*.log')).read_text()
    for kept in ('System environment', 'Config:', 'deprecated'):
        assert kept in log


def test_losses_are_logged(trained):
    steps = [s for s in scalars(trained / WORK) if 'loss' in s]
    assert [s['iter'] for s in steps] == [1, 2, 3, 4]
    for step in steps:
        parts = [v for k, v in step.items() if '.loss' in k]
        assert len(parts) == 3  # cross-entropy twice, Lovász once
        assert abs(sum(parts) - step['loss']) < 1e-3


def wait_for(path, process, seconds=120):
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.stack
def test_killed_run_is_resumed_and_tested(here):
    work = here / WORK
    endless = [*TINY, 'train_cfg.max_iters=1000']
    process = subprocess.Popen(
        [sys.executable, ROOT / 'tools/train.py', MAIN]
        + ['--cfg-options', *endless],
        cwd=here,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # The third save: then the second is complete whatever the moment.
    wait_for(work / 'iter_6.pth', process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    if (work / 'iter_6.pth').exists():
        (work / 'iter_6.pth').unlink()  # it may have been cut short

    more = [*TINY, 'train_cfg.max_iters=6', 'train_cfg.val_interval=6']
    output = tool(
        'train.py', MAIN, '--resume', '--cfg-options', *more, cwd=here
    )
    assert 'resumed epoch: 0, iter: 4' in output
    assert '[5/6]' in output and '[4/6]' not in output
    tool(
        'test.py', MAIN, work / 'iter_6.pth', '--cfg-options', *TINY, cwd=here
    )


def test_resume_auto_starts_afresh(here):
    options = [*TINY, 'train_cfg.max_iters=1', 'train_cfg.val_interval=1']
    output = tool(
        'train.py',
        MAIN,
        *('--resume', 'auto', '--cfg-options', *options),
        cwd=here,
    )
    assert 'Iter(train) [1/1]' in output and 'resumed' not in output


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['--resume'], 'no checkpoint in work_dirs'),
        (['--resume', 'gone.pth'], 'no checkpoint gone.pth'),
        (['--pretrained', 'gone.pth'], 'no file gone.pth'),
        (
            ['--cfg-options', 'train_dataloader.dataset.data_root=gone'],
            'tools/make_synthetic.py pascal_part',
        ),
        (
            ['--cfg-options', 'train_cfg.max_itres=5'],
            'IterBasedTrainLoop has no setting "max_itres"',
        ),
        (
            ['--cfg-options', 'crop_size=(64,64)'],
            'train_dataloader.dataset.pipeline.3.crop_size',
        ),
        (
            ['--cfg-options', 'model.decode_head.num_classes=9', *TINY],
            'has num_classes=9, but PascalPersonPartDataset has 7',
        ),
        (
            ['--pretrained', 'http://127.0.0.1:9/r50.pth'],
            'place it at',
        ),
    ],
)
def test_mendable_errors(here, words, message):
    if '--cfg-options' not in words:
        words = [*words, '--cfg-options', *TINY[:-5], *TINY[-4:]]
        words = [w for w in words if not w.startswith('model.pretrained')]
    output = tool('train.py', MAIN, *words, cwd=here, status=1)
    assert 'error: ' in output and message in output
    assert 'Traceback' not in output


def test_a_config_in_the_place_of_a_checkpoint(here):
    output = tool('train.py', '--resume', MAIN, cwd=here, status=2)
    assert 'it comes first: CONFIG --resume' in output


def test_mixed_precision_on_the_cpu(here):
    options = [*TINY, 'train_cfg.max_iters=2', 'train_cfg.val_interval=2']
    tool('train.py', MAIN, '--amp', '--cfg-options', *options, cwd=here)
    losses = [s['loss'] for s in scalars(here / WORK) if 'loss' in s]
    assert len(losses) == 2 and all(0 < loss < 20 for loss in losses)


def test_a_segmentor_gives_its_backbone(here, trained):
    options = [*TINY, 'train_cfg.max_iters=1', 'train_cfg.val_interval=1']
    options = [o for o in options if not o.startswith('model.pretrained')]
    weights = trained / WORK / 'iter_4.pth'
    words = [MAIN, '--pretrained', weights, '--cfg-options', *options]
    tool('train.py', *words, cwd=here)
    log = next((here / WORK).glob('*/*.log')).read_text()
    assert re.search(r'ResNetV1c starts from (\d+) of its \1 weights', log)


def test_weights_that_fit_nothing_are_refused(here):
    torch.save({'encoder.weight': torch.zeros(1)}, here / 'other.pth')
    options = [o for o in TINY if not o.startswith('model.pretrained')]
    words = [MAIN, '--pretrained', 'other.pth', '--cfg-options', *options]
    output = tool('train.py', *words, cwd=here, status=1)
    assert 'No weight in other.pth' in output and 'Traceback' not in output


def test_a_bad_label_in_a_worker_process_is_one_sentence(prepared, here):
    (here / 'data').unlink()
    shutil.copytree(prepared / 'data', here / 'data')
    labels = here / 'data/pascal_part/labels'
    for path in labels.iterdir():
        Image.new('RGB', (52, 40)).save(path)
    options = [*TINY, 'train_dataloader.num_workers=1']
    words = [MAIN, '--cfg-options', *options]
    output = tool('train.py', *words, cwd=here, status=1)
    assert 'is a label of mode RGB' in output
    assert 'Traceback' not in output
