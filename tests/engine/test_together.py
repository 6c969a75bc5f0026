"""What can be switched on in a run works together, and resumes exactly."""

import math

import pytest
import torch

from segplug.compat.safe_load import safe_load
from tests.engine import tiny_runs, toy
from tests.engine.finite import test_hook
from tests.engine.same import assert_same
from tests.engine.test_class_weight_hook import weighted_model

pytestmark = pytest.mark.usefixtures('quick_start')

BAD = 7  # the first half of the fourth step
ITERATIONS = 12


def config(data, work_dir):
    """EMA, counted class weights, bfloat16, two iterations a step, rollback.

    The model has batch norm and dropout.
    """
    hooks = [
        dict(type='Recorder'),
        dict(type='ClassWeightHook'),
        dict(type='EMAHook', momentum=0.2, update_buffers=True),
        dict(type='RestoringEarlyStoppingHook', patience=None),
        dict(type=test_hook.Poison, at=[BAD]),
    ]
    cfg = tiny_runs.config(
        data,
        work_dir,
        steps=ITERATIONS,
        interval=4,
        model=weighted_model(),
        custom_hooks=hooks,
        param_scheduler=[
            dict(type='PolyLR', end=20, power=0.9, by_epoch=False)
        ],
        optim_wrapper=dict(
            type='BFloat16OptimWrapper',
            accumulative_counts=2,
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
            clip_grad=dict(max_norm=5.0),
        ),
    )
    cfg.default_hooks.checkpoint.interval = 3  # in the midst of steps too
    cfg.default_hooks.non_finite = dict(policy='rollback')
    return cfg


def last(folder):
    return folder / f'iter_{ITERATIONS}.pth'


@pytest.fixture(scope='module')
def straight(tiny_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp('straight')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('mmengine.config.Config.pretty_text', 'tiny = True')
        runner = toy.train(config(tiny_data, folder))
    return runner, folder


def test_the_run_did_it_all(straight):
    runner, folder = straight
    losses = toy.recorder(runner).losses
    assert len(losses) == ITERATIONS
    assert [step for step, loss in losses.items() if math.isnan(loss)] == [BAD]
    assert (folder / f'non_finite_iter_{BAD}.pth').is_file()
    counted, _ = runner.model.decode_head.loss_decode
    assert len(counted.class_weight) == 3
    saved = safe_load(str(last(folder)))
    rate = saved['optimizer']['param_groups'][0]['lr']
    poly = 0.1 * (1 - ITERATIONS / 19) ** 0.9  # after 12 of 19 changes
    assert rate == pytest.approx(0.5 * poly)  # halved by the rollback
    for name, value in saved['state_dict'].items():
        assert torch.isfinite(value).all(), name
    weight = 'decode_head.conv_seg.weight'
    trained = saved['ema_state_dict'][f'module.{weight}']
    assert not torch.equal(trained, saved['state_dict'][weight])


@pytest.mark.parametrize('killed_after', [4, 7, 10])
def test_killed_and_resumed(straight, tiny_data, tmp_path, killed_after):
    """From 3 (rolled back to there later on), 6 and 9 on."""
    cfg = config(tiny_data, tmp_path)
    toy.train(cfg, stop_after=killed_after)
    assert not last(tmp_path).exists()
    toy.train(cfg, resume=True)
    assert_same(last(straight[1]), last(tmp_path))
    best = [
        safe_load(str(f / 'best_weights.pth')) for f in (straight[1], tmp_path)
    ]
    assert best[0]['meta']['iter'] == best[1]['meta']['iter']
    for name, value in best[0]['state_dict'].items():
        assert torch.equal(value, best[1]['state_dict'][name]), name
