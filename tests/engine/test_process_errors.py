import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from torch.utils.data import DataLoader

from segplug.engine.process_errors import explain_process
from tests.tools.runs import ROOT, environment
from tests.tools.test_distributed import free_port


class Dying:
    """Its worker process is killed, as by a system short of memory."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return index


def test_a_killed_worker_is_told_with_its_number():
    with pytest.raises(RuntimeError) as caught:
        list(DataLoader(Dying(), num_workers=1))
    message = explain_process(caught.value)
    assert 'was killed (Killed)' in message or 'ended unexpectedly' in message
    assert 'memory' in message and '--resume' in message


@pytest.mark.parametrize(
    ('text', 'wanted'),
    [
        (
            'DataLoader worker (pid 7) is killed by signal: Bus error. It is '
            'possible that dataloader workers are out of shared memory.',
            '--shm-size',
        ),
        (
            'unable to write to file </torch_7_2_0>: No space left on device',
            '--shm-size',
        ),
        ('CUDA out of memory. Tried to allocate 2.00 GiB', 'batch_size'),
        ('Timed out waiting 1800000ms for recv operation', 'after 1800 s'),
        (
            '[Rank 0] Watchdog caught collective operation timeout',
            'dist_cfg.timeout',
        ),
        ('gloo: Connection closed by peer [127.0.0.1]:8', 'process of the'),
    ],
)
def test_messages_of_pytorch(text, wanted):
    assert wanted in explain_process(RuntimeError(text))


@pytest.mark.parametrize('text', ['', 'shape mismatch', 'killed'])
def test_other_errors_stay_what_they_are(text):
    assert explain_process(RuntimeError(text)) is None


@pytest.mark.parametrize('how', ['kill', 'stop'])
def test_a_rank_that_dies_or_hangs_ends_all(toy_data, tmp_path, how):
    command = [
        *(sys.executable, '-m', 'torch.distributed.run'),
        *('--nproc_per_node', '2', '--master_port', str(free_port())),
        *('-m', 'tests.engine.ranks_in_trouble'),
        *(str(toy_data), str(tmp_path), how),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    output = done.stdout + done.stderr
    assert done.returncode != 0
    if how == 'stop':
        assert 'gave up after 8 s waiting' in output, output[-3000:]
    else:
        assert 'Signal 9' in output or 'SIGKILL' in output
    pids = [int(path.name) for path in (tmp_path / 'pids').iterdir()]
    assert len(pids) == 2
    end = time.monotonic() + 20
    while any(Path(f'/proc/{pid}').exists() for pid in pids):
        assert time.monotonic() < end, 'an orphan is left'
        time.sleep(0.2)
