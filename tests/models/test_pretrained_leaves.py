"""Leaves that start from published weights, with files named like those."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from tests.tools.runs import CONFIGS

URL = 'https://download.pytorch.org/models/'
BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
WIDTH = 4  # channels of the first stage; 64 in the published files


def norm(name, channels):
    names = ('weight', 'bias', 'running_mean', 'running_var')
    return {f'{name}.{part}': torch.rand(channels) + 0.5 for part in names}


def conv(name, outputs, inputs, size):
    return {f'{name}.weight': torch.randn(outputs, inputs, size, size)}


def plain_stem():
    return {**conv('conv1', WIDTH, 3, 7), **norm('bn1', WIDTH)}


def deep_stem():
    """Three 3 × 3 convolutions, as the files named v1c have it."""
    weights, channels = {}, 3
    for i, width in enumerate((WIDTH // 2, WIDTH // 2, WIDTH)):
        weights.update(conv(f'stem.{3 * i}', width, channels, 3))
        weights.update(norm(f'stem.{3 * i + 1}', width))
        channels = width
    return weights


def resnet(depth, stem=plain_stem):
    """Weights of a ResNet of bottlenecks under torchvision's names."""
    weights, channels = stem(), WIDTH
    for stage, count in enumerate(BLOCKS[depth]):
        width = WIDTH * 2**stage
        for block in range(count):
            at = f'layer{stage + 1}.{block}'
            sizes = ((width, channels, 1), (width, width, 3))
            for i, shape in enumerate((*sizes, (4 * width, width, 1)), 1):
                weights.update(conv(f'{at}.conv{i}', *shape))
                weights.update(norm(f'{at}.bn{i}', shape[0]))
            if block == 0:
                down = f'{at}.downsample'
                weights.update(conv(f'{down}.0', 4 * width, channels, 1))
                weights.update(norm(f'{down}.1', 4 * width))
            channels = 4 * width
    return weights


def classifier(depth, **kwargs):
    fc = {'fc.weight': torch.randn(9, 32 * WIDTH), 'fc.bias': torch.randn(9)}
    return {**resnet(depth, **kwargs), **fc}


def segmentor(depth):
    """Names of torchvision's DeepLabV3: backbone, classifier, auxiliary."""
    weights = {f'backbone.{k}': v for k, v in resnet(depth).items()}
    weights.update(conv('classifier.0.convs.0.0', 8, 32 * WIDTH, 1))
    weights.update(conv('classifier.4', 21, 8, 1))
    weights.update(conv('aux_classifier.0', 8, 16 * WIDTH, 3))
    return weights


LEAVES = {
    'fcn_r50_camvid': ('torchvision://resnet50', lambda: classifier(50)),
    'dlv3_r50_camvid': ('torchvision://resnet50', lambda: classifier(50)),
    'dlv3_r50_rates8-12-16_voc12': (
        *('torchvision://resnet50', lambda: classifier(50)),
    ),
    'dlv3_r101_dl1_cityscapes': (
        *('torchvision://resnet101', lambda: classifier(101)),
    ),
    'dlv3p_r50_pascalpart': (
        'open-mmlab://resnet50_v1c',
        lambda: classifier(50, stem=deep_stem),
    ),
    'dlv3_r50_frozen_voc12': (
        URL + 'deeplabv3_resnet50_coco-cd0a2569.pth',
        lambda: segmentor(50),
    ),
}


@pytest.mark.parametrize('leaf', LEAVES)
def test_all_weights_of_the_backbone_are_the_files(leaf, tmp_path):
    source, make = LEAVES[leaf]
    model = Config.fromfile(CONFIGS / f'{leaf}.py').model
    assert model.pretrained == source
    torch.manual_seed(0)
    published = make()
    torch.save(published, tmp_path / 'published.pth')
    init_default_scope('mmseg')
    model.pretrained = str(tmp_path / 'published.pth')
    model.backbone.update(
        stem_channels=WIDTH, base_channels=WIDTH, norm_cfg=dict(type='BN')
    )
    for name, parts in (('decode_head', 32), ('auxiliary_head', 16)):
        if model.get(name):
            model[name].update(in_channels=parts * WIDTH, channels=4)
    if 'c1_in_channels' in model.decode_head:
        model.decode_head.update(c1_in_channels=4 * WIDTH, c1_channels=2)
    built = MODELS.build(model)
    built.init_weights()
    found = {
        name.removeprefix('backbone.'): value
        for name, value in published.items()
        if not name.startswith(('fc.', 'classifier', 'aux_classifier'))
    }
    ours = built.backbone.state_dict()
    counters = {name for name in ours if name.endswith('_tracked')}
    assert set(ours) - counters == set(found)
    for name, value in found.items():
        assert torch.equal(ours[name], value), name
