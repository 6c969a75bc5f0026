import subprocess
import sys
import time
from pathlib import Path

import pytest

from segplug.engine.process_errors import explain_process
from tests.tools.runs import ROOT, environment
from tests.tools.test_distributed import free_port


def run(*words):
    """Run a Python module and return what it did."""
    return subprocess.run(
        [sys.executable, '-m', *map(str, words)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_a_killed_worker_is_told_with_its_number(toy_data, tmp_path):
    """In a process of its own.

    PyTorch tells it from a signal handler, at any place of the program and
    once more whenever a process ends, as long as the loader lives.
    """
    done = run('tests.engine.worker_in_trouble', toy_data, tmp_path)
    pid = (tmp_path / 'pid').read_text()
    assert done.returncode == 1, done.stderr[-3000:]
    *_, last = done.stderr.splitlines()
    assert last.startswith('error: A worker process of the data loader (pid')
    assert pid in last and '--resume' in last and 'memory' in last
    assert 'Traceback' not in done.stderr, done.stderr[-3000:]


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
    done = run(
        *('tests.engine.impatient_torchrun', '--nproc_per_node', 2),
        *('--master_port', free_port()),
        *('-m', 'tests.engine.ranks_in_trouble', toy_data, tmp_path, how),
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


def test_weights_that_one_rank_alone_finds_bad_end_all(toy_data, tmp_path):
    """Ranks that the error did not reach would wait for the next step."""
    done = run(
        *('torch.distributed.run', '--nproc_per_node', 2),
        *('--master_port', free_port()),
        *('-m', 'tests.engine.ranks_in_trouble', toy_data, tmp_path, 'spoil'),
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    ended = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert ended == {
        f'{keeper}_{rank}'
        for keeper in ('checkpoint', 'stopping')
        for rank in (0, 1)
    }
