"""Long runs hold what short ones hold."""

import gc
import sys
import time

import pytest

from segplug.benchmarks import load

MIB = 2**20

pytestmark = pytest.mark.skipif(
    sys.platform != 'linux', reason='measured by /proc'
)


def test_memory_of_an_evaluation_does_not_grow():
    measured = load.evaluate(2000, (48, 64), borders=False)
    settled = next(item for item in measured if item.at >= 500)
    assert measured[-1].at == 2000
    assert measured[-1].memory - settled.memory < 10 * MIB
    assert measured[-1].descriptors == settled.descriptors


def test_descriptors_of_a_training(tmp_path):
    """The same at every interval, and none left but the log file."""
    during, before, after = load.train(tmp_path, 200, 2, interval=20)
    end = time.monotonic() + 60
    while load.usage(200).workers > before.workers:  # they are told to end
        assert time.monotonic() < end, 'a worker is left'
        time.sleep(0.1)
    gc.collect()  # the batches under way
    after = load.usage(200)
    assert len({item.descriptors for item in during[1:]}) == 1
    assert after.descriptors <= before.descriptors + 1  # the log file
    # Other tests of this process may have left workers of their own.
    assert during[-1].workers > before.workers


def test_freed_memory_is_not_counted():
    """Though the block above it keeps the heap from shrinking."""
    start = load.usage(0)
    blocks = [b'x' * 100_000 for _ in range(600)]
    last = blocks.pop()
    full = load.usage(1)
    del blocks
    assert full.memory - start.memory > 50 * MIB
    assert load.usage(2).memory - start.memory < 10 * MIB, len(last)


def test_what_leaks_is_seen(tmp_path):
    start = load.usage(0)
    leak = [open(tmp_path / str(i), 'w') for i in range(3)]
    memory = b'x' * (32 * MIB)
    end = load.usage(1)
    assert end.descriptors == start.descriptors + len(leak)
    assert end.memory - start.memory > 30 * MIB, len(memory)
    for file in leak:
        file.close()
