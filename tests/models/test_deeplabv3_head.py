import pytest
import torch
import torch.nn.functional as F
from torch import nn

from segplug.models import DeepLabV3Head
from tests.models.plain import conv_norm, parameters, scramble


def build(**kwargs):
    options = dict(
        in_channels=8,
        channels=4,
        num_classes=5,
        dilations=(1, 2, 3),
        norm_cfg=dict(type='BN'),
    )
    return DeepLabV3Head(**{**options, **kwargs})


def reference(head, x, num_convs):
    """torchvision's DeepLabHead, by the layers of its definition."""
    weights = head.state_dict()
    pooled = conv_norm(x.mean((2, 3), keepdim=True), weights, 'image_pool.1')
    branches = [F.interpolate(pooled, x.shape[2:], mode='bilinear')]
    for i, rate in enumerate(head.dilations):
        branches.append(conv_norm(x, weights, f'aspp_modules.{i}', rate=rate))
    y = conv_norm(torch.cat(branches, 1), weights, 'bottleneck.0')
    for i in range(num_convs):
        y = conv_norm(y, weights, f'sep_bottleneck.{i}')
    return F.conv2d(y, weights['conv_seg.weight'], weights['conv_seg.bias'])


@pytest.mark.parametrize('num_convs', [0, 1, 2])
def test_against_plain_pytorch(num_convs):
    head = build(num_convs=num_convs).double().eval()
    scramble(head)
    x = torch.rand(2, 8, 9, 7, dtype=torch.float64)
    expected = reference(head, x, num_convs)
    torch.testing.assert_close(head([x]), expected)


def torchvision_head(inputs, classes, rates):
    """The layers of torchvision's DeepLabHead, rebuilt."""

    def block(inputs, kernel):
        conv = nn.Conv2d(inputs, 256, kernel, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(256))

    return nn.ModuleList(
        [
            block(inputs, 1),
            *(block(inputs, 3) for _ in rates),
            block(inputs, 1),  # pooled
            block(256 * (len(rates) + 2), 1),
            block(256, 3),
            nn.Conv2d(256, classes, 1),
        ]
    )


def test_as_many_parameters_as_torchvision():
    head = build(
        in_channels=2048,
        channels=256,
        num_classes=21,
        dilations=(1, 12, 24, 36),
    )
    theirs = torchvision_head(2048, 21, (12, 24, 36))
    assert parameters(head) == parameters(theirs) == 16_130_837


def test_dropout_is_after_the_projection_only():
    head = build(project_dropout=0.25)
    assert head.dropout is None
    rates = [m.p for m in head.modules() if isinstance(m, nn.Dropout)]
    assert rates == [0.25]


def test_without_image_pool():
    head = build(image_pool=False)
    assert head.bottleneck[0].conv.in_channels == 3 * 4


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(project_dropout=1), 'got 1'),
        (dict(num_convs=-1), 'got -1'),
        (dict(c1_in_channels=8, c1_channels=4), 'no decoder'),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
