"""SIGTERM and Ctrl-C, as batch systems and people send them."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from mmengine.config import Config

from segplug.engine import ranks, run_lock
from segplug.engine.checkpoints import find
from segplug.engine.interruption import Interruption
from segplug.engine.resume.workers import Shielded
from segplug.engine.run_lock import RunLock, WorkDirInUseError, is_locked
from tests.engine import toy
from tests.engine.same import assert_same
from tests.tools.runs import ROOT, environment, run

TRAIN = ROOT / 'tools/train.py'
HOOKS = [
    dict(type='Recorder'),
    dict(type='EMAHook', momentum=0.1, update_buffers=True),
]


def start(*words, cwd):
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        [str(word) for word in words],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(flag, process, seconds=120):
    end = time.monotonic() + seconds
    while not flag.exists():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.02)
    return int(flag.read_text())


def last(folder):
    return find.pointed(folder)


def make(tmp_path, toy_data, **changes):
    """Return the configs of a run that pauses and of one that does not."""
    pause = changes.pop('pause')
    changes = {
        'randomness': dict(seed=7),
        'default_hooks.checkpoint.interval': 3,
        **changes,
    }
    flag = tmp_path / 'flag'
    hooks = [*HOOKS, dict(type='Pause', flag=str(flag), **pause)]
    cfg = toy.config(toy_data, tmp_path / 'two', custom_hooks=hooks, **changes)
    straight = toy.config(
        toy_data, tmp_path / 'one', custom_hooks=HOOKS, **changes
    )
    return toy.write(cfg, tmp_path / 'toy.py'), flag, cfg, straight


@pytest.mark.parametrize(
    ('number', 'options', 'pause', 'step'),
    [
        pytest.param(
            *(signal.SIGTERM, dict(workers=2), dict(after=5), 5),
            marks=pytest.mark.stack,
        ),
        (signal.SIGINT, {}, dict(after=4, validating=True), 4),
        (signal.SIGTERM, dict(epochs=3), dict(after=7), 7),
    ],
)
@pytest.mark.usefixtures('quick_start')
def test_interrupted_and_resumed(
    tmp_path, toy_data, number, options, pause, step
):
    """All processes get the signal, workers too."""
    config, flag, cfg, straight = make(
        tmp_path, toy_data, pause=pause, **options
    )
    process = start(sys.executable, TRAIN, config, cwd=tmp_path)
    wait_for(flag, process)
    os.killpg(process.pid, number)
    output = process.communicate(timeout=100)[0]
    assert process.returncode == 128 + number, output
    assert 'Traceback' not in output
    saved = tmp_path / 'two' / f'iter_{step}.pth'
    assert f'its state is in {saved}. Go on with the same command' in output
    assert find.newest(tmp_path / 'two') == saved
    toy.train(cfg, resume=True)
    toy.train(straight)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))


def test_a_second_signal_ends_at_once_and_a_second_run_is_refused(
    tmp_path, toy_data
):
    pause = dict(after=5, seconds=300)
    config, flag, *_ = make(tmp_path, toy_data, pause=pause, workers=1)
    process = start(sys.executable, TRAIN, config, cwd=tmp_path)
    wait_for(flag, process)

    before = set(os.listdir(tmp_path / 'two'))
    saved = find.newest(tmp_path / 'two')
    text = run(sys.executable, TRAIN, config, cwd=tmp_path, status=1)
    assert 'error: ' in text and 'Traceback' not in text
    assert f'process {process.pid} on' in text
    assert is_locked(tmp_path / 'two')
    assert before <= set(os.listdir(tmp_path / 'two'))

    os.killpg(process.pid, signal.SIGINT)
    for line in process.stdout:
        if 'Once more ends at once' in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert process.returncode == -signal.SIGINT
    assert 'Traceback' not in output
    assert find.newest(tmp_path / 'two') == saved
    assert not is_locked(tmp_path / 'two')


@pytest.mark.stack
def test_with_the_unmodified_tool_of_mmsegmentation(tmp_path, toy_data, mim):
    config, flag, cfg, straight = make(tmp_path, toy_data, pause=dict(after=5))
    command = [sys.executable, mim / 'tools/train.py', config]
    process = start(*command, cwd=tmp_path)
    os.kill(wait_for(flag, process), signal.SIGINT)
    output = process.communicate(timeout=100)[0]
    assert process.returncode == 130 and 'Traceback' not in output
    output = run(*command, '--resume', cwd=tmp_path)
    assert 'resumed epoch: 0, iter: 5' in output
    toy.train(straight)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))

    output = run(*command, '--resume', cwd=tmp_path)
    assert 'is complete, at iteration 12 of 12' in output
    assert 'Iter(train)' not in output


def test_signals_are_noted_once_and_handlers_put_back(capfd):
    former = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with Interruption() as interruption:
        assert interruption.asked() is None
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.asked() == signal.SIGTERM
        for number in (signal.SIGINT, signal.SIGTERM):
            assert signal.getsignal(number) == signal.SIG_DFL
    after = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    assert after == former


@pytest.fixture
def group(tmp_path):
    """A distributed run of one process."""
    store = dist.FileStore(str(tmp_path / 'store'), 1)
    dist.init_process_group('gloo', store=store, rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures('group')
def test_a_launcher_may_pass_on_what_all_processes_have_got(monkeypatch):
    former = signal.getsignal(signal.SIGTERM)
    sent = []
    try:
        with Interruption(timeout=6) as interruption:
            assert interruption.asked() is None
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
            assert interruption.asked() is None  # what was known before
            monkeypatch.setattr(os, 'kill', lambda *words: sent.append(words))
            interruption._note(signal.SIGTERM, None)
            assert not sent
            now = time.monotonic()
            monkeypatch.setattr(time, 'monotonic', lambda: now + 3)
            interruption._note(signal.SIGINT, None)
            assert sent == [(os.getpid(), signal.SIGINT)]
            assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
            monkeypatch.undo()
            assert interruption.asked() == signal.SIGTERM
        # The launcher ends the others as soon as one process has ended.
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
        limits = interruption._group._get_backend(torch.device('cpu')).options
        assert limits._timeout == timedelta(seconds=6)
    finally:
        signal.signal(signal.SIGTERM, former)


def is_pending(process, number):
    """Tell whether a signal was sent that the process has not taken yet."""
    lines = Path(f'/proc/{process}/status').read_text().splitlines()
    (mask,) = (line.split()[1] for line in lines if 'ShdPnd' in line)
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.parametrize('obeyed', [True, False])
def test_workers_obey_their_parent_alone(obeyed):
    (reading, writing), (asked, ask) = os.pipe(), os.pipe()
    worker = os.fork()
    if worker == 0:
        Shielded(lambda _: os.write(writing, b'.'))(0)
        os.write(writing, os.read(asked, 1))
        time.sleep(100)
        os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    os.kill(worker, signal.SIGINT)
    if obeyed:
        os.kill(worker, signal.SIGTERM)
        assert os.waitpid(worker, 0)[1] == 0
        return
    for _ in range(2):  # takes the second one when it has dismissed the first
        subprocess.run(['kill', '-TERM', str(worker)], check=True)
        while is_pending(worker, signal.SIGTERM):
            time.sleep(0.01)
    os.write(ask, b'?')
    assert os.read(reading, 1) == b'?', 'the worker has ended'
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def test_lock_of_one_process(tmp_path):
    with RunLock(tmp_path / 'new') as lock:
        lock.acquire()
        with pytest.raises(WorkDirInUseError, match='this process'):
            RunLock(tmp_path / 'new').acquire()
        assert not is_locked(tmp_path / 'new')  # not by another one
    with RunLock(tmp_path / 'new') as lock:
        lock.acquire()


def test_a_look_at_a_lock_is_not_taken_for_a_run(tmp_path, monkeypatch):
    lock, answers = run_lock._lock, [False, False]
    monkeypatch.setattr(
        run_lock,
        '_lock',
        lambda file: answers.pop() if answers else lock(file),
    )
    with RunLock(tmp_path) as held:
        held.acquire()
        assert not answers


def test_a_claim_holds_until_the_process_ends(tmp_path):
    source = (
        'import sys, time\n'
        'from segplug.engine.run_lock import claim\n'
        'words = sys.argv[1], "best"\n'
        'print(claim(*words), claim(*words), flush=True)\n'
        'time.sleep(100)\n'
    )
    owner = start(sys.executable, '-c', source, tmp_path, cwd=tmp_path)
    assert owner.stdout.readline() == 'True True\n'
    assert not run_lock.claim(tmp_path, 'best')
    assert run_lock.claim(tmp_path, 'last')
    owner.kill()
    owner.wait()
    assert run_lock.claim(tmp_path, 'best')


def test_the_config_is_that_of_the_run_that_holds_the_folder(
    tmp_path, toy_data
):
    """The other one may have written its own before it was refused."""
    cfg = toy.config(toy_data, tmp_path / 'run', iters=1)
    path = toy.write(cfg, tmp_path / 'toy.py')
    cfg = Config.fromfile(path)
    runner = toy.SegRunner.from_cfg(cfg)
    dumped = tmp_path / 'run' / 'toy.py'
    text = dumped.read_text()
    dumped.write_text('other = True\n')
    runner.train()
    assert dumped.read_text() == text


def test_all_processes_start_where_the_main_one_does(
    tmp_path, toy_data, monkeypatch
):
    """One may find a checkpoint that another one did not find yet."""
    cfg = toy.config(toy_data, tmp_path / 'run', iters=6)
    toy.train(cfg)
    from_main, wanted = ranks.from_main, str(last(tmp_path / 'run'))

    def told(function):
        result = from_main(function)
        return (True, wanted) if result == (False, None) else result

    monkeypatch.setattr(ranks, 'from_main', told)
    cfg.train_cfg.max_iters = 8
    resumed = toy.train(cfg)
    assert list(toy.recorder(resumed).files) == [7, 8]


def test_a_lock_ends_with_its_process_although_children_live(tmp_path):
    source = (
        'import os, sys, time\n'
        'from segplug.engine.run_lock import RunLock\n'
        'lock = RunLock(sys.argv[1])\n'
        'lock.acquire()\n'
        'child = os.fork()\n'
        'if child: print(child, flush=True)\n'
        'time.sleep(100)\n'
    )
    owner = start(sys.executable, '-c', source, tmp_path, cwd=tmp_path)
    child = int(owner.stdout.readline())
    try:
        with pytest.raises(WorkDirInUseError, match=f'process {owner.pid} on'):
            RunLock(tmp_path).acquire()
        owner.kill()
        owner.wait()
        with RunLock(tmp_path) as lock:
            lock.acquire()
    finally:
        os.kill(child, signal.SIGKILL)
