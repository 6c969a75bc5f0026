import json

import pytest
import torch

from segplug.engine import BestWeightsError, MonitorError
from segplug.engine.restoring_early_stopping_hook import (
    RestoringEarlyStoppingHook,
)
from tests.engine.scripted import Killed, KillHook, WatchHook, same
from tests.engine.tiny_runs import runner

pytestmark = pytest.mark.usefixtures('plain_configs')

SCORES = {1: 10.0, 2: 30.0, 3: 20.0, 4: 30.0, 5: 5.0, 6: 50.0, 7: 0.0}
#: Six training images in batches of two: three iterations an epoch.
EPOCH = 3


def run(data, work_dir, *hooks, scores=SCORES, by_epoch=False, **options):
    """A runner whose n-th validation gives the n-th score."""
    unit = EPOCH if by_epoch else 1
    metric = dict(
        type='ScriptedMetric',
        scores={unit * step: value for step, value in scores.items()},
    )
    stopping = dict(type='RestoringEarlyStoppingHook', patience=3)
    stopping.update(options.pop('stopping', {}))
    return runner(
        data,
        work_dir,
        steps=options.pop('steps', 7),
        interval=1,
        by_epoch=by_epoch,
        val_evaluator=metric,
        custom_hooks=[dict(type='WatchHook'), *hooks, stopping],
        **options,
    )


def resume(data, work_dir, checkpoint, *hooks, **options):
    load = dict(load_from=str(work_dir / checkpoint), resume=True)
    return run(data, work_dir, *hooks, **load, **options)


def hook(made, kind=RestoringEarlyStoppingHook):
    return next(h for h in made.hooks if isinstance(h, kind))


def saved(work_dir):
    path = work_dir / 'best_weights.pth'
    return torch.load(path, weights_only=False)


def history(work_dir):
    content = json.loads((work_dir / 'early_stopping.json').read_text())
    return {step: value for step, value in content['history']}


@pytest.mark.parametrize('by_epoch', [False, True])
def test_stops_and_restores(tiny_data, tmp_path, by_epoch):
    """Best at 2; 20, the same again and 5 exhaust a patience of three."""
    made = run(tiny_data, tmp_path, by_epoch=by_epoch)
    made.train()
    unit = EPOCH if by_epoch else 1
    assert made.iter == 5 * unit
    seen = hook(made, WatchHook).seen
    assert not same(seen[2 * unit], seen[5 * unit])
    assert same(made.model.state_dict(), seen[2 * unit])
    checkpoint = saved(tmp_path)
    assert same(checkpoint['state_dict'], seen[2 * unit])
    assert checkpoint['meta']['best_weights']['value'] == 30
    assert checkpoint['meta']['dataset_meta']['classes'][0] == 'ground'
    assert 'optimizer' not in checkpoint
    assert len(list(tmp_path.glob('best_weights*'))) == 1


def test_restores_at_the_end_of_the_schedule(tiny_data, tmp_path):
    stopping = dict(patience=None, monitor='error', rule='less')
    made = run(tiny_data, tmp_path, steps=6, stopping=stopping)
    made.val_evaluator.metrics[0].name = 'error'
    made.train()
    assert made.iter == 6
    seen = hook(made, WatchHook).seen
    assert same(made.model.state_dict(), seen[5])


def test_min_delta_ends_no_waiting_but_keeps_weights(tiny_data, tmp_path):
    scores = {1: 10.0, 2: 10.5, 3: 10.9, 4: 11.0, 5: 99.0}
    made = run(
        tiny_data,
        tmp_path,
        scores=scores,
        stopping=dict(min_delta=1.0),
    )
    made.train()
    assert made.iter == 4
    assert same(made.model.state_dict(), hook(made, WatchHook).seen[4])


def test_keeping_the_last_weights(tiny_data, tmp_path):
    made = run(tiny_data, tmp_path, stopping=dict(restore=False))
    made.train()
    seen = hook(made, WatchHook).seen
    assert same(made.model.state_dict(), seen[5])
    assert same(saved(tmp_path)['state_dict'], seen[2])


def outcome(missing=None, patience=3):
    """Last and best step of a run that lacks one validation."""
    best = waited = 0
    for step, value in SCORES.items():
        if step == missing:
            continue
        improved = not best or value > SCORES[best]
        best, waited = (step, 0) if improved else (best, waited + 1)
        if waited == patience:
            break
    return step, best


@pytest.mark.parametrize('where', ['in_val', 'after_val'])
@pytest.mark.parametrize('at', [1, 2, 3, 4])
def test_resumed_run_ends_as_if_never_interrupted(
    tiny_data, tmp_path, at, where
):
    """Killed before or after the hook has seen the score of ``at``.

    A validation that was cut off is not made again by MMEngine.
    """
    kill = dict(type='KillHook', at=at, where=where)
    with pytest.raises(Killed):
        run(tiny_data, tmp_path, kill).train()
    made = resume(tiny_data, tmp_path, f'iter_{at}.pth')
    made.train()
    missing = at if where == 'in_val' else None
    last, best = outcome(missing)
    assert made.iter == last
    steps = [step for step in SCORES if step <= last and step != missing]
    assert history(tmp_path) == {step: SCORES[step] for step in steps}
    assert saved(tmp_path)['meta']['best_weights']['step'] == best
    assert same(made.model.state_dict(), saved(tmp_path)['state_dict'])


@pytest.mark.parametrize('lost', ['missing', 'cut off', 'of another run'])
def test_history_of_the_checkpoint_alone(tiny_data, tmp_path, lost):
    """The checkpoint of 3 lacks the validation of 3."""
    kill = dict(type='KillHook', at=3)
    with pytest.raises(Killed):
        run(tiny_data, tmp_path, kill).train()
    path = tmp_path / 'early_stopping.json'
    content = json.loads(path.read_text())
    path.unlink()
    if lost == 'cut off':
        path.write_text('{"run": ')
    elif lost == 'of another run':
        path.write_text(json.dumps({**content, 'run': 'x'}))
    made = resume(tiny_data, tmp_path, 'iter_3.pth')
    made.train()
    assert set(history(tmp_path)) == {1, 2, 4, 5, 6, 7}
    assert saved(tmp_path)['meta']['best_weights']['step'] == 6


def test_weights_written_but_not_the_history(tiny_data, tmp_path):
    """Killed between the two files: the weights tell their score."""
    kill = dict(type='KillHook', at=2)
    with pytest.raises(Killed):
        run(tiny_data, tmp_path, kill).train()
    path = tmp_path / 'early_stopping.json'
    content = json.loads(path.read_text())
    content['history'].pop()
    path.write_text(json.dumps(content))
    made = resume(tiny_data, tmp_path, 'iter_2.pth')
    made.train()
    assert made.iter == 5 and set(history(tmp_path)) == {1, 2, 3, 4, 5}


def test_resume_of_a_stopped_run_stops_at_once(tiny_data, tmp_path):
    run(tiny_data, tmp_path).train()
    weights = saved(tmp_path)['state_dict']
    made = resume(tiny_data, tmp_path, 'iter_5.pth')
    made.train()
    assert made.iter == 5 and same(made.model.state_dict(), weights)
    patient = dict(patience=4)
    made = resume(tiny_data, tmp_path, 'iter_5.pth', stopping=patient)
    made.train()
    assert made.iter == 7
    assert saved(tmp_path)['meta']['best_weights']['step'] == 6


def test_repeated_validation_counts_once(tiny_data, tmp_path):
    made = run(tiny_data, tmp_path, steps=2)
    made.train()
    stopping = hook(made)
    stopping.before_train(made)
    for _ in range(3):
        stopping.after_val_epoch(made, {'mIoU': 5.0})
    assert history(tmp_path) == {1: 10.0, 2: 5.0}
    assert stopping.plateau.waited == 1


def test_resume_before_the_best_weights(tiny_data, tmp_path, capsys):
    """Their file is of a future that is not this run's any more."""
    run(tiny_data, tmp_path, stopping=dict(patience=9)).train()
    assert saved(tmp_path)['meta']['best_weights']['step'] == 6
    worse = {**SCORES, 4: 15.0, 6: 6.0}
    made = resume(tiny_data, tmp_path, 'iter_3.pth', scores=worse)
    made.train()
    output = ''.join(capsys.readouterr())
    assert 'only those from here on can be restored' in output
    assert made.iter == 5  # patience knows of the 30 at step 2
    seen = hook(made, WatchHook).seen
    assert same(made.model.state_dict(), seen[4])  # the best of 4 and 5


def test_new_run_in_an_old_folder(tiny_data, tmp_path):
    run(tiny_data, tmp_path).train()
    made = run(tiny_data, tmp_path, scores=dict.fromkeys(SCORES, 1.0))
    made.train()
    assert made.iter == 4
    seen = hook(made, WatchHook).seen
    assert same(made.model.state_dict(), seen[1])


def test_history_of_another_score_is_not_taken(tiny_data, tmp_path):
    kill = dict(type='KillHook', at=4)
    with pytest.raises(Killed):
        run(tiny_data, tmp_path, kill).train()
    stopping = dict(monitor='aAcc')
    made = resume(tiny_data, tmp_path, 'iter_4.pth', stopping=stopping)
    made.val_evaluator.metrics[0].name = 'aAcc'
    made.train()
    assert set(history(tmp_path)) == {5, 6, 7}


def test_weights_of_a_moving_average(tiny_data, tmp_path):
    """Validated, and so kept, are the averaged weights."""
    average = dict(type='EMAHook', momentum=0.5)
    made = run(tiny_data, tmp_path, average)
    made.train()
    seen = hook(made, WatchHook).seen[2]
    assert same(made.model.state_dict(), seen)


def test_scores_that_are_not_finite(tiny_data, tmp_path):
    scores = dict.fromkeys(SCORES, float('nan'))
    made = run(tiny_data, tmp_path, scores=scores)
    made.train()
    assert made.iter == 3 and history(tmp_path)[3] is None
    assert not (tmp_path / 'best_weights.pth').exists()


def test_validation_alone_keeps_nothing(tiny_data, tmp_path):
    made = run(tiny_data, tmp_path)
    made.message_hub.update_info('iter', 0)
    assert made.val() == {'mIoU': 10.0}
    assert not list(tmp_path.glob('best_weights*'))


def test_unknown_score(tiny_data, tmp_path):
    stopping = dict(monitor='mAcc')
    made = run(tiny_data, tmp_path, stopping=stopping)
    with pytest.raises(MonitorError, match="no score 'mAcc' .* gives mIoU"):
        made.train()


@pytest.mark.parametrize('damage', ['gone', 'replaced'])
def test_best_weights_that_are_gone(tiny_data, tmp_path, damage):
    path = tmp_path / 'best_weights.pth'

    class Remover(KillHook):
        def after_val(self, runner):
            if runner.iter == 5 and damage == 'gone':
                path.unlink()
            elif runner.iter == 5:
                torch.save({'state_dict': {}}, path)

    made = run(tiny_data, tmp_path)
    made.register_hook(Remover(5))
    with pytest.raises(BestWeightsError, match='keeps its last weights'):
        made.train()
    assert same(made.model.state_dict(), hook(made, WatchHook).seen[5])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(patience=0), 'patience must be'),
        (dict(min_delta=-1.0), 'min_delta must be'),
        (dict(min_delta=float('nan')), 'min_delta must be'),
        (dict(rule='more'), 'rule'),
        (dict(monitor='fwIoU'), 'rule must be specified'),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        RestoringEarlyStoppingHook(**options)
