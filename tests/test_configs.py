import functools
import re
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from segplug.benchmarks.systems import NoSystemError, measure, table
from tests.mmpretrain_stack import needs_mmpretrain

CONFIGS = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(path.name for path in CONFIGS.glob('*.py'))
EXTRA = {'dlv3p_convnext-tiny_pascalpart.py', 'pretrain_r50.py'}
R4 = dict(
    fcn_unet_pascalpart=23.09,
    dlv3p_r50_scratch_pascalpart=24.31,
    dlv3p_r50_pascalpart=59.32,
    dlv3p_r50_lovasz_pascalpart=58.76,
)
R2 = dict(
    dl1=(65.43, (1, 6, 12, 18), 3),
    dl2=(67.29, (1, 3, 6, 9), 3),
    dl3=(60.99, (1, 8, 16, 24), 4),
    dl4=(59.69, (1, 6, 12, 18, 24), 3),
    dl1_150e=(72.53, (1, 6, 12, 18), 3),
    dl2_150e=(None, (1, 3, 6, 9), 3),
)
NAMED = [
    *(f'fcn_r{depth}_cityscapes256' for depth in (18, 34, 50, 101)),
    'dlv3_r50_cityscapes256',
    'segnet_cityscapes',
    *(f'dlv3_r101_{name}_cityscapes' for name in R2),
    'segnet_basic_bdd100k',
    'ulite_bdd100k',
    'dlv3_r50_rates8-12-16_voc12',
    'dlv3_r50_rates12-16-24_voc12',
    'dlv3_r50_frozen_voc12',
    'segnet_camvid',
    'segnet_basic_camvid',
    'ulite_camvid',
    'fcn_r50_camvid',
    'dlv3_r50_camvid',
    'dlv3p_r50_camvid',
    'dlv3p_r50_lovasz_camvid',
    'pretrain_r50',
]


@functools.cache
def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


def build(name):
    """Build the network of a config without memory for its weights."""
    cfg = load(name)
    with torch.device('meta'):
        return MODELS.build(cfg.model), cfg


def dilations(stage):
    """Rates of the 3 × 3 convolutions of a ResNet's stage."""
    convs = [c for n, c in stage.named_modules() if n.endswith('conv2')]
    return [conv.dilation[0] for conv in convs]


def optimizer(cfg):
    options = dict(cfg.optim_wrapper.optimizer)
    return options.pop('type'), options.pop('lr'), options


@pytest.mark.parametrize('leaf', LEAVES)
def test_leaf_is_short_and_says_what_to_expect(leaf):
    text = (CONFIGS / leaf).read_text()
    assert len(text.splitlines()) <= 25
    assert f'# python tools/train.py configs/{leaf}' in text
    header = ' '.join(re.findall('^# (.+)', text, re.M))
    assert re.search(r'Expected on [\w\d \'-]+: .+', header)
    if 'camvid' not in leaf and leaf not in EXTRA:
        assert re.match(r'Report R[1-5]\b', header)
    elif 'camvid' in leaf:
        assert 'mIoU' in header or 'no published figure' in header


def said(leaf):
    """Batch, iterations and rate that a header gives as the config's own.

    What stands in brackets is of others.
    """
    lines = re.findall('^# (.+)', (CONFIGS / leaf).read_text(), re.M)
    text = re.sub(r'\([^)]*\)', '', ' '.join(lines))
    text = text.partition('Expected on')[0]
    found = (
        ('batch', r'[Bb]atches of (\d+)', int),
        ('iterations', r'(\d[\d ]*) iterations', lambda n: n.replace(' ', '')),
        ('rate', r'(?:(?:SGD|Adam) at|rate|decay from) (\d[\d.e-]*\d)', float),
    )
    return {
        name: [float(kind(value)) for value in re.findall(pattern, text)]
        for name, pattern, kind in found
    }


@pytest.mark.parametrize('leaf', sorted({*LEAVES} - EXTRA))
def test_headers_agree_with_what_is_trained(leaf):
    cfg, facts = load(leaf[:-3]), said(leaf)
    assert set(facts['batch']) <= {cfg.train_dataloader.batch_size}
    assert set(facts['iterations']) <= {cfg.train_cfg.max_iters}
    rates = set(facts['rate'])
    assert rates <= {cfg.optim_wrapper.optimizer.lr}
    if '_base_ = [' in (CONFIGS / leaf).read_text():
        assert facts['iterations'] and facts['batch'] and rates


#: What reports.md remarks on: each in the header of its config.
REMARKS = dict(
    dlv3_r101_dl1_cityscapes=('65.34', '69.2'),
    dlv3_r101_dl3_cityscapes=('63.40', '66.3'),
    dlv3p_r50_pascalpart=('59.23', '70.75'),
    segnet_basic_bdd100k=(
        '380 epochs',
        'batches of 4',
        '2 or 4',
        '32 classes',
    ),
    ulite_bdd100k=('38 epochs', '33 classes'),
    segnet_camvid=('batches of 12, no flip', '60.1', 'Batches of 8'),
    segnet_basic_camvid=('batches of 12, no flip', 'not verified'),
    fcn_r50_cityscapes256=('cross-entropy', '19 classes', '1024/196/144'),
)


@pytest.mark.parametrize('name', REMARKS)
def test_headers_hold_the_remarks_on_the_reports(name):
    text = ' '.join((CONFIGS / f'{name}.py').read_text().split('\n# '))
    assert [part for part in REMARKS[name] if part not in text] == []


def test_every_wanted_config_is_there():
    assert {f'{name}.py' for name in NAMED} <= set(LEAVES)


@pytest.mark.parametrize('name', R4)
def test_r4_protocol(name):
    """Figures of report R4: data, schedule, score in the header."""
    cfg = load(name)
    assert f'mIoU {R4[name]}' in (CONFIGS / f'{name}.py').read_text()
    steps = {step.type: step for step in cfg.train_pipeline}
    assert steps['Resize'].scale[1] == 512 and steps['Resize'].keep_ratio
    assert steps['RandomCrop'].crop_size == (512, 512)
    assert steps['RandomFlip'].prob == 0.5
    assert 'PhotoMetricDistortion' not in steps
    assert cfg.train_dataloader.batch_size == 4
    assert cfg.train_cfg.max_iters == 2000
    kind, rate, options = optimizer(cfg)
    assert (kind, rate) == ('SGD', 0.01)
    assert options == dict(momentum=0.9, weight_decay=5e-4)
    heads = (cfg.model.decode_head, cfg.model.auxiliary_head)
    assert [head.num_classes for head in heads] == [7, 7]


def test_r4_differences():
    scratch, base, lovasz, alone = map(
        load,
        (
            'dlv3p_r50_scratch_pascalpart',
            'dlv3p_r50_pascalpart',
            'dlv3p_r50_lovasz_pascalpart',
            'dlv3p_r50_lovaszonly_pascalpart',
        ),
    )
    assert scratch.model.pretrained is None
    assert base.model.pretrained == 'open-mmlab://resnet50_v1c'
    kinds = [loss.type for loss in lovasz.model.decode_head.loss_decode]
    assert kinds == ['CrossEntropyLoss', 'LovaszSoftmaxLoss']
    assert lovasz.model.auxiliary_head == base.model.auxiliary_head
    for head in ('decode_head', 'auxiliary_head'):
        loss = alone.model[head].loss_decode
        assert set(loss) == {'type', 'loss_weight'}
        assert loss.type == 'LovaszSoftmaxLoss'


@pytest.mark.parametrize(
    ('name', 'depth'),
    [(f'fcn_r{d}', d) for d in (18, 34, 50, 101)] + [('dlv3_r50', 50)],
)
def test_r1_protocol(name, depth):
    model, cfg = build(f'{name}_cityscapes256')
    assert cfg.train_dataloader.batch_size == 2
    assert optimizer(cfg) == ('Adam', 1e-4, dict(weight_decay=1e-5))
    assert cfg.param_scheduler == [] and cfg.model.pretrained is None
    assert cfg.train_cfg.max_iters == 50 * 1024 // 2
    assert model.backbone.depth == depth and not model.with_auxiliary_head
    stages = [model.backbone.layer3, model.backbone.layer4]
    if depth == 50:  # torchvision's: the first block keeps the old rate
        assert [set(dilations(s)[1:]) for s in stages] == [{2}, {4}]
        assert [dilations(s)[0] for s in stages] == [1, 2]
    features = model.backbone(torch.empty(1, 3, 256, 512, device='meta'))
    assert features[-1].shape[2:] == (32, 64)
    assert model.num_classes == 19


@pytest.mark.parametrize('name', R2)
def test_r2_protocol(name):
    score, rates, kernel = R2[name]
    full = f'dlv3_r101_{name}_cityscapes'
    model, cfg = build(full)
    if score:
        assert f'mIoU {score}' in (CONFIGS / f'{full}.py').read_text()
    assert cfg.train_dataloader.batch_size == 8
    length = 2975 * (150 if '150e' in name else 40) // 8
    assert cfg.train_cfg.max_iters == length
    (decay,) = cfg.param_scheduler
    assert (decay.type, decay.power, decay.end) == ('PolyLR', 0.9, length)
    assert decay.eta_min == 0 and optimizer(cfg)[:2] == ('SGD', 0.007)
    assert cfg.model.pretrained == 'torchvision://resnet101'
    assert not hasattr(model.backbone, 'stem')  # of three 3 × 3
    rest = [dilations(model.backbone.layer1 + model.backbone.layer2)]
    rest.append(dilations(model.backbone.layer3))
    assert {rate for stage in rest for rate in stage} == {1}
    assert dilations(model.backbone.layer4) == [2, 2, 2]
    features = model.backbone(torch.empty(1, 3, 513, 513, device='meta'))
    assert features[-1].shape[2:] == (33, 33)
    head = model.decode_head
    assert head.dilations == rates
    assert {k for k, _ in head.kernel_sizes[1:]} == {kernel}
    assert head.aspp_modules(features[-1])[-1].shape[2:] == (33, 33)


@pytest.mark.parametrize(
    ('name', 'rates'),
    [
        ('dlv3_r101_dl1_mg124_cityscapes', [2, 4, 8]),
        ('dlv3_r50_rates8-12-16_mg124_voc12', [4, 8, 16]),
    ],
)
def test_multi_grid_is_times_the_rate_of_the_block(name, rates):
    """DeepLabV3, section 3.2.2: unit rates (1, 2, 4) of block 4."""
    model, _ = build(name)
    assert dilations(model.backbone.layer4) == rates


def test_r2_segnet_protocol():
    for name in ('segnet_cityscapes', 'segnet_basic_cityscapes'):
        cfg = load(name)
        assert 'mIoU 43.79' in (CONFIGS / f'{name}.py').read_text()
        assert cfg.train_cfg.max_iters == 7500
        assert optimizer(cfg)[0] == 'SGD'


@pytest.mark.parametrize(
    ('name', 'images', 'score'),
    [('segnet_basic', 70, 3.51), ('ulite', 700, 14.08)],
)
def test_r3_protocol(name, images, score):
    cfg = load(f'{name}_bdd100k')
    assert f'mIoU {score}' in (CONFIGS / f'{name}_bdd100k.py').read_text()
    assert cfg.train_dataloader.dataset.indices == images
    assert cfg.crop_size == (360, 640)
    assert cfg.model.decode_head.num_classes == 41
    preprocessor = cfg.model.data_preprocessor
    assert preprocessor.type == 'SampleScalingDataPreProcessor'
    assert optimizer(cfg)[0] == 'Adam'
    assert cfg.train_cfg.max_iters == 38 * 700 // 4
    assert cfg.default_hooks.early_stopping.monitor == 'aAcc'
    assert cfg.default_hooks.checkpoint.save_best == 'aAcc'


@pytest.mark.parametrize(
    ('name', 'kept'),
    [
        (
            'ulite_bdd100k',
            ['ValidationLossHook', 'RestoringEarlyStoppingHook'],
        ),
        ('segnet_camvid', ['ClassWeightHook']),
        ('segnet_basic_camvid', ['ClassWeightHook']),
    ],
)
def test_custom_hooks_of_a_leaf_leave_the_named_ones(name, kept, tmp_path):
    leaf = tmp_path / 'leaf.py'
    leaf.write_text(
        f'_base_ = {str(CONFIGS / name) + ".py"!r}\n'
        "custom_hooks = [dict(type='EMAHook')]\n"
        'default_hooks = dict(checkpoint=dict(interval=7))\n'
    )
    cfg = Config.fromfile(leaf)
    hooks = {hook.get('type') for hook in cfg.default_hooks.values()}
    assert {*kept} <= hooks
    assert [hook.type for hook in cfg.custom_hooks] == ['EMAHook']
    assert cfg.default_hooks.checkpoint.interval == 7


@pytest.mark.parametrize(
    ('name', 'rates', 'score'),
    [
        ('rates8-12-16', (8, 12, 16), 54.82),
        ('rates12-16-24', (12, 16, 24), None),
        ('frozen', (12, 24, 36), 64.65),
    ],
)
def test_r5_protocol(name, rates, score):
    full = f'dlv3_r50_{name}_voc12'
    model, cfg = build(full)
    if score:
        assert f'mIoU {score}' in (CONFIGS / f'{full}.py').read_text()
    assert model.decode_head.dilations == (1, *rates)
    assert cfg.train_dataloader.batch_size == 4
    assert cfg.crop_size == (256, 256) and model.num_classes == 21
    assert optimizer(cfg)[0] == 'Adam'
    per_epoch = 1464 // 4
    assert cfg.train_cfg.max_iters == 200 * per_epoch
    (step,) = cfg.param_scheduler
    assert step.milestones == [180 * per_epoch] and step.gamma == 0.1
    frozen = {p.requires_grad for p in model.backbone.parameters()}
    assert frozen == {name != 'frozen'}
    assert all(p.requires_grad for p in model.decode_head.parameters())


@pytest.mark.parametrize('name', [n for n in NAMED if 'camvid' in n])
def test_camvid_protocol(name):
    cfg = load(name)
    assert cfg.model.decode_head.num_classes == 11
    assert cfg.crop_size == (360, 480)
    is_segnet = name.startswith('segnet')
    loss = cfg.model.decode_head.loss_decode
    hooks = [hook.get('type') for hook in cfg.default_hooks.values()]
    assert is_segnet == ('ClassWeightHook' in hooks)
    if is_segnet:
        assert loss.type == 'WeightedCrossEntropyLoss'
        assert loss.class_weight == 'median_frequency'


def test_mmseg_bases_are_named_in_fragments_only():
    for leaf in LEAVES:
        assert 'mmseg::' not in (CONFIGS / leaf).read_text()


def documented():
    """Rows of the table in the docs: parameters, input, GFLOPs."""
    text = (CONFIGS.parent / 'docs' / 'systems.md').read_text()
    row = r'^\|[^|]*\| `(\S+)` \| ([\d,]+) \| (\d+)×(\d+) \| ([\d.]+) \|'
    return {
        name: (int(count.replace(',', '')), (int(high), int(wide)), flops)
        for name, count, high, wide, flops in re.findall(row, text, re.M)
    }


@pytest.mark.parametrize(
    'leaf',
    [
        pytest.param(name, marks=needs_mmpretrain) if name in EXTRA else name
        for name in LEAVES
        if name != 'pretrain_r50.py'
    ],
)
def test_documented_size(leaf):
    """The table of docs/systems.md against what is counted now."""
    system = measure(CONFIGS / leaf)
    count, size, flops = documented()[system.name]
    assert (count, size) == (system.parameters, system.size)
    assert flops == f'{system.flops / 1e9:.1f}'


def test_documented_systems_exist():
    assert {f'{name}.py' for name in documented()} <= set(LEAVES)


def test_table_of_systems():
    system = measure(CONFIGS / 'ulite_bdd100k.py')
    row = table([system]).splitlines()[-1]
    assert row == '| `ulite_bdd100k` | 548,073 | 360×640 | 41.3 |'


@pytest.mark.parametrize('name', ['gone', '_base_/default_runtime'])
def test_only_segmentors_are_measured(name):
    with pytest.raises(NoSystemError, match=name):
        measure(CONFIGS / f'{name}.py')
