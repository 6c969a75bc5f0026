"""Two processes are interrupted together and resume together."""

import os
import signal
import sys

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints import find
from tests.engine.same import assert_same
from tests.engine.test_interruption import make, start, wait_for
from tests.tools.runs import ROOT, run
from tests.tools.test_distributed import free_port


def command(config, *words):
    launcher = [sys.executable, '-m', 'torch.distributed.run']
    launcher += ['--nproc-per-node', '2', '--master-port', str(free_port())]
    train = [ROOT / 'tools/train.py', config, '--launcher', 'pytorch']
    return [*launcher, *train, *words]


def test_one_rank_gets_the_signal_and_both_end(tmp_path, toy_data):
    """They agree on it one iteration later, and lose nothing."""
    config, flag, *_ = make(tmp_path, toy_data, pause=dict(after=5))
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
