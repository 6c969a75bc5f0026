from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[1] / 'configs'
LEAVES = sorted(path.name for path in CONFIGS.glob('*.py'))
R4 = dict(
    fcn_unet_pascalpart=23.09,
    dlv3p_r50_scratch_pascalpart=24.31,
    dlv3p_r50_pascalpart=59.32,
    dlv3p_r50_lovasz_pascalpart=58.76,
)


def load(name):
    return Config.fromfile(CONFIGS / f'{name}.py')


@pytest.mark.parametrize('leaf', LEAVES)
def test_leaf_is_short_and_says_what_to_expect(leaf):
    text = (CONFIGS / leaf).read_text()
    assert len(text.splitlines()) <= 25
    assert f'# python tools/train.py configs/{leaf}' in text
    assert 'Report R' in text and 'xpected' in text


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
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr) == ('SGD', 0.01)
    assert (optimizer.momentum, optimizer.weight_decay) == (0.9, 5e-4)
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


def test_mmseg_bases_are_named_in_fragments_only():
    for leaf in LEAVES:
        assert 'mmseg::' not in (CONFIGS / leaf).read_text()
