"""Two processes are interrupted together and resume together."""

import os
import signal
import sys
from pathlib import Path

import pytest

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints import find
from tests.engine import toy
from tests.engine.same import assert_same
from tests.engine.test_interruption import make, start, wait_for
from tests.tools.runs import ROOT, run
from tests.tools.test_distributed import free_port


def command(config, *words):
    launcher = [sys.executable, '-m', 'torch.distributed.run']
    launcher += ['--nproc-per-node', '2', '--master-port', str(free_port())]
    train = [ROOT / 'tools/train.py', config, '--launcher', 'pytorch']
    return [*launcher, *train, *words]


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_all_and_their_launcher_get_the_signal(tmp_path, toy_data, number):
    """As from batch systems and terminals; the launcher passes it on, too."""
    config, flag, *_ = make(tmp_path, toy_data, pause=dict(after=5))
    process = start(*command(config), cwd=tmp_path)
    wait_for(flag, process)
    os.killpg(process.pid, number)  # the ranks are groups of their own
    children = Path(f'/proc/{process.pid}/task/{process.pid}/children')
    for child in children.read_text().split():
        os.kill(int(child), number)
    output = process.communicate(timeout=100)[0]
    assert process.returncode != 0
    assert 'its state is in' in output
    saved = find.newest(tmp_path / 'two')
    assert saved is not None and saved.name == 'iter_6.pth'


@pytest.mark.usefixtures('quick_start')
def test_one_rank_gets_the_signal_and_both_end(tmp_path, toy_data):
    """They agree on it one iteration later, and lose nothing."""
    config, flag, cfg, straight = make(tmp_path, toy_data, pause=dict(after=5))
    process = start(*command(config), cwd=tmp_path)
    os.kill(wait_for(flag, process), signal.SIGTERM)
    output = process.communicate(timeout=100)[0]
    assert process.returncode != 0
    assert 'ended by a signal after iteration 6' in output
    saved = find.newest(tmp_path / 'two')
    assert saved.name == 'iter_6.pth'
    states = safe_load(str(saved))['segplug']['rng']
    assert len(states) == 2

    resume = ['--resume', '--work-dir', tmp_path / 'two']
    output = run(*command(config, *resume), cwd=tmp_path)
    assert output.count('resumed epoch: 0, iter: 6') == 1
    run(*command(config, '--work-dir', tmp_path / 'one'), cwd=tmp_path)
    assert_same(tmp_path / 'one/iter_12.pth', tmp_path / 'two/iter_12.pth')

    # On in one process: 12 iterations of two times two samples are 24 of two.
    cfg.train_cfg.max_iters, straight.train_cfg.max_iters = 14, 26
    resumed = toy.train(cfg, resume=True)
    straight.work_dir = str(tmp_path / 'three')
    files = toy.recorder(toy.train(straight)).files
    assert toy.recorder(resumed).files == {13: files[25], 14: files[26]}
    log = Path(resumed.log_dir, f'{resumed.timestamp}.log').read_text()
    assert 'saved with 4 samples an iteration' in log
    assert 'random states of 2 processes, this run has 1' in log
