"""A run that was killed and resumed equals the run that was not."""

from pathlib import Path

import pytest

from segplug.compat.safe_load import safe_load
from segplug.engine import SafeCheckpointHook
from segplug.engine.checkpoints import files
from tests.engine import toy
from tests.engine.same import assert_same

pytestmark = pytest.mark.usefixtures('quick_start')

ITERATIONS = dict(iters=12)
EPOCHS = dict(epochs=3)  # of five iterations
MIDST = {
    'epochs': 3,
    'default_hooks.checkpoint.by_epoch': False,
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.checkpoint.max_keep_ckpts': -1,
}
PASSES = {'iters': 12, 'train_dataloader.sampler.type': 'DefaultSampler'}
HOOKS = {
    'iters': 24,
    'custom_hooks': [
        dict(type='Recorder'),
        dict(type='EMAHook', momentum=0.1, update_buffers=True),
        dict(
            type='EarlyStoppingHook', monitor='mIoU', patience=3, min_delta=0.2
        ),
    ],
}
ACCUMULATED = {
    'iters': 12,
    'optim_wrapper.accumulative_counts': 3,
    'default_hooks.checkpoint.interval': 1,
}
ADAM = {
    'iters': 12,
    'optim_wrapper.optimizer': dict(
        _delete_=True, type='AdamW', lr=0.01, weight_decay=0.1
    ),
}


def last(folder):
    return folder / (folder / 'last_checkpoint').read_text()


@pytest.mark.parametrize(
    ('options', 'killed_after', 'workers'),
    [
        (ITERATIONS, 1, 0),  # nothing saved yet: starts afresh
        (ITERATIONS, 7, 2),
        (ITERATIONS, 11, 0),
        (EPOCHS, 8, 0),
        (EPOCHS, 8, 2),
        (MIDST, 8, 2),
        (MIDST, 5, 0),  # the end of an epoch, not saved
        (MIDST, 11, 0),  # saved at its last iteration, as iteration 10
        (PASSES, 7, 2),
        (HOOKS, 10, 0),
        (ACCUMULATED, 5, 0),
        (ADAM, 9, 0),
    ],
)
def test_killed_and_resumed(
    tmp_path, toy_data, options, killed_after, workers
):
    make = dict(workers=workers, randomness=dict(seed=7), **options)
    straight = toy.train(toy.config(toy_data, tmp_path / 'one', **make))
    cfg = toy.config(toy_data, tmp_path / 'two', **make)
    toy.train(cfg, stop_after=killed_after)
    saved = (tmp_path / 'two' / 'last_checkpoint').exists()
    resumed = toy.train(cfg, resume=saved)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))
    one, two = toy.recorder(straight), toy.recorder(resumed)
    assert two.losses and two.losses.items() <= one.losses.items()
    assert two.files.items() <= one.files.items()
    assert two.scores.items() <= one.scores.items()


@pytest.mark.parametrize('lost', [False, True])
def test_gradients_that_are_lost_are_told(tmp_path, toy_data, lost):
    """As those of a run of several processes."""
    make = dict(randomness=dict(seed=7), **ACCUMULATED)
    cfg = toy.config(toy_data, tmp_path, **make)
    toy.train(cfg, stop_after=5)
    if lost:
        checkpoint = safe_load(str(last(tmp_path)))
        assert checkpoint['meta']['iter'] == 5
        checkpoint['segplug']['gradients'] = {}
        checkpoint['segplug']['rng'] *= 2
        files.write(checkpoint, last(tmp_path))
    runner = toy.train(cfg, resume=True)
    log = Path(runner.log_dir, f'{runner.timestamp}.log').read_text()
    assert ('gradients of the 2 iterations since' in log) == lost


def test_stopping_early_is_remembered(tmp_path, toy_data):
    """HOOKS stops early: at the same place, and is then said to have."""
    cfg = toy.config(toy_data, tmp_path, randomness=dict(seed=7), **HOOKS)
    ended = toy.train(cfg)
    assert ended.iter < 24
    again = toy.train(cfg, resume=True)
    assert again.iter == ended.iter and not toy.recorder(again).losses


@pytest.mark.parametrize('options', [ITERATIONS, EPOCHS])
def test_killed_in_validation(tmp_path, toy_data, options, monkeypatch):
    """The checkpoint before the validation resumes with the validation."""
    make = dict(randomness=dict(seed=7), **options)
    straight = toy.train(toy.config(toy_data, tmp_path / 'one', **make))

    def die(self, data_batch, data_samples):
        raise toy.Killed

    cfg = toy.config(toy_data, tmp_path / 'two', **make)
    with monkeypatch.context() as patch:
        patch.setattr(toy.ToyMetric, 'process', die)
        toy.train(cfg)
    resumed = toy.train(cfg, resume=True)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))
    one, two = toy.recorder(straight), toy.recorder(resumed)
    assert two.scores == one.scores


def test_seed_of_the_run_is_taken_up(tmp_path, toy_data):
    """Without a seed in the config each run draws one."""
    cfg = toy.config(toy_data, tmp_path / 'two')
    first = toy.train(cfg, stop_after=7)
    toy.train(cfg, resume=True)
    seeded = toy.config(
        toy_data, tmp_path / 'one', randomness=dict(seed=first.seed)
    )
    toy.train(seeded)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))


def test_number_of_workers_changes_nothing(tmp_path, toy_data):
    for workers in (0, 3):
        cfg = toy.config(
            toy_data,
            tmp_path / str(workers),
            workers=workers,
            randomness=dict(seed=7),
        )
        toy.train(cfg)
    assert_same(last(tmp_path / '0'), last(tmp_path / '3'))


def test_other_seeds_give_other_runs(tmp_path, toy_data):
    """So that equal results above mean something."""
    for seed in (1, 2):
        cfg = toy.config(
            toy_data, tmp_path / str(seed), randomness=dict(seed=seed)
        )
        toy.train(cfg)
    with pytest.raises(AssertionError):
        assert_same(last(tmp_path / '1'), last(tmp_path / '2'))


def test_files_are_kept_across_a_resume_as_without(tmp_path, toy_data):
    cfg = toy.config(toy_data, tmp_path / 'one', randomness=dict(seed=7))
    toy.train(cfg)
    cfg = toy.config(toy_data, tmp_path / 'two', randomness=dict(seed=7))
    toy.train(cfg, stop_after=7)
    runner = toy.train(cfg, resume=True)
    names = [
        sorted(path.name for path in (tmp_path / run).glob('*.pth'))
        for run in ('one', 'two')
    ]
    assert names[0] == names[1] and len(names[0]) == 3  # two and the best
    hooks = [type(hook) for hook in runner.hooks]
    assert hooks.count(SafeCheckpointHook) == 1


def test_the_scaler_of_mixed_precision(tmp_path, toy_data, scaled):
    """Its scale has doubled, and is on the way to double again."""
    wrapper = {
        'optim_wrapper.type': 'AmpOptimWrapper',
        'optim_wrapper.loss_scale': dict(init_scale=8.0, growth_interval=4),
    }
    make = dict(iters=12, randomness=dict(seed=7), **wrapper)
    straight = toy.train(toy.config(toy_data, tmp_path / 'one', **make))
    assert straight.optim_wrapper.loss_scaler.get_scale() == 64.0
    cfg = toy.config(toy_data, tmp_path / 'two', **make)
    toy.train(cfg, stop_after=7)
    scaler = safe_load(str(last(tmp_path / 'two')))['optimizer']['loss_scaler']
    assert (scaler['scale'], scaler['_growth_tracker']) == (16.0, 2)
    toy.train(cfg, resume=True)
    assert_same(last(tmp_path / 'one'), last(tmp_path / 'two'))
