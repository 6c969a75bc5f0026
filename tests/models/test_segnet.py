import pytest
import torch
import torch.nn.functional as F
from mmengine.config import ConfigDict
from mmengine.runner.checkpoint import load_checkpoint
from mmseg.registry import MODELS
from torch import nn

from segplug.models import SegNet, SegNetHead
from segplug.models.backbones.vgg_weights import PretrainedWeightsError
from tests.models.plain import conv_norm, parameters, scramble

BASIC = dict(
    widths=(64,) * 4,
    num_convs=(1,) * 4,
    decoder_convs=(1,) * 4,
    kernel_size=7,
    local_response=True,
)
SMALL = dict(
    widths=(3, 4, 6, 6), num_convs=(2, 2, 3, 1), decoder_convs=(1, 2, 3, 1)
)
SMALL_BASIC = {**BASIC, 'widths': (5,) * 4}


def reference(net, x, *, stages, decoders, response, training, act=False):
    """SegNet as its paper draws it, with PyTorch's own unpooling."""
    weights = net.state_dict()
    if response:
        squares = F.pad(x.square(), (0, 0, 0, 0, 2, 2)).unfold(1, 5, 1)
        x = x / (1 + 1e-4 / 5 * squares.sum(-1)) ** 0.75
    places = []
    for i, count in enumerate(stages):
        for j in range(count):
            name = f'encoder.stages.{i}.{j}'
            x = conv_norm(x, weights, name, training=training)
        size = x.shape[2:]
        x, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
        places.append((indices, size))
    for i in reversed(range(len(decoders))):
        indices, size = places[i]
        x = F.max_unpool2d(x, indices, 2, output_size=size)
        for j in range(decoders[i]):
            name = f'decoder.{i}.{j}'
            x = conv_norm(x, weights, name, act=act, training=training)
    return x


@pytest.mark.parametrize('size', [(32, 48), (37, 51), (1, 3)])
@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize('options', [SMALL, SMALL_BASIC])
def test_against_plain_pytorch(options, training, size):
    net = SegNet(**options).double()
    scramble(net)
    net.train(training)
    x = 255 * torch.rand(2, 3, *size, dtype=torch.float64)
    expected = reference(
        net,
        x,
        stages=options['num_convs'],
        decoders=options['decoder_convs'],
        response=options.get('local_response', False),
        training=training,
    )
    (result,) = net(x)
    assert result.shape == (2, options['widths'][0], *size)
    torch.testing.assert_close(result, expected)
    assert (result < 0).any(), 'nothing is rectified in the decoder'


def test_decoder_with_relu():
    net = SegNet(**SMALL, decoder_act_cfg=dict(type='ReLU')).double().eval()
    scramble(net)
    x = torch.rand(1, 3, 20, 21, dtype=torch.float64)
    stages, decoders = SMALL['num_convs'], SMALL['decoder_convs']
    options = dict(response=False, training=False, act=True)
    expected = reference(net, x, stages=stages, decoders=decoders, **options)
    torch.testing.assert_close(net(x)[0], expected)


def conv_parameters(inputs, outputs, kernel):
    return inputs * outputs * kernel**2 + outputs + 2 * outputs


def test_parameters_of_segnet():
    """VGG-16's 13 convolutions and their 13 mirror images."""
    down = [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6]
    up = [*[512] * 6, 256, 256, 256, 128, 128, 64, 64]
    encoder = sum(conv_parameters(*p, 3) for p in zip(down, down[1:]))
    decoder = sum(conv_parameters(*p, 3) for p in zip(up, up[1:]))
    net, head = SegNet(), SegNetHead(in_channels=64, num_classes=19)
    assert encoder == parameters(net.encoder) == 14_723_136
    assert decoder == parameters(net.decoder) == 14_719_872
    assert parameters(head) == 64 * 19 * 9 + 19
    convs = [m for m in (*net.modules(), *head.modules()) if is_conv(m)]
    assert len(convs) == 26


def is_conv(module):
    return isinstance(module, nn.Conv2d)


def test_parameters_of_segnet_basic():
    first, others = conv_parameters(3, 64, 7), conv_parameters(64, 64, 7)
    net = SegNet(**BASIC)
    head = SegNetHead(in_channels=64, num_classes=41, kernel_size=1)
    assert parameters(net) == first + 7 * others == 1_415_872
    assert parameters(head) == 64 * 41 + 41


def torchvision_vgg(convs=(2, 2, 3, 3, 3), widths=(64, 128, 256, 512, 512)):
    """Features of torchvision's VGG with batch norm, rebuilt."""
    layers, channels = [], 3
    for width, count in zip(widths, convs):
        for _ in range(count):
            layers += [nn.Conv2d(channels, width, 3, padding=1)]
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    vgg = nn.Module()
    vgg.features = nn.Sequential(*layers)
    vgg.classifier = nn.Sequential(nn.Linear(8, 4))
    return vgg


def save(vgg, path):
    scramble(vgg)
    torch.save(vgg.state_dict(), path)
    return str(path)


def test_imagenet_weights_give_torchvisions_features(tmp_path):
    """By the route of a config: pretrained of the segmentor."""
    vgg = torchvision_vgg()
    path = save(vgg, tmp_path / 'vgg16_bn.pth')
    model = MODELS.build(
        ConfigDict(
            type='EncoderDecoder',
            pretrained=path,
            backbone=dict(type='SegNet'),
            decode_head=dict(type='SegNetHead', in_channels=64, num_classes=3),
        )
    )
    model.init_weights()
    x = torch.rand(1, 3, 64, 96)
    encoder = model.backbone.encoder.eval()
    vgg.features.eval()
    assert torch.equal(encoder(x)[0], vgg.features(x))


def test_imagenet_weights_loaded_by_pytorch():
    vgg = torchvision_vgg()
    net = SegNet()
    net.encoder.load_state_dict(vgg.state_dict())
    weight = net.encoder.stages[4][2].conv.weight
    assert torch.equal(weight, vgg.features[40].weight)


@pytest.mark.parametrize(
    ('vgg', 'options', 'message'),
    [
        (dict(convs=(2, 2, 4, 4, 4)), {}, 'no place for'),
        (dict(), BASIC, r'"features.0.weight" \(64 × 3 × 3 × 3\)'),
        (dict(convs=(2, 2), widths=(64, 128)), {}, 'lack'),
    ],
)
def test_weights_of_another_network(tmp_path, vgg, options, message):
    path = save(torchvision_vgg(**vgg), tmp_path / 'other.pth')
    net = SegNet(pretrained=path, **options)
    with pytest.raises(PretrainedWeightsError, match=message):
        net.init_weights()


def test_own_checkpoints_load_strictly(tmp_path):
    net, other = SegNet(**SMALL), SegNet(**SMALL)
    scramble(net)
    torch.save(net.state_dict(), tmp_path / 'own.pth')
    load_checkpoint(other, str(tmp_path / 'own.pth'), strict=True)
    pairs = zip(net.state_dict().values(), other.state_dict().values())
    assert all(torch.equal(*pair) for pair in pairs)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(widths=(64, 128)), 'same stages'),
        (dict(widths=(), num_convs=(), decoder_convs=()), 'at least one'),
        (dict(num_convs=(2, 2, 3, 3, 0)), 'positive'),
        (dict(kernel_size=4), 'odd integer, got 4'),
        (dict(pretrained='a', init_cfg=dict(type='Normal')), 'not from both'),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        SegNet(**options)


@pytest.mark.parametrize('kernel_size', [1, 3])
def test_head_is_one_convolution(kernel_size):
    head = SegNetHead(in_channels=4, num_classes=3, kernel_size=kernel_size)
    x = torch.rand(2, 4, 5, 7)
    weight, bias = head.conv_seg.weight, head.conv_seg.bias
    expected = F.conv2d(x, weight, bias, padding=kernel_size // 2)
    assert torch.equal(head.train()((x,)), expected)
    with pytest.raises(ValueError, match='odd integer, got 2'):
        SegNetHead(in_channels=4, num_classes=3, kernel_size=2)
