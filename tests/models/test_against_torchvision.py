"""The systems of report R1 beside torchvision's."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmseg.models import FCNHead
from mmseg.registry import MODELS

from tests.mmpretrain_stack import needs_torchvision
from tests.models.plain import conv_norm, parameters, scramble

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = {  # of torchvision's classifiers, and ours
    'fcn_r50': {
        r'0\.': 'convs.0.conv.',
        r'1\.': 'convs.0.bn.',
        r'4\.': 'conv_seg.',
    },
    'dlv3_r50': {
        r'0\.convs\.4\.1\.': 'image_pool.1.conv.',
        r'0\.convs\.4\.2\.': 'image_pool.1.bn.',
        r'0\.convs\.(\d)\.0\.': r'aspp_modules.\1.conv.',
        r'0\.convs\.(\d)\.1\.': r'aspp_modules.\1.bn.',
        r'0\.project\.0\.': 'bottleneck.0.conv.',
        r'0\.project\.1\.': 'bottleneck.0.bn.',
        r'1\.': 'sep_bottleneck.0.conv.',
        r'2\.': 'sep_bottleneck.0.bn.',
        r'4\.': 'conv_seg.',
    },
}


def ours(name):
    cfg = Config.fromfile(CONFIGS / '_base_' / 'models' / f'{name}.py').model
    cfg.decode_head.num_classes = 21
    return MODELS.build(cfg)


def renamed(key, name):
    if key.startswith('backbone.'):
        return key
    key = key[len('classifier.') :]
    for theirs, own in NAMES[name].items():
        if re.match(theirs, key):
            return 'decode_head.' + re.sub(f'^{theirs}', own, key)
    raise AssertionError(key)


@needs_torchvision
@pytest.mark.parametrize(
    ('name', 'builder'),
    [('fcn_r50', 'fcn_resnet50'), ('dlv3_r50', 'deeplabv3_resnet50')],
)
def test_same_scores_as_torchvision(name, builder):
    from torchvision.models import segmentation

    options = dict(weights=None, weights_backbone=None, num_classes=21)
    theirs = getattr(segmentation, builder)(**options).eval()
    scramble(theirs)
    model = ours(name).eval()
    weights = {renamed(k, name): v for k, v in theirs.state_dict().items()}
    if name == 'dlv3_r50':  # torchvision puts the pooled branch last
        project = 'decode_head.bottleneck.0.conv.weight'
        weights[project] = weights[project].roll(256, 1)
    model.load_state_dict(weights, strict=True)
    image = torch.rand(1, 3, 65, 81)
    with torch.no_grad():
        logits = model(image, mode='tensor')
        full = F.interpolate(logits, image.shape[2:], mode='bilinear')
        expected = theirs(image)['out']
    scale = expected.abs().max().item()
    torch.testing.assert_close(full, expected, rtol=0, atol=1e-5 * scale)


def resnet_parameters(blocks):
    """Convolutions without bias, two parameters a channel of batch norm."""
    total, inputs = 49 * 3 * 64 + 2 * 64, 64
    for width, count in zip((64, 128, 256, 512), blocks):
        outputs = 4 * width
        total += inputs * outputs + 2 * outputs  # the shortcut
        for _ in range(count):
            total += inputs * width + 9 * width**2 + width * outputs
            total += 2 * (2 * width + outputs)
            inputs = outputs
    return total


@pytest.mark.parametrize(
    ('name', 'head', 'with_auxiliary'),
    [
        ('fcn_r50', 9 * 2048 * 512 + 2 * 512 + 513 * 21, 35_322_218),
        (
            'dlv3_r50',
            29 * 2048 * 256 + 5 * 256**2 + 9 * 256**2 + 14 * 256 + 257 * 21,
            42_004_074,
        ),
    ],
)
def test_as_many_parameters_as_torchvision_documents(
    name, head, with_auxiliary
):
    auxiliary = 9 * 1024 * 256 + 2 * 256 + 257 * 21
    with torch.device('meta'):
        count = parameters(ours(name))
    trunk = resnet_parameters((3, 4, 6, 3))
    assert count == trunk + head == with_auxiliary - auxiliary


def test_fcn_head_against_plain_pytorch():
    """The options of fcn_r50.py, at a reduced width."""
    cfg = Config.fromfile(CONFIGS / '_base_' / 'models' / 'fcn_r50.py').model
    options = dict(cfg.decode_head, in_channels=8, channels=2, in_index=0)
    options.update(norm_cfg=dict(type='BN'))
    assert options.pop('type') == 'FCNHead'
    assert cfg.decode_head.channels * 4 == cfg.decode_head.in_channels
    head = FCNHead(**options).double().eval()
    scramble(head)
    x = torch.rand(2, 8, 9, 7, dtype=torch.float64)
    weights = head.state_dict()
    features = conv_norm(x, weights, 'convs.0')
    seg = [weights[f'conv_seg.{n}'] for n in ('weight', 'bias')]
    torch.testing.assert_close(head([x]), F.conv2d(features, *seg))
    assert head.dropout.p == 0.1
