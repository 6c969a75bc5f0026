"""The training features in one config, with MMSegmentation's own tool."""

import copy
import json
import sys

import pytest
from mmengine.config import Config

from tests.engine.tiny_runs import LOAD, MODEL, config
from tests.prepared_data import write_data
from tests.tools.runs import CONFIGS, run, tool

RUNTIME = ('default_scope', 'log_processor', 'log_level', 'default_hooks')


def features():
    """A tiny model with the features that belong to models."""
    model = copy.deepcopy(MODEL)
    model['data_preprocessor'] = dict(
        type='SampleScalingDataPreProcessor', bgr_to_rgb=True, size=(16, 20)
    )
    model['decode_head']['loss_decode'] = dict(
        type='WeightedCrossEntropyLoss', class_weight='median_frequency'
    )
    return model


def write_config(folder):
    """Write a leaf over the fragment of early stopping."""
    base = config('data', 'work', steps=4, interval=1, model=features())
    night = dict(type='RandomNight', prob=0.5)
    pipeline = [*LOAD, night, dict(type='PackSegInputs')]
    base.train_dataloader.dataset.pipeline = pipeline
    base.test_dataloader = base.val_dataloader
    base.test_evaluator = base.val_evaluator
    base.test_cfg = {}
    kept = {k: v for k, v in base.to_dict().items() if k not in RUNTIME}
    Config(kept).dump(folder / 'tiny.py')
    bases = [
        str(CONFIGS / '_base_' / 'default_runtime.py'),
        str(CONFIGS / '_base_' / 'early_stopping.py'),
        './tiny.py',
    ]
    (folder / 'leaf.py').write_text(
        f'_base_ = {bases}\n'
        "custom_hooks = [dict(type='ClassWeightHook')]\n"
        "checkpoint = dict(type='CheckpointHook', interval=1)\n"
        "checkpoint.update(by_epoch=False, save_best='loss')\n"
        'default_hooks = dict(checkpoint=checkpoint, '
        '**_base_.early_stopping)\n'
    )


@pytest.fixture(scope='module')
def trained(mim, tmp_path_factory):
    folder = tmp_path_factory.mktemp('features')
    write_data(folder / 'data')
    write_config(folder)
    words = [sys.executable, mim / 'tools' / 'train.py', 'leaf.py']
    return folder, run(*words, cwd=folder)


@pytest.mark.stack
def test_mmseg_trains_with_them(trained):
    folder, output = trained
    assert 'Class weights by median frequency over 6 images: ground' in output
    assert 'The model has the weights of iteration' in output
    (log,) = folder.glob('work/*/vis_data/scalars.json')
    lines = list(map(json.loads, log.read_text().splitlines()))
    losses = [line['loss'] for line in lines if 'mIoU' in line]
    assert len(losses) == 4 and all(loss > 0 for loss in losses)
    step = 1 + losses.index(min(losses))
    assert (folder / 'work' / f'best_loss_iter_{step}.pth').is_file()


def test_best_weights_have_the_best_score(trained):
    """Tested again, they give what the validation gave."""
    folder, _ = trained
    state = json.loads((folder / 'work/early_stopping.json').read_text())
    best = max(value for _, value in state['history'])
    words = ['leaf.py', 'work/best_weights.pth', '--work-dir', 'tested']
    tool('test.py', *words, cwd=folder)
    (found,) = folder.glob('tested/**/metrics.json')
    scores = json.loads(found.read_text())['scores']['segmentation']
    assert scores['mean']['mIoU'] == pytest.approx(best, abs=1e-9)
