"""Resuming with another length, batch size, optimizer or number of ranks."""

import math

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoint_fit import CheckpointMismatchError
from segplug.engine.resume import loops
from tests.engine import toy
from tests.engine.same import assert_same

pytestmark = pytest.mark.usefixtures('quick_start')

POLY = dict(type='PolyLR', end=12, power=0.9, by_epoch=False)
WARM_UP = dict(
    type='LinearLR', start_factor=0.1, begin=0, end=4, by_epoch=False
)
SAVE = {
    'default_hooks.checkpoint.interval': 1,
    'default_hooks.checkpoint.max_keep_ckpts': -1,
}


@HOOKS.register_module()
class RateRecorder(Hook):
    """Note the learning rate that each iteration is to be stepped with."""

    def __init__(self):
        self.rates = {}

    def before_train_iter(self, runner, *args, **kwargs):
        self.rates[runner.iter + 1] = runner.optim_wrapper.get_lr()['lr'][0]


def config(data, folder, schedule=None, **options):
    """Ten images in batches of two: five iterations an epoch."""
    cfg = toy.config(data, folder, randomness=dict(seed=7), **options)
    cfg.merge_from_dict(SAVE)
    cfg.custom_hooks += [dict(type='RateRecorder')]
    if schedule:
        cfg.param_scheduler = schedule
    return cfg


def rates(runner):
    (hook,) = (h for h in runner.hooks if isinstance(h, RateRecorder))
    return hook.rates


def said(folder):
    """Return what all runs logged; two of one second share a file."""
    return ''.join(p.read_text() for p in sorted(folder.glob('*/*.log')))


def stretched(schedule, end):
    return [*schedule[:-1], dict(schedule[-1], end=end)]


@pytest.mark.parametrize('schedule', [[POLY], [WARM_UP, dict(POLY, begin=4)]])
def test_a_longer_run_has_the_rates_of_a_long_run(
    toy_data, tmp_path, schedule
):
    """MMEngine would train on with the last rate, which is zero."""
    first = config(toy_data, tmp_path / 'one', schedule, iters=12)
    assert rates(toy.train(first))[12] < 0.01
    longer = stretched(schedule, 20)
    cfg = config(toy_data, tmp_path / 'one', longer, iters=20)
    resumed = rates(toy.train(cfg, resume=True))
    cfg = config(toy_data, tmp_path / 'two', longer, iters=20)
    straight = rates(toy.train(cfg))
    assert sorted(resumed) == list(range(13, 21))
    for step, rate in resumed.items():
        assert math.isclose(rate, straight[step], rel_tol=1e-9), step
    text = said(tmp_path / 'one')
    assert 'PolyLR.end: 12 in the checkpoint, 20 in the config' in text
    assert 'goes on at iteration 12 as if the run had begun with it' in text


def test_another_first_rate(toy_data, tmp_path):
    toy.train(config(toy_data, tmp_path / 'one', iters=4))
    changed = {'optim_wrapper.optimizer.lr': 0.5, 'iters': 8}
    cfg = config(toy_data, tmp_path / 'one', **changed)
    resumed = rates(toy.train(cfg, resume=True))
    straight = rates(toy.train(config(toy_data, tmp_path / 'two', **changed)))
    for step, rate in resumed.items():
        assert math.isclose(rate, straight[step], rel_tol=1e-9), step
    assert 'base_values: [0.05] in the checkpoint' in said(tmp_path / 'one')


def test_the_same_schedule_is_left_alone(toy_data, tmp_path):
    """Rates that something else has set stay, as those of a rollback."""
    cfg = config(toy_data, tmp_path, iters=4)
    toy.train(cfg)
    path = tmp_path / 'iter_4.pth'
    cfg.train_cfg.max_iters = 6
    checkpoint = safe_load(str(path))
    checkpoint['optimizer']['param_groups'][0]['lr'] = 1e-5
    torch.save(checkpoint, path)
    assert rates(toy.train(cfg, resume=True))[5] == 1e-5
    assert 'The schedule is not that' not in said(tmp_path)


OTHERS = [
    {'optimizer': dict(type='AdamW', lr=0.01)},
    {'paramwise_cfg': dict(bias_lr_mult=2.0)},
]


@pytest.mark.parametrize('wrapper', OTHERS)
def test_another_optimizer_is_refused(toy_data, tmp_path, wrapper):
    cfg = config(toy_data, tmp_path, iters=4)
    toy.train(cfg)
    for key, value in wrapper.items():
        cfg.optim_wrapper[key] = value
    with pytest.raises(CheckpointMismatchError, match='another optimizer'):
        toy.train(cfg, resume=True)


def test_options_that_the_checkpoint_decides_are_named(toy_data, tmp_path):
    cfg = config(toy_data, tmp_path, iters=4)
    toy.train(cfg)
    cfg.train_cfg.max_iters = 6
    cfg.optim_wrapper.optimizer.momentum = 0.5
    runner = toy.train(cfg, resume=True)
    assert runner.optim_wrapper.param_groups[0]['momentum'] == 0.9
    assert "config's differ: momentum 0.9, not 0.5." in said(tmp_path)


def files(runner):
    seen = toy.recorder(runner).files
    return [path for step in sorted(seen) for path in seen[step]]


def test_another_batch_size_keeps_the_place(toy_data, tmp_path):
    """Eight samples in twos, the others in fours: in the same order."""
    cfg = config(toy_data, tmp_path, iters=4)
    first = toy.train(cfg)
    cfg.train_dataloader.batch_size = 4
    cfg.train_cfg.max_iters = 8
    second = toy.train(cfg, resume=True, stop_after=6)
    assert said(tmp_path).count('2 samples an iteration') == 1
    third = toy.train(cfg, resume=True)  # again, with the size as it is
    assert said(tmp_path).count('samples an iteration') == 1
    order = [*files(first), *files(second), *files(third)]
    straight = toy.train(config(toy_data, tmp_path / 'two', iters=12))
    assert order == files(straight)
    assert len(order) == 4 * 2 + 4 * 4


def test_another_number_of_ranks_keeps_the_place(
    toy_data, tmp_path, monkeypatch
):
    """As if the first part had been trained by two processes."""
    cfg = config(toy_data, tmp_path, iters=2)
    monkeypatch.setattr(loops, 'get_world_size', lambda: 2)
    toy.train(cfg)
    monkeypatch.undo()
    cfg.train_cfg.max_iters = 4
    resumed = toy.train(cfg, resume=True)
    straight = toy.train(config(toy_data, tmp_path / 'two', iters=6))
    assert files(resumed) == files(straight)[8:]


@pytest.mark.parametrize(
    ('stop', 'left'),
    [
        (5, 10 + 10),  # the end of the first epoch: two whole ones are left
        (7, 6 + 10),  # 4 of 10 images of the second epoch are done
    ],
)
def test_another_length_of_epochs(toy_data, tmp_path, stop, left):
    """Epochs of five iterations, then of ten: no image twice or never."""
    cfg = config(toy_data, tmp_path / 'one', epochs=3)
    cfg.default_hooks.checkpoint.by_epoch = False
    toy.train(cfg, stop_after=stop)
    folder = tmp_path / 'one'
    saved = folder / (folder / 'last_checkpoint').read_text()
    assert saved.name == f'iter_{stop}.pth' or stop == 5
    cfg.train_dataloader.batch_size = 1
    resumed = toy.train(cfg, resume=True, load_from=saved)
    assert resumed.epoch == 3
    assert len(files(resumed)) == left
    assert len(set(files(resumed)[-10:])) == 10
    assert max(toy.recorder(resumed).scores) == resumed.iter
    again = toy.train(cfg, resume=True)
    assert again.iter == resumed.iter  # complete


def test_epochs_that_were_saved_with_others_resume_exactly(toy_data, tmp_path):
    """Also twice: what was shifted once stays so."""
    for name in ('one', 'two'):
        cfg = config(toy_data, tmp_path / name, epochs=3)
        toy.train(cfg, stop_after=6)
        cfg.train_dataloader.batch_size = 3
        if name == 'two':
            toy.train(cfg, resume=True, stop_after=10)
        toy.train(cfg, resume=True)
    last = [
        tmp_path / name / (tmp_path / name / 'last_checkpoint').read_text()
        for name in ('one', 'two')
    ]
    assert_same(*last)


EXPONENTIAL = dict(type='ExponentialLR', gamma=0.9, by_epoch=False)
CONSTANT = dict(type='ConstantLR', factor=0.1, end=100, by_epoch=False)


@pytest.mark.parametrize(
    ('before', 'after'),
    [
        ([POLY], [EXPONENTIAL]),
        ([POLY], [POLY, CONSTANT]),
        ([POLY, CONSTANT], [POLY]),
    ],
)
def test_another_kind_or_number_of_schedules(
    toy_data, tmp_path, before, after
):
    toy.train(config(toy_data, tmp_path / 'one', before, iters=4))
    cfg = config(toy_data, tmp_path / 'one', after, iters=8)
    resumed = rates(toy.train(cfg, resume=True))
    straight = rates(
        toy.train(config(toy_data, tmp_path / 'two', after, iters=8))
    )
    assert sorted(resumed) == [5, 6, 7, 8]
    for step, rate in resumed.items():
        assert math.isclose(rate, straight[step], rel_tol=1e-9), step
    assert 'The schedule is not that of the resumed' in said(tmp_path / 'one')


def test_a_schedule_with_a_function_in_its_state(toy_data, tmp_path):
    """No checkpoint with a function is loaded without trust."""
    cycle = [dict(type='OneCycleLR', eta_max=0.1, total_steps=8)]
    cycle[0]['by_epoch'] = False
    toy.train(config(toy_data, tmp_path / 'one', cycle, iters=8), stop_after=4)
    cfg = config(toy_data, tmp_path / 'one', cycle, iters=8)
    resumed = rates(toy.train(cfg, resume=True))
    straight = rates(
        toy.train(config(toy_data, tmp_path / 'two', cycle, iters=8))
    )
    for step, rate in resumed.items():
        assert math.isclose(rate, straight[step], rel_tol=1e-9), step
    assert 'The schedule is not' not in said(tmp_path / 'one')


def test_an_optimizer_whose_options_have_the_same_names(toy_data, tmp_path):
    cfg = config(toy_data, tmp_path, iters=4)
    cfg.optim_wrapper.optimizer = dict(type='Adam', lr=0.01)
    toy.train(cfg)
    cfg.optim_wrapper.optimizer.type = 'AdamW'
    with pytest.raises(CheckpointMismatchError, match='another optimizer'):
        toy.train(cfg, resume=True)
