import ctypes
import threading
import time

import pytest
import torch

from segplug import threads


@pytest.fixture
def number():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture(params=['OpenMP', 'pool', 'one thread'])
def way(request, monkeypatch, number):
    number(1 if request.param == 'one thread' else 3)
    if request.param == 'OpenMP' and threads._openmp_parallel() is None:
        pytest.skip('this PyTorch has no such library')
    if request.param == 'pool':
        monkeypatch.setattr(threads, '_openmp_parallel', lambda: None)
    return request.param


@pytest.mark.parametrize('count', [0, 1, 2, 100])
def test_each_task_is_done_once(way, count):
    done = []
    tasks = [(i, -i) for i in range(count)]
    threads.share(lambda *task: done.append(task), iter(tasks))
    assert sorted(done) == tasks


def test_threads_work_at_the_same_time(way):
    number = torch.get_num_threads()
    meeting, names = threading.Barrier(number, timeout=20), set()

    def meet():
        meeting.wait()
        names.add(threading.get_ident())

    threads.share(meet, [()] * number)
    assert len(names) == number


def test_one_that_is_slow_is_left_to_it(way):
    """The others go on with the rest."""
    if way == 'one thread':
        pytest.skip('there is no other')
    rest, names = threading.Semaphore(0), []

    def work(is_slow):
        names.append((threading.get_ident(), is_slow))
        if is_slow:
            assert all(rest.acquire(timeout=20) for _ in range(50))
        else:
            rest.release()

    threads.share(work, [(i == 0,) for i in range(51)])
    (slow,) = (name for name, is_slow in names if is_slow)
    assert slow not in {name for name, is_slow in names if not is_slow}


@pytest.mark.parametrize('kind', [ValueError, KeyboardInterrupt])
def test_what_a_task_raises_is_raised(way, kind):
    done = []

    def work(i):
        if i == 3:
            raise kind('no')
        time.sleep(0.001)
        done.append(i)

    with pytest.raises(kind, match='no'):
        threads.share(work, [(i,) for i in range(20)])
    assert set(done) <= set(range(20)) - {3}


def test_in_another_thread(way):
    """As in that of the backward pass."""
    result = []
    other = threading.Thread(
        target=threads.share, args=(result.append, [(i,) for i in range(9)])
    )
    other.start()
    other.join(20)
    assert sorted(result) == list(range(9))


def test_pytorch_s_operations_are_right_afterwards(way):
    values = torch.randn(200, 5000)
    expected = values.exp().sum()
    threads.share(lambda: None, [()] * 9)
    assert torch.equal(values.exp().sum(), expected)


def test_without_the_library(monkeypatch):
    class Empty:
        def __init__(self, name):
            pass

    monkeypatch.setattr(ctypes, 'CDLL', Empty)
    assert threads._openmp_parallel.__wrapped__() is None
