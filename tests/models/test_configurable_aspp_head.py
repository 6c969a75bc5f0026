import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.models.decode_heads import ASPPHead, DepthwiseSeparableASPPHead
from mmseg.registry import MODELS
from torch import nn

from segplug.models import ConfigurableASPPHead

COMMON = dict(
    in_channels=8,
    in_index=1,
    channels=4,
    num_classes=5,
    norm_cfg=dict(type='BN'),
)
DECODER = dict(c1_in_channels=6, c1_channels=3)
NO_DECODER = dict(c1_in_channels=0, c1_channels=0)


def build(**kwargs):
    return ConfigurableASPPHead(**{**COMMON, **kwargs})


def features(batch=2, size=(9, 7)):
    low = torch.randn(batch, 6, 2 * size[0], 2 * size[1])
    return [low, torch.randn(batch, 8, *size)]


def scramble(module):
    """Give every parameter and statistic a value of its own."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.rand_like(tensor) + 0.1)


@pytest.mark.parametrize('training', [False, True])
@pytest.mark.parametrize('dilations', [(1, 6, 12, 18), (1, 2), (3,)])
@pytest.mark.parametrize(
    ('host', 'host_options', 'options'),
    [
        (ASPPHead, {}, {}),
        (
            DepthwiseSeparableASPPHead,
            DECODER,
            dict(separable=True, **DECODER),
        ),
        (DepthwiseSeparableASPPHead, NO_DECODER, dict(separable=True)),
    ],
)
def test_same_names_and_same_bits_as_mmsegmentation(
    host, host_options, options, dilations, training
):
    theirs = host(dilations=dilations, **host_options, **COMMON)
    ours = build(dilations=dilations, **options)
    scramble(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    inputs = features()
    results = []
    for head in (ours, theirs):
        head.train(training)
        torch.manual_seed(0)  # for the dropout
        output = head(inputs)
        output.square().sum().backward()
        grads = [p.grad for p in head.parameters()]
        results.append((output, *grads, *head.buffers()))
    assert all(map(torch.equal, *results))


@settings(max_examples=40, deadline=None)
@given(
    branches=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5)),
        min_size=1,
        max_size=4,
    ),
    separable=st.booleans(),
    pool=st.booleans(),
    size=st.tuples(st.integers(1, 11), st.integers(1, 11)),
)
def test_any_kernels_and_rates_keep_the_size(branches, separable, pool, size):
    rates, heights, widths = zip(*branches)
    head = build(
        dilations=rates,
        kernel_sizes=list(zip(heights, widths)),
        separable=separable,
        image_pool=pool,
    ).eval()
    assert head(features(1, size)).shape == (1, 5, *size)


def brute_force(image, weight, rate):
    """Correlate with zeros outside; the larger half of padding is behind."""
    height, width = image.shape
    kernel = weight.shape
    before = [(k - 1) * rate // 2 for k in kernel]
    output = torch.zeros_like(image)
    taps = itertools.product(range(kernel[0]), range(kernel[1]))
    for (i, j), y, x in itertools.product(taps, range(height), range(width)):
        row, column = y + i * rate - before[0], x + j * rate - before[1]
        if 0 <= row < height and 0 <= column < width:
            output[y, x] += weight[i, j] * image[row, column]
    return output


@pytest.mark.parametrize('separable', [False, True])
@pytest.mark.parametrize(
    ('kernel', 'rate'), [(2, 1), (4, 1), (4, 2), (4, 3), (3, 2), ((2, 5), 1)]
)
def test_branch_against_brute_force(kernel, rate, separable):
    pair = (kernel, kernel) if isinstance(kernel, int) else kernel
    head = build(
        in_channels=1,
        channels=1,
        dilations=[rate],
        kernel_sizes=[kernel],
        separable=separable,
        norm_cfg=None,
        act_cfg=None,
    )
    branch = head.aspp_modules[0]
    image, weight = torch.randn(9, 8), torch.randn(pair)
    conv = branch.depthwise_conv.conv if separable else branch.conv
    nn.init.zeros_(conv.bias)
    conv.weight.data[0, 0] = weight
    if separable:
        nn.init.ones_(branch.pointwise_conv.conv.weight)
        nn.init.zeros_(branch.pointwise_conv.conv.bias)
    expected = brute_force(image, weight, rate)
    assert torch.allclose(branch(image[None, None])[0, 0], expected, atol=1e-5)


def test_four_by_four_kernels_at_the_report_s_rates():
    """Report R2's DL-3: paddings 12, 24 and 36 keep a 33 × 33 map."""
    head = build(dilations=(1, 8, 16, 24), kernel_sizes=(1, 4, 4, 4)).eval()
    convs = [branch.conv for branch in head.aspp_modules]
    assert [c.padding for c in convs] == [(0, 0), (12, 12), (24, 24), (36, 36)]
    assert head(features(1, (33, 33))).shape == (1, 5, 33, 33)


def test_one_by_one_branches_stay_plain():
    head = build(dilations=(1, 1, 4), kernel_sizes=(1, 3, 1), separable=True)
    kinds = [hasattr(b, 'depthwise_conv') for b in head.aspp_modules]
    assert kinds == [False, True, False]


def test_one_kernel_size_for_all():
    head = build(dilations=(1, 2), kernel_sizes=5)
    assert head.kernel_sizes == ((5, 5), (5, 5))


def test_without_image_pool_the_branches_alone_are_merged():
    head = build(dilations=(1, 2, 3), image_pool=False)
    assert head.bottleneck.conv.in_channels == 3 * head.channels
    assert not any('image_pool' in name for name in head.state_dict())


def test_plain_decoder():
    head = build(separable=False, **DECODER)
    assert head(features(2, (5, 6))).shape == (2, 5, 10, 12)
    names = head.state_dict()
    assert 'sep_bottleneck.0.conv.weight' in names
    assert not any('depthwise' in name for name in names)


def test_training_on_a_single_image():
    """Where batch norm sees one value, its running statistics are used."""
    torch.manual_seed(0)
    head = build(dropout_ratio=0).train()
    norm = head.image_pool[1].norm
    norm.running_mean.fill_(0.3)
    norm.running_var.fill_(2.0)
    inputs = features(batch=1)
    head(inputs).sum().backward()
    assert head.image_pool[1].conv.weight.grad.abs().sum() > 0
    assert norm.training
    assert norm.running_mean.unique().item() == pytest.approx(0.3)
    pooled = head._pool(inputs[1])
    head.eval()
    assert torch.equal(pooled, head._pool(inputs[1]))


def test_a_batch_of_two_updates_the_statistics():
    head = build().train()
    head(features(batch=2))
    assert head.image_pool[1].norm.running_mean.abs().sum() > 0


def test_built_from_a_config_by_name():
    config = dict(type='ConfigurableASPPHead', dilations=(1, 6, 12, 18))
    head = MODELS.build({**config, **COMMON})
    assert len(head.aspp_modules) == 4


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(dilations=()), 'at least one positive integer'),
        (dict(dilations=(1, 0)), r'\(1, 0\)'),
        (dict(dilations=6), 'got 6'),
        (dict(dilations=(1, 2.5)), '2.5'),
        (dict(kernel_sizes=(3, 3)), 'there are 4 dilations'),
        (dict(kernel_sizes=(1, 3, 3, 0)), 'positive integers'),
        (dict(kernel_sizes=(1, 3, 3, (3, 3, 3))), 'pairs'),
        (dict(c1_in_channels=4), 'needs both c1_in_channels'),
        (dict(c1_channels=4), 'needs both c1_in_channels'),
        (dict(c1_in_channels=-1, c1_channels=4), 'must not be negative'),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
