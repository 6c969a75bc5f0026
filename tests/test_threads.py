import ctypes
import gc
import signal
import sys
import threading
import time
from random import Random

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


class Alarm(Exception):
    pass


@pytest.fixture
def alarm():
    """Return a function that lets a signal's handler raise a bit later."""

    def handle(*_):
        raise Alarm

    before = signal.signal(signal.SIGALRM, handle)
    gc.disable()  # what its callbacks raise is dropped, and Hypothesis has one
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    gc.enable()
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(not hasattr(signal, 'SIGALRM'), reason='no such signal')
def test_what_a_signal_raises_is_raised_wherever_it_comes(way, alarm):
    """Before the first statement of what a thread calls, too."""
    if way == 'pool':
        pytest.skip('a lock of the standard library may stay taken')
    hook, random = sys.unraisablehook, Random(0)
    for _ in range(300):
        end = time.monotonic() + 20
        with pytest.raises(Alarm):
            alarm(random.uniform(1e-5, 1e-3))
            while time.monotonic() < end:
                threads.share(lambda: None, [()] * 4)
    assert sys.unraisablehook is hook


def test_tasks_that_no_thread_took_are_done(way, monkeypatch):
    monkeypatch.setattr(threads, '_openmp_parallel', lambda: lambda *_: None)
    done = []
    threads.share(done.append, [(i,) for i in range(9)])
    assert done == list(range(9))


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
    # Not exp, the first of which in a process MKL may compute with fewer
    # digits in one of several threads.
    values = torch.randn(200, 5000)
    expected = (values * values).sum()
    threads.share(lambda: None, [()] * 9)
    assert torch.equal((values * values).sum(), expected)


def test_without_the_library(monkeypatch):
    class Empty:
        def __init__(self, name):
            pass

    monkeypatch.setattr(ctypes, 'CDLL', Empty)
    assert threads._openmp_parallel.__wrapped__() is None
