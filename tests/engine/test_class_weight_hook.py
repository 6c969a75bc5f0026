import copy

import numpy as np
import pytest
from mmengine.hooks import EMAHook

from segplug.datasets.class_weights import ManifestError, median_frequency
from segplug.models import ClassWeightError
from tests.engine.tiny_runs import MODEL, runner
from tests.prepared_data import histogram, write_data

pytestmark = pytest.mark.usefixtures('plain_configs')

HOOK = dict(type='ClassWeightHook')


def weighted_model(class_weight='median_frequency'):
    model = copy.deepcopy(MODEL)
    model['decode_head']['loss_decode'] = [
        dict(type='WeightedCrossEntropyLoss', class_weight=class_weight),
        dict(
            type='WeightedCrossEntropyLoss',
            class_weight=[1.0, 2.0, 3.0],
            loss_name='loss_other',
        ),
    ]
    return model


@pytest.mark.parametrize('by_epoch', [False, True])
def test_weights_of_the_training_images(tmp_path, by_epoch):
    labels = write_data(tmp_path / 'data')
    made = runner(
        tmp_path / 'data',
        tmp_path / 'work',
        steps=1,
        interval=1,
        by_epoch=by_epoch,
        custom_hooks=[HOOK],
        model=weighted_model(),
    )
    made.train()
    counted, given = made.model.decode_head.loss_decode
    names = [name for name in labels if name.startswith('train')]
    truth = median_frequency(np.array([histogram(labels[n]) for n in names]))
    np.testing.assert_allclose(counted.class_weight, truth, rtol=1e-6)
    assert given.class_weight.tolist() == [1, 2, 3]
    saved = made.model.state_dict()
    assert not [key for key in saved if 'class_weight' in key]


@pytest.mark.parametrize('update_buffers', [False, True])
def test_with_averaged_weights(tiny_data, tmp_path, update_buffers):
    """The weights come after EMAHook has copied the model."""
    ema = dict(type='EMAHook', momentum=0.5, update_buffers=update_buffers)
    made = runner(
        tiny_data,
        tmp_path,
        steps=2,
        custom_hooks=[ema, HOOK],
        model=weighted_model(),
    )
    made.train()
    (hook,) = (h for h in made.hooks if isinstance(h, EMAHook))
    averaged = dict(hook.ema_model.module.named_buffers())
    assert averaged.keys() == dict(made.model.named_buffers()).keys()
    counted, given = made.model.decode_head.loss_decode
    assert given.class_weight.tolist() == [1, 2, 3]
    assert (counted.class_weight > 0).all()


def test_without_the_hook(tiny_data, tmp_path):
    made = runner(tiny_data, tmp_path, steps=1, model=weighted_model())
    with pytest.raises(ClassWeightError, match="type='ClassWeightHook'"):
        made.train()


def test_data_without_a_manifest(tmp_path):
    write_data(tmp_path / 'data')
    (tmp_path / 'data' / 'manifest.json').unlink()
    made = runner(
        tmp_path / 'data',
        tmp_path / 'work',
        custom_hooks=[HOOK],
        model=weighted_model(),
    )
    with pytest.raises(ManifestError, match='There is no .*manifest.json'):
        made.train()
