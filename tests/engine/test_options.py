import pytest
from mmengine.config import Config

from segplug.engine.options import OptionError, apply_options

TEXT = """
crop_size = (32, 32)
steps = [dict(type='Crop', crop_size=crop_size), dict(type='Flip')]
model = dict(type='Net', head=dict(type='Head', rates=[1, 2], classes=7),
             train_cfg=dict(), test_cfg=dict(mode='whole', own=1))
train_dataloader = dict(
    batch_size=2, dataset=dict(type='Data', pipeline=steps)
)
optim_wrapper = dict(type='OptimWrapper', clip_grad=None)
env_cfg = dict(cudnn_benchmark=True, mp_cfg=dict(opencv_num_threads=0))
runner_type = 'mmseg.SegRunner'
train_cfg = dict(type='IterBasedTrainLoop', max_iters=2000)
param_scheduler = [
    dict(type='LinearLR', begin=0, end=100, by_epoch=False),
    dict(type='MultiStepLR', begin=100, end=2000, milestones=[500, 1500]),
]
default_hooks = dict(checkpoint=dict(type='CheckpointHook', interval=5))
"""


@pytest.fixture
def cfg():
    return Config.fromstring(TEXT, '.py')


def test_values_reach_into_lists(cfg):
    apply_options(cfg, {'train_dataloader.dataset.pipeline.0.crop_size': 5})
    assert cfg.train_dataloader.dataset.pipeline[0].crop_size == 5


@pytest.mark.parametrize(
    'name',
    [
        'model.head.dropout.ratio',
        'model.head.dropout',  # what is built there may take it
        'default_hooks.checkpoint.save_best',
        'randomness.seed',
        'load_from',
        'find_unused_parameters',
        'model.test_cfg.stride',
        'model.test_cfg.own',  # the config's own code reads it
        'env_cfg.resource_limit',
        'env_cfg.mp_cfg.mp_start_method',
        'optim_wrapper.clip_grad.max_norm',  # in the place of None
        'optim_wrapper.paramwise_cfg.norm_decay_mult',
        'optim_wrapper.paramwise_cfg.custom_keys.head.lr_mult',
        'auto_scale_lr.enable',
        'default_hooks.ema.type',  # another hook
        'default_hooks.runtime_info',  # of MMEngine, in every run
        'model.train_cfg.augments',  # an empty section
    ],
)
def test_new_arguments_are_accepted(cfg, name):
    apply_options(cfg, {name: 3})
    node = cfg
    for part in name.split('.'):
        node = node[part]
    assert node == 3


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('modle.head.rates', 'no setting "modle".* Similar: model'),
        ('default_hooks.chekpoint.interval', 'Similar: checkpoint'),
        ('default_hooks.chekpoint', 'Similar: checkpoint'),
        ('model.head.rates.7.x', 'list of 2'),
        ('model.type.x.y', "model.type is 'Net'"),
        ('model.head.rates.1', 'replaced only whole'),
        ('model.test_cfg.mod', 'model.test_cfg has no .*"mod".*: mode'),
        ('env_cfg.cudnn_bench', 'Similar: cudnn_benchmark'),
        ('env_cfg.mp_cfg.threads', 'It has: mp_start_method, opencv'),
        ('randomness.sed', 'randomness has no .* Similar: seed'),
        ('custom_hooks.0.type', 'custom_hooks is None'),
        (
            'optim_wrapper.paramwise_cfg.custom_keys.head.lr_mul',
            'Similar: lr_mult',
        ),
        ('auto_scale_lr.enabled', 'Similar: enable'),
        ('model.', '"model." is no name'),
        ('model.head.0', 'no setting "0"'),
        ('load_from.x', 'load_from is None'),
        ('runner_type', 'runner_type is read before options'),
    ],
)
def test_names_that_do_not_exist(cfg, name, message):
    before = cfg.pretty_text
    with pytest.raises(OptionError, match=message):
        apply_options(cfg, {name: 3})
    assert cfg.pretty_text == before


def test_a_hook_that_comes_with_its_type_takes_its_arguments(cfg):
    options = {'default_hooks.ema.type': 'EMAHook', 'default_hooks.ema.a': 1}
    apply_options(cfg, options)
    assert cfg.default_hooks.ema == dict(type='EMAHook', a=1)
    with pytest.raises(OptionError, match='no setting "emma"'):
        apply_options(cfg, {'default_hooks.emma.a': 1})


def test_variables_without_effect_name_their_places(cfg):
    place = r'train_dataloader\.dataset\.pipeline\.0\.crop_size'
    with pytest.raises(OptionError, match=f'crop_size has no effect.*{place}'):
        apply_options(cfg, {'crop_size': (64, 64)})
    place = r'train_dataloader\.dataset\.pipeline\.0\.type'
    with pytest.raises(OptionError, match=place):
        apply_options(cfg, {'steps.0.type': 'Pad'})


def test_the_schedule_is_stretched_with_the_training(cfg):
    notes = apply_options(cfg, {'train_cfg.max_iters': 20000})
    warm_up, steps = cfg.param_scheduler
    assert (warm_up.begin, warm_up.end) == (0, 1000)
    assert (steps.begin, steps.end) == (1000, 20000)
    assert steps.milestones == [5000, 15000]
    assert len(notes) == 1 and 'from 2000 to 20000' in notes[0]


def test_a_chosen_schedule_is_kept(cfg):
    options = {'train_cfg.max_iters': 10, 'param_scheduler.1.end': 7}
    assert apply_options(cfg, options) == []
    assert [s.end for s in cfg.param_scheduler] == [100, 7]


def test_a_training_that_is_counted_otherwise_keeps_the_schedule(cfg):
    (note,) = apply_options(
        cfg, {'train_cfg': dict(max_epochs=30, _delete_=True)}
    )
    assert 'now counted in max_epochs, not max_iters' in note
    assert [s.end for s in cfg.param_scheduler] == [100, 2000]


def test_other_options_leave_the_schedule_alone(cfg):
    assert apply_options(cfg, {'model.head.classes': 3}) == []
    assert cfg.param_scheduler[1].end == 2000


def test_a_config_without_a_training(cfg):
    cfg.train_cfg = None
    assert apply_options(cfg, {'model.head.classes': 3}) == []


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('train_cfg.max_iters', 'abc', 'max_iters=abc .* whole number'),
        ('train_cfg.max_iters', 0, 'above 0'),
        ('train_cfg.max_epochs', -5, 'max_epochs=-5'),
        ('train_cfg.max_iters', 2.5, 'whole number'),
        ('train_dataloader.batch_size', 0, 'above 0'),
        ('model.head.lr', 'high', 'lr=high has to be a number'),
        ('model.head.rates', '(64;96)', r'rates=\(64;96\) cannot be read'),
        ('model.head.rates', '[1,2', r'cannot be read'),
        (
            'optim_wrapper.clip_grad',
            'dict(max_norm=1)',
            'setting by setting: optim_wrapper.clip_grad.SETTING=VALUE',
        ),
        ('model.head.rates', ["dict(type='A')"], 'cannot be read'),
    ],
)
def test_values_that_cannot_be_meant(cfg, name, value, message):
    before = cfg.pretty_text
    with pytest.raises(OptionError, match=message):
        apply_options(cfg, {name: value})
    assert cfg.pretty_text == before


def test_a_number_may_be_none(cfg):
    apply_options(cfg, {'model.head.momentum': None})
    assert cfg.model.head.momentum is None
