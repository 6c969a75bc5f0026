import os
import signal
import sys
from contextlib import closing

import pytest

from segplug.parallel import WorkerError, parallel_map

linux = pytest.mark.skipif(
    sys.platform != 'linux', reason='needs forked workers'
)


def run(function, tasks, workers):
    with closing(
        parallel_map(function, tasks, workers=workers, description='test')
    ) as results:
        return list(results)


def square(number):
    return number**2, os.getpid()


def stumble(number):
    if number == 3:
        raise LookupError(f'{number} is not wanted')
    return number


def die(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize('workers', [1, 2, 9])
@pytest.mark.parametrize('count', [0, 1, 7])
def test_each_task_has_its_result(workers, count):
    results = run(square, list(range(count)), workers)
    values = {task: value for task, (value, _) in results}
    assert len(results) == count
    assert values == {number: number**2 for number in range(count)}
    inside = {process == os.getpid() for _, (_, process) in results}
    assert inside <= {workers == 1 or count == 1}


@pytest.mark.parametrize('workers', [1, 2])
def test_what_a_task_raises_is_raised(workers):
    with pytest.raises(LookupError, match='3 is not wanted'):
        run(stumble, [1, 2, 3, 4], workers)


@linux
def test_a_dead_worker_is_told():
    with pytest.raises(WorkerError, match='died, .* fewer --workers'):
        run(die, [1, 2, 3, 4], 2)
