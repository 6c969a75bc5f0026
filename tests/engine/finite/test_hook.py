import math

import pytest
import torch
from mmengine.hooks import EMAHook, Hook
from mmengine.registry import HOOKS

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints.files import CheckpointWriteError
from segplug.engine.finite import hook as hook_module
from segplug.engine.finite import replay
from segplug.engine.finite.hook import NonFiniteError, NonFiniteHook
from segplug.engine.finite.rollback import RollbackError, roll_back
from tests.engine import toy

pytestmark = pytest.mark.usefixtures('quick_start')


@HOOKS.register_module()
class Poison(Hook):
    """Spoil the images, or the gradients, of some iterations."""

    def __init__(self, at, where='images'):
        self.at, self.where = at, where

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 not in self.at:
            return
        if self.where == 'images':
            images = [i.float() for i in data_batch['inputs']]
            images[0][0, 0, 0] = math.nan
            data_batch['inputs'] = images
        else:
            weight = runner.model.body[0].weight
            self.handle = weight.register_hook(self._spoil)

    def _spoil(self, gradient):
        self.handle.remove()
        return gradient * math.inf


def run(data, tmp_path, at=(5,), where='images', **options):
    cfg = toy.config(data, tmp_path / 'run')
    hook = dict(type='NonFiniteHook', **options)
    cfg.default_hooks.non_finite = hook
    cfg.custom_hooks += [dict(type='Poison', at=at, where=where)]
    return cfg


def weights(runner):
    return {n: v.clone() for n, v in runner.model.state_dict().items()}


@pytest.mark.parametrize('where', ['images', 'gradients'])
def test_training_stops_before_the_step(toy_data, tmp_path, where):
    cfg = run(toy_data, tmp_path, where=where)
    with pytest.raises(NonFiniteError) as caught:
        toy.train(cfg)
    message = str(caught.value)
    assert 'Iteration 5' in message and 'non_finite_iter_5.pth' in message
    assert ('loss = nan' if where == 'images' else 'body.0.weight') in message
    assert '.png' in message
    kept = sorted(p.name for p in (tmp_path / 'run').glob('iter_*.pth'))
    assert kept == ['iter_2.pth', 'iter_4.pth']


def test_the_saved_batch_breaks_again(toy_data, tmp_path):
    cfg = run(toy_data, tmp_path)
    with pytest.raises(NonFiniteError):
        toy.train(cfg)
    batch = replay.load(tmp_path / 'run/non_finite_iter_5.pth')
    assert batch.iteration == 5 and math.isnan(batch.terms['loss'])
    assert len(batch.images) == len(batch.inputs) == len(batch.labels) == 2
    terms, modules = replay.run(toy.ToySegmentor(), batch)
    assert math.isnan(terms['loss'])
    assert modules[0] == 'body.0'
    batch.inputs[0] = torch.zeros_like(batch.inputs[1])
    terms, modules = replay.run(toy.ToySegmentor(), batch)
    assert math.isfinite(terms['loss']) and modules == []


def test_replay_refuses_other_files(toy_data, tmp_path):
    toy.train(toy.config(toy_data, tmp_path / 'run'))
    with pytest.raises(replay.ReplayError, match='no batch of a training'):
        replay.load(tmp_path / 'run/iter_12.pth')


@pytest.mark.parametrize('where', ['images', 'gradients'])
def test_a_step_is_left_out(toy_data, tmp_path, where):
    """Weights and running statistics stay as they were."""

    @HOOKS.register_module(name='Watch', force=True)
    class Watch(Hook):
        def before_train_iter(self, runner, *args, **kwargs):
            if runner.iter + 1 in (5, 6):
                seen.append(weights(runner))

    seen = []
    cfg = run(toy_data, tmp_path, where=where, policy='skip')
    cfg.custom_hooks += [dict(type='Watch')]
    runner = toy.train(cfg)
    for name, before in seen[0].items():
        assert torch.equal(before, seen[1][name]), name
    assert runner.iter == 12
    assert all(torch.isfinite(v).all() for v in weights(runner).values())


@pytest.mark.parametrize(
    ('bad', 'where', 'steps'),
    [
        ([], 'images', [2, 4, 6, 8, 9]),
        ([5], 'images', [2, 4, 6, 8, 9]),
        ([6], 'images', [2, 4, 8, 9]),
        ([6], 'gradients', [2, 4, 8, 9]),
        ([8], 'images', [2, 4, 6, 9]),
        ([9], 'images', [2, 4, 6, 8]),
    ],
)
def test_accumulation_keeps_its_place(toy_data, tmp_path, bad, where, steps):
    """A step each two iterations, and at the last one."""

    @HOOKS.register_module(name='Watch', force=True)
    class Watch(Hook):
        def before_train(self, runner):
            optimizer = runner.optim_wrapper.optimizer
            optimizer.register_step_post_hook(
                lambda *_: taken.append(runner.iter + 1)
            )

    taken = []
    cfg = run(toy_data, tmp_path, at=bad, where=where, policy='skip')
    cfg.train_cfg.max_iters = 9
    cfg.optim_wrapper.accumulative_counts = 2
    cfg.custom_hooks += [dict(type='Watch')]
    toy.train(cfg)
    assert taken == steps


def test_skipping_has_a_limit(toy_data, tmp_path):
    cfg = run(toy_data, tmp_path, at=(2, 3, 4), policy='skip', limit=2)
    with pytest.raises(NonFiniteError, match='Iteration 4.*limit of 2'):
        toy.train(cfg)


def test_the_limit_holds_across_resumes(toy_data, tmp_path):
    cfg = run(toy_data, tmp_path, at=(2, 3, 7), policy='skip', limit=2)
    toy.train(cfg, stop_after=5)
    with pytest.raises(NonFiniteError, match='Iteration 7.*limit of 2'):
        toy.train(cfg, resume=True)


@pytest.mark.parametrize('loss_scale', ['dynamic', 512.0])
def test_gradients_that_no_scale_mends(
    toy_data, tmp_path, scaled, monkeypatch, loss_scale
):
    """Single overflows are the scaler's task, one after the other is not."""
    monkeypatch.setattr(hook_module, '_OVERFLOWS', 4)
    bad = [2, 5, 6, 8, 9, 10, 11]
    cfg = run(toy_data, tmp_path, at=bad, where='gradients')
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    cfg.optim_wrapper.loss_scale = loss_scale
    with pytest.raises(NonFiniteError) as caught:
        toy.train(cfg)
    message = str(caught.value)
    assert 'Iteration 11: 1 gradients' in message
    assert 'for 4 steps in a row (body.0.weight)' in message
    assert (tmp_path / 'run/non_finite_iter_11.pth').is_file()


def test_a_batch_that_finds_no_room(toy_data, tmp_path, monkeypatch):
    """What stops the training is still said."""

    def full(self, path):
        raise CheckpointWriteError('no room')

    monkeypatch.setattr(replay.Batch, 'save', full)
    cfg = run(toy_data, tmp_path)
    with pytest.raises(NonFiniteError, match='not saved: no room .*Lower the'):
        toy.train(cfg)


def test_rollback_takes_the_last_checkpoint_and_smaller_steps(
    toy_data, tmp_path
):
    @HOOKS.register_module(name='Watch', force=True)
    class Watch(Hook):
        def before_train_iter(self, runner, *args, **kwargs):
            if runner.iter + 1 in (6, 7):
                rates.append(runner.optim_wrapper.get_lr()['lr'][0])
            if runner.iter + 1 == 7:
                seen.update(weights(runner))

    rates, seen = [], {}
    cfg = run(toy_data, tmp_path, at=(6,), policy='rollback', rate_factor=0.1)
    cfg.custom_hooks += [dict(type='Watch')]
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    toy.train(cfg)
    saved = safe_load(str(tmp_path / 'run/iter_4.pth'))['state_dict']
    for name, value in saved.items():
        assert torch.equal(seen[name], value), name
    assert rates[1] == pytest.approx(0.1 * rates[0], rel=0.05)


def test_rollback_sets_trained_and_averaged_weights_back(toy_data, tmp_path):
    """The two kinds are exchanged in the checkpoint of a run with EMA."""

    @HOOKS.register_module(name='Watch', force=True)
    class Watch(Hook):
        priority = 'VERY_LOW'  # after EMAHook

        def after_train_iter(self, runner, *args, **kwargs):
            (ema,) = (h for h in runner.hooks if isinstance(h, EMAHook))
            averaged = ema.ema_model.state_dict()
            seen[runner.iter + 1] = (
                weights(runner),
                {n: v.clone() for n, v in averaged.items()},
            )

    def skip_update(self, runner, *args, **kwargs):
        if runner.iter + 1 != 6:
            update(self, runner, *args, **kwargs)

    seen, update = {}, EMAHook.after_train_iter
    cfg = run(toy_data, tmp_path, at=(6,), policy='rollback')
    ema = dict(type='EMAHook', momentum=0.3, update_buffers=True)
    cfg.custom_hooks += [ema, dict(type='Watch')]
    with pytest.MonkeyPatch.context() as patch:
        # Else the average moves on after the rollback, as it should.
        patch.setattr(EMAHook, 'after_train_iter', skip_update)
        toy.train(cfg)
    for before, after in zip(seen[4], seen[6]):
        for name, value in before.items():
            assert torch.equal(value, after[name]), name
    trained, averaged = seen[4]
    one = 'body.0.weight'
    assert not torch.equal(trained[one], averaged[f'module.{one}'])


def test_rollback_without_a_checkpoint(toy_data, tmp_path):
    """One of an earlier run in the same folder is not taken."""
    toy.train(toy.config(toy_data, tmp_path / 'run'))
    cfg = run(toy_data, tmp_path, at=(1,), policy='rollback')
    with pytest.raises(RollbackError, match='written no checkpoint to'):
        toy.train(cfg)


def test_rollback_after_a_resume(toy_data, tmp_path):
    """To the resumed checkpoint, not to later ones of a former try."""
    cfg = run(toy_data, tmp_path, at=(5,), policy='rollback')
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    toy.train(cfg)
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hook_module, 'roll_back', told(said))
        toy.train(cfg, resume=True, load_from=tmp_path / 'run/iter_4.pth')
    assert said == [str(tmp_path / 'run/iter_4.pth')]


def told(said):
    def roll_back_and_tell(*args):
        said.append(roll_back(*args))
        return said[-1]

    return roll_back_and_tell


def test_bad_weights_are_never_written(toy_data, tmp_path):
    """Even if something else than a step spoils them."""

    @HOOKS.register_module(name='Watch', force=True)
    class Watch(Hook):
        def after_train_iter(self, runner, *args, **kwargs):
            if runner.iter + 1 == 4:
                runner.model.body[3].bias.data.fill_(math.inf)

    cfg = run(toy_data, tmp_path, at=())
    cfg.custom_hooks += [dict(type='Watch')]
    with pytest.raises(NonFiniteError, match=r'not finite \(body.3.bias\)'):
        toy.train(cfg)
    kept = [p.name for p in (tmp_path / 'run').glob('*.pth')]
    assert kept == ['iter_2.pth']


def test_good_runs_are_not_changed(toy_data, tmp_path):
    finals = []
    for name, policy in (('a', None), ('b', 'stop'), ('c', 'skip')):
        cfg = toy.config(toy_data, tmp_path / name)
        cfg.randomness = dict(seed=3)
        if policy:
            hook = dict(type='NonFiniteHook', policy=policy)
            cfg.default_hooks.non_finite = hook
        finals.append(weights(toy.train(cfg)))
    for other in finals[1:]:
        for name, value in finals[0].items():
            assert torch.equal(value, other[name])


@pytest.mark.parametrize(
    'options', [dict(policy='go'), dict(limit=0), dict(rate_factor=1.0)]
)
def test_wrong_options(options):
    with pytest.raises(ValueError, match='policy|limit'):
        NonFiniteHook(**options)
