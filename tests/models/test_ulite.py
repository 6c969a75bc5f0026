import pytest
import torch
import torch.nn.functional as F

from segplug.models import ULite
from tests.models.plain import conv_norm, parameters, scramble


def reference(net, x, *, steps, convs, skip, training):
    """A U-Net without bottom, up-sampled by repetition."""
    weights = net.state_dict()
    beside = []
    for i in range(steps):
        for j in range(convs):
            x = conv_norm(x, weights, f'down.{i}.{j}', training=training)
        beside.append(x)
        x = F.max_pool2d(x, 2, ceil_mode=True)
    for i in reversed(range(steps)):
        x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        x = x[:, :, : beside[i].shape[2], : beside[i].shape[3]]
        x = torch.cat([x, beside[i]], 1) if skip else x
        for j in range(convs):
            x = conv_norm(x, weights, f'up.{i}.{j}', training=training)
    return x


@pytest.mark.parametrize('size', [(16, 24), (37, 51), (1, 3)])
@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize(('skip', 'convs'), [(True, 2), (False, 1)])
def test_against_plain_pytorch(skip, convs, training, size):
    net = ULite(widths=(3, 4, 6), skip=skip, num_convs=convs).double()
    scramble(net)
    net.train(training)
    x = torch.rand(2, 3, *size, dtype=torch.float64)
    options = dict(steps=3, convs=convs, skip=skip, training=training)
    expected = reference(net, x, **options)
    (result,) = net(x)
    assert result.shape == (2, 3, *size)
    torch.testing.assert_close(result, expected)


def test_parameters():
    """Two convolutions a step, 9 weights a pair of channels."""
    pairs = [(3, 32), (32, 32), (32, 64), (64, 64), (64, 128), (128, 128)]
    pairs += [(256, 64), (64, 64), (128, 32), (32, 32), (64, 32), (32, 32)]
    expected = sum(9 * i * o + 3 * o for i, o in pairs)
    assert parameters(ULite()) == expected == 546_720


@pytest.mark.parametrize(
    'options', [dict(widths=()), dict(num_convs=0), dict(kernel_size=2)]
)
def test_wrong_arguments(options):
    with pytest.raises(ValueError, match='ULite needs positive'):
        ULite(**options)
