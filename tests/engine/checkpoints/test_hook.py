"""The hook in real runs of the toy, with a disk that fails it."""

import os
import re
import subprocess
from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import Hook

from segplug.compat import log_files
from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints import files, find
from segplug.engine.checkpoints.files import CheckpointWriteError
from segplug.engine.checkpoints.hook import SafeCheckpointHook
from segplug.engine.checkpoints.removals import DeferredRemovals
from segplug.engine.plateau import Score
from segplug.engine.stopping_state import StoppingState
from tests.engine import toy
from tests.engine.checkpoints.test_files import largest_file

pytestmark = pytest.mark.usefixtures('quick_start')

SEED = dict(randomness=dict(seed=7))


def names(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


@pytest.fixture
def order(monkeypatch):
    """Record what is put in place and removed, in which order."""
    events = []
    write = files.write

    def recorded(checkpoint, path):
        write(checkpoint, path)
        events.append(('write', os.path.basename(path)))

    monkeypatch.setattr(files, 'write', recorded)
    execute = DeferredRemovals.execute

    def removing(self, *, but=()):
        waiting = [os.path.basename(path) for path in self._waiting]
        execute(self, but=but)
        events.extend(('remove', name) for name in waiting)

    monkeypatch.setattr(DeferredRemovals, 'execute', removing)
    return events


def test_old_files_go_after_new_ones_are_there(tmp_path, toy_data, order):
    toy.train(toy.config(toy_data, tmp_path, **SEED))
    for number, (what, name) in enumerate(order):
        if what == 'remove' and name.startswith('iter'):
            step = int(name[5:-4])
            assert ('write', f'iter_{step + 4}.pth') in order[:number]
        if what == 'remove' and name.startswith('best'):
            assert order[number - 1][1].startswith('best')
    assert [name for what, name in order if what == 'remove']
    assert names(tmp_path)[1:] == ['iter_10.pth', 'iter_12.pth']


class SmallDisk(Hook):
    """Let files grow to 1 kB only from one iteration to another."""

    priority = 'HIGHEST'

    def __init__(self, begin, end=10**9):
        self.begin, self.end, self.limit = begin, end, None

    def after_train_iter(self, runner, *args, **kwargs):
        if runner.iter + 1 == self.begin:
            self.limit = largest_file(1000)
            self.limit.__enter__()
        if runner.iter + 1 == self.end:
            self.close()

    def close(self):
        if self.limit is not None:
            self.limit.__exit__(None, None, None)
            self.limit = None


@pytest.fixture
def small_disk(request):
    hooks = []

    def build(begin, **kwargs):
        hooks.append(SmallDisk(begin, **kwargs))
        return hooks[-1]

    yield build
    for hook in hooks:
        hook.close()


def run(cfg, hook, *, resume=False):
    """Train with a hook, without a log file."""
    cfg.custom_hooks = [dict(type='Recorder')]
    cfg.resume, cfg.experiment_name = resume, f'disk{id(hook)}'
    runner = toy.SegRunner.from_cfg(cfg)
    for handler in [*runner.logger.handlers]:
        if hasattr(handler, 'baseFilename'):
            runner.logger.removeHandler(handler)
    runner.register_hook(hook)
    runner.train()
    return runner


def test_a_full_disk_stops_the_run(tmp_path, toy_data, small_disk):
    cfg = toy.config(toy_data, tmp_path, **SEED)
    with pytest.raises(CheckpointWriteError, match='iter_8.pth .* --resume'):
        run(cfg, small_disk(7))
    last = find.newest(tmp_path)
    assert last.name == 'iter_6.pth' == find.pointed(tmp_path).name
    assert 'iter_4.pth' in names(tmp_path)
    assert not list(tmp_path.glob('.*.tmp*'))


def test_a_full_disk_may_be_survived(tmp_path, toy_data, small_disk):
    """Saves at 8 and the best weights of then are lost, later ones are not."""
    cfg = toy.config(toy_data, tmp_path / 'two', **SEED)
    cfg.default_hooks.checkpoint.on_write_error = 'continue'
    runner = run(cfg, small_disk(7, end=9))
    assert runner.iter == 12
    assert names(tmp_path / 'two')[-2:] == ['iter_10.pth', 'iter_12.pth']
    assert find.newest(tmp_path / 'two').name == 'iter_12.pth'
    best = runner.message_hub.get_info('best_ckpt')
    assert os.path.isfile(best)
    scores = toy.recorder(runner).scores
    scores.pop(8)
    assert runner.message_hub.get_info('best_score') == max(scores.values())


def test_lines_of_the_log_that_find_no_room(
    tmp_path, toy_data, small_disk, monkeypatch
):
    """The run goes on, and says so once."""
    cfg = toy.config(toy_data, tmp_path, **SEED)
    cfg.default_hooks.checkpoint.on_write_error = 'continue'
    said = []
    monkeypatch.setattr(log_files, 'print_log', lambda *a: said.append(a[0]))
    assert run(cfg, small_disk(5, end=9)).iter == 12
    (path,) = tmp_path.glob('*/vis_data/scalars.json')
    steps = re.findall(r'"step": (\d+)}\n', path.read_text())
    assert {'1', '2', '12'} <= set(steps) and '8' not in steps
    assert len(said) == 1 and 'will have gaps' in said[0]


STOPPING = dict(type='RestoringEarlyStoppingHook', patience=None)


def test_best_weights_that_find_no_room(tmp_path, toy_data, small_disk):
    """Training goes on, and ends with the best of those that were kept."""
    cfg = toy.config(toy_data, tmp_path, **SEED)
    cfg.default_hooks.checkpoint.on_write_error = 'continue'
    cfg.default_hooks.checkpoint.save_best = None
    cfg.default_hooks.stopping = STOPPING
    runner = run(cfg, small_disk(7, end=9))
    assert runner.iter == 12
    scores = toy.recorder(runner).scores
    scores.pop(8)
    best = max(scores, key=scores.get)
    kept = safe_load(str(tmp_path / 'best_weights.pth'))
    assert kept['meta']['best_weights']['step'] == best
    for name, value in kept['state_dict'].items():
        assert torch.equal(runner.model.state_dict()[name], value)


def test_best_weights_that_find_no_room_stop_the_run(
    tmp_path, toy_data, small_disk
):
    cfg = toy.config(toy_data, tmp_path, **SEED)
    cfg.default_hooks.checkpoint.interval = 12
    cfg.default_hooks.checkpoint.save_best = None
    cfg.default_hooks.stopping = STOPPING
    with pytest.raises(CheckpointWriteError, match='best_weights.pth.*resume'):
        run(cfg, small_disk(3))


def test_a_history_that_finds_no_room(tmp_path, toy_data, small_disk):
    state = StoppingState('mIoU', history=[Score(n, 1.0) for n in range(999)])
    small_disk(1).after_train_iter(SimpleNamespace(iter=0))
    with pytest.raises(CheckpointWriteError, match='stopping.json.*too large'):
        state.write(tmp_path)


@pytest.fixture
def tiny_disk(tmp_path):
    folder = tmp_path / 'disk'
    folder.mkdir()
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip('may not mount a file system')
    yield folder
    subprocess.run(['umount', '-l', str(folder)], check=True)


def test_a_file_system_that_fills_up(tiny_disk, toy_data):
    """All files are kept, each of about 30 kB: the disk fills up."""
    cfg = toy.config(
        toy_data,
        tiny_disk / 'run',
        **{'default_hooks.checkpoint.max_keep_ckpts': -1, 'iters': 40},
        **SEED,
    )
    with pytest.raises(CheckpointWriteError, match='No space left on device'):
        run(cfg, Hook())
    last = find.newest(tiny_disk / 'run')
    assert last is not None and files.fault(last) is None
    for path in (tiny_disk / 'run').glob('iter_*.pth'):
        if path != last:
            path.unlink()
    cfg.train_cfg.max_iters = int(last.name[5:-4]) + 2
    resumed = run(cfg, Hook(), resume=True)
    assert resumed.iter == cfg.train_cfg.max_iters
    assert len(toy.recorder(resumed).losses) == 2


def test_checkpoints_load_without_trust(tmp_path, toy_data):
    toy.train(toy.config(toy_data, tmp_path, iters=2))
    torch.load(tmp_path / 'iter_2.pth', weights_only=False)
    state = safe_load(str(tmp_path / 'iter_2.pth'))['segplug']
    assert set(state['rng'][0]) >= {'python', 'numpy', 'torch'}


class Secretive(Hook):
    """Has a state that no restricted loader builds."""

    def state_dict(self):
        return {'path': __import__('pathlib').Path('/')}

    def load_state_dict(self, state):
        self.loaded = state


class Counting(Hook):
    """Has a state."""

    def __init__(self):
        self.count = 0

    def after_train_iter(self, runner, *args, **kwargs):
        self.count += 1

    def state_dict(self):
        return {'count': self.count}

    def load_state_dict(self, state):
        self.count = state['count']


def test_states_of_hooks(tmp_path, toy_data):
    cfg = toy.config(toy_data, tmp_path, iters=6, **SEED)
    run(cfg, Counting())
    cfg.train_cfg.max_iters = 8
    runner = run(cfg, Counting(), resume=True)
    (hook,) = (h for h in runner.hooks if isinstance(h, Counting))
    assert hook.count == 8


def test_a_state_that_could_not_be_loaded_is_noticed(tmp_path, toy_data):
    cfg = toy.config(toy_data, tmp_path, iters=2)
    cfg.experiment_name = 'secretive'
    runner = toy.SegRunner.from_cfg(cfg)
    runner.register_hook(Secretive())
    said = []
    runner.logger.warning = said.append
    runner.train()
    assert any('resume only with --trust-checkpoint' in text for text in said)


def test_forged_names_lead_to_no_file_outside(tmp_path, toy_data):
    """A resume removes what the checkpoint names, if it may name it."""
    folder, victim = tmp_path / 'run', tmp_path / 'best_mIoU_iter_1.pth'
    cfg = toy.config(toy_data, folder, iters=4, **SEED)
    toy.train(cfg)
    victim.touch()
    checkpoint = safe_load(str(folder / 'iter_4.pth'))
    checkpoint['segplug']['files'] = {
        'kept': ['../../x', 2],
        'best': {'best_ckpt': '../best_mIoU_iter_1.pth'},
    }
    checkpoint['message_hub']['runtime_info']['best_score'] = -9.0
    files.write(checkpoint, folder / 'iter_4.pth')
    cfg.train_cfg.max_iters = 8
    toy.train(cfg, resume=True)
    assert victim.is_file()


def test_wrong_option():
    with pytest.raises(ValueError, match="'stop' or 'continue', not 'ask'"):
        SafeCheckpointHook(on_write_error='ask')
