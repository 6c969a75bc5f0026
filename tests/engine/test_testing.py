import pytest
from mmengine.config import Config

from segplug.engine import testing
from segplug.engine.launch import LaunchError

SCALE = 'test_dataloader.dataset.pipeline.0.scale'


def config(step):
    return Config(
        dict(
            model=dict(type='Net'),
            test_evaluator=dict(type='ConfusionMatrixMetric'),
            tta_model=dict(type='Average'),
            tta_pipeline=[dict(type=step, pipeline=[], transforms=[])],
            test_dataloader=dict(
                dataset=dict(pipeline=[dict(type='Resize', scale=(8, 4))])
            ),
        )
    )


def test_augmentation_follows_the_options_of_the_plain_test():
    cfg = config('ScaleFlipTestTimeAug')
    testing.set_test_time_augmentation(cfg, [SCALE])
    (step,) = cfg.test_dataloader.dataset.pipeline
    assert step.type == 'ScaleFlipTestTimeAug'
    assert step.pipeline[0].scale == (8, 4)
    assert cfg.model == dict(type='Average', module=dict(type='Net'))


def test_augmentation_that_does_not_refuses_them():
    with pytest.raises(LaunchError, match=f'{SCALE} has no effect.*tta_pipe'):
        testing.set_test_time_augmentation(config('TestTimeAug'), [SCALE])
    testing.set_test_time_augmentation(config('TestTimeAug'), ['model.x'])


@pytest.mark.parametrize('key', ['tta_pipeline', 'tta_model'])
def test_augmentation_needs_to_be_described(key):
    cfg = config('ScaleFlipTestTimeAug')
    cfg[key] = None
    with pytest.raises(LaunchError, match=key):
        testing.set_test_time_augmentation(cfg, ())


def test_augmentation_refuses_metrics_of_single_predictions():
    cfg = config('ScaleFlipTestTimeAug')
    cfg.test_evaluator = [cfg.test_evaluator, dict(type='FullSizeMetric')]
    with pytest.raises(LaunchError, match='FullSizeMetric needs the logits'):
        testing.set_test_time_augmentation(cfg, ())


def test_steps_that_are_replaced_are_refused():
    cfg = config('ScaleFlipTestTimeAug')
    option = 'tta_pipeline.0.pipeline.0.scale'
    with pytest.raises(LaunchError, match=f'{option} .* test_dataloader'):
        testing.set_test_time_augmentation(cfg, [option])
    testing.set_test_time_augmentation(cfg, ['tta_pipeline.0.factors'])


def test_augmentation_needs_a_pipeline_to_replace():
    cfg = config('ScaleFlipTestTimeAug')
    cfg.test_dataloader.dataset = dict(type='ConcatDataset', datasets=[])
    with pytest.raises(LaunchError, match='ConcatDataset has none'):
        testing.set_test_time_augmentation(cfg, ())
