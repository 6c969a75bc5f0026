import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from tests.models.plain import scramble

NORM = dict(type='BN', requires_grad=True)
RESNET = dict(
    type='ResNet', depth=18, base_channels=4, stem_channels=4, norm_cfg=NORM
)
SEGNET = dict(
    type='SegNet', widths=(4, 4), num_convs=(1, 1), decoder_convs=(1, 1)
)


def build(backbone=RESNET, channels=32, **kwargs):
    head = dict(type='FCNHead', in_channels=channels, channels=4)
    return MODELS.build(
        dict(
            type='FreezableEncoderDecoder',
            backbone=backbone,
            decode_head=dict(**head, num_classes=3, norm_cfg=NORM),
            **kwargs,
        )
    )


def train_steps(model, steps=3):
    """Train as a runner does: mode, loss, step; with weight decay."""
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, 0, 0.01)
    for _ in range(steps):
        model.train()
        sample = SegDataSample()
        labels = torch.randint(0, 3, (1, 32, 32))
        sample.gt_sem_seg = PixelData(data=labels)
        losses = model.loss(torch.rand(2, 3, 32, 32), [sample, sample])
        optimizer.zero_grad()
        losses['decode.loss_ce'].backward()
        optimizer.step()


def changed(model, before):
    after = model.state_dict()
    return {k for k in before if not torch.equal(before[k], after[k])}


def copy(model):
    return {k: v.clone() for k, v in model.state_dict().items()}


@pytest.mark.parametrize(('backbone', 'channels'), [(RESNET, 32), (SEGNET, 4)])
def test_nothing_of_a_frozen_backbone_changes(backbone, channels):
    """Weights and running statistics to the bit; the head learns."""
    model = build(backbone, channels, frozen=['backbone'])
    scramble(model)
    before = copy(model)
    train_steps(model)
    names = changed(model, before)
    assert not any(name.startswith('backbone') for name in names)
    assert set(before) - names <= {n for n in before if 'backbone' in n}
    assert model.training and model.decode_head.training
    assert not any(m.training for m in model.backbone.modules())


def test_without_frozen_everything_changes():
    model = build()
    scramble(model)
    before = copy(model)
    train_steps(model)
    assert 'backbone.bn1.running_mean' in changed(model, before)
    assert 'backbone.conv1.weight' in changed(model, before)


def test_a_part_of_the_backbone():
    model = build(frozen='backbone.layer1')
    scramble(model)
    before = copy(model)
    train_steps(model)
    names = changed(model, before)
    assert not any(n.startswith('backbone.layer1') for n in names)
    assert 'backbone.bn1.running_mean' in names
    assert 'backbone.layer2.0.conv1.weight' in names


def test_frozen_features_are_those_of_evaluation():
    model = build(frozen=['backbone'])
    scramble(model)
    x = torch.rand(2, 3, 32, 32)
    seen = model.train().backbone(x)[-1]
    assert not seen.requires_grad
    assert torch.equal(seen, model.eval().backbone(x)[-1])


@pytest.mark.parametrize('name', ['backbon', '', 'backbone.layer9'])
def test_unknown_part(name):
    with pytest.raises(ValueError, match='backbone, decode_head, and'):
        build(frozen=[name])
