import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from segplug.models import LovaszSoftmaxLoss
from segplug.models.losses import lovasz_softmax_loss as module
from segplug.models.losses.lovasz import blocks
from segplug.models.losses.lovasz.ruler import Cells

from .score_maps import (
    KINDS,
    counting,
    errors,
    exact,
    hosts,
    scene,
    value_and_gradient,
)


def binned(logits, labels, **options):
    return value_and_gradient(counting(**options), logits, labels)


@pytest.mark.parametrize('classes', [2, 7, 19, 41])
@pytest.mark.parametrize('kind', KINDS)
def test_accuracy(kind, classes):
    logits, labels = scene(kind, classes)
    truth = exact(logits, labels)
    loss, gradient = errors(binned(logits, labels), truth)
    assert loss <= 1e-7 and gradient <= 5e-4
    # A float32 has a spacing of 6e-8 below 1.
    assert loss <= max(errors(hosts(logits, labels), truth)[0], 6e-8)


@pytest.mark.parametrize('classes', [2, 7, 19, 41])
@pytest.mark.parametrize('kind', KINDS)
def test_small_sets_are_closer_than_mmsegmentation_s(kind, classes):
    logits, labels = scene(kind, classes)
    truth = exact(logits, labels)
    ours = value_and_gradient(LovaszSoftmaxLoss(), logits, labels)
    loss, gradient = errors(ours, truth)
    theirs = errors(hosts(logits, labels), truth)
    assert loss <= max(theirs[0], 6e-8)
    assert gradient <= 2e-7 and gradient < theirs[1]


@pytest.mark.parametrize('classes', [2, 7, 19, 41])
@pytest.mark.parametrize('kind', KINDS)
def test_other_sets_are_closer_than_mmsegmentation_s(kind, classes):
    logits, labels = scene(kind, classes, size=(256, 257))
    assert labels.numel() > LovaszSoftmaxLoss().sort_up_to
    truth = exact(logits, labels)
    results = (
        value_and_gradient(LovaszSoftmaxLoss(), logits, labels),
        hosts(logits, labels),
        # Where errors are tiny, both have those of float32 probabilities.
        value_and_gradient(counting(method='exact'), logits, labels),
    )
    ours, theirs, rounding = (errors(result, truth) for result in results)
    assert ours[0] <= max(theirs[0], 6e-8)
    assert ours[1] <= min(max(theirs[1], 1.2 * rounding[1]), 1e-3)


@pytest.mark.parametrize('size', [(256, 256), (500, 500)])
def test_a_rare_class_of_which_a_sample_shows_nothing(size):
    logits, labels = scene('rare', 7, size=size)
    truth = exact(logits, labels)
    loss, gradient = errors(binned(logits, labels), truth)
    assert loss <= 1e-7 and gradient <= 5e-4


@pytest.mark.parametrize('loss', [LovaszSoftmaxLoss, counting])
@pytest.mark.parametrize('classes', [2, 7, 19, 41])
@pytest.mark.parametrize('kind', KINDS)
def test_accuracy_of_the_exact_method(kind, classes, loss):
    """With the softmax in float64, and in float32 as for large sets."""
    logits, labels = scene(kind, classes)
    truth = exact(logits, labels)
    single = value_and_gradient(loss(method='exact'), logits, labels)
    assert errors(single, truth)[0] <= 1e-7


def test_gradients_of_large_batches_are_closer_than_mmsegmentation_s():
    logits, labels = scene('mixed', 4, batch=4, size=(400, 400))
    truth = exact(logits, labels)
    ours = errors(binned(logits, labels), truth)
    assert ours[1] <= errors(hosts(logits, labels), truth)[1] / 3


@pytest.mark.parametrize('size', [(1, 1), (1, 7), (9, 11)])
@pytest.mark.parametrize('kind', ['random', 'right', 'wrong'])
def test_accuracy_on_tiny_images(kind, size):
    logits, labels = scene(kind, 7, size=(size[0] + 9, size[1]))
    truth = exact(logits, labels)
    loss, gradient = errors(binned(logits, labels), truth)
    assert loss <= 3e-7 and gradient <= 1e-3


@pytest.mark.parametrize(
    'options',
    [
        dict(classes='all'),
        dict(classes=[0, 4]),
        dict(class_weight=[0.5, 1, 2, 0, 4, 1, 1]),
        dict(per_image=True, reduction='none'),
        dict(per_image=True, classes='all', class_weight=[1, 2] * 3 + [0]),
    ],
)
def test_options(options):
    logits, labels = scene('mixed', 7)
    labels[1][labels[1] == 4] = 2  # absent from one image
    truth = exact(logits, labels, **options)
    loss, gradient = errors(binned(logits, labels, **options), truth)
    assert loss <= 2e-7 and gradient <= 1e-3


@given(
    seed=st.integers(0, 999),
    bins=st.sampled_from([16, 64, 256, 1024]),
    classes=st.integers(2, 5),
)
def test_loss_error_is_below_the_width_of_a_bin(seed, bins, classes):
    logits, labels = scene('random', classes, size=(40, 30), seed=seed)
    loss, _ = binned(logits, labels, bins=bins)
    truth, _ = exact(logits, labels)
    cell = 2.0 ** (Cells.of(bins).shift - 23)  # in doublings of the odds
    logit = math.log1p(cell) if cell < 1 else cell * math.log(2)
    assert abs(loss - truth).item() <= math.tanh(logit / 4) + 1e-7


def test_blocks_do_not_show(monkeypatch):
    logits, labels = scene('mixed', 5, batch=3)
    results = []
    for size in (30000, 2**16, 2**30):
        monkeypatch.setattr(blocks, '_CPU_BLOCK', size)
        options = dict(per_image=True, backend='torch')
        results.append(binned(logits, labels, **options))
    for loss, gradient in results[1:]:
        torch.testing.assert_close(loss, results[0][0], atol=1e-7, rtol=0)
        difference = (gradient - results[0][1]).abs().max()
        assert difference <= 1e-6 * gradient.abs().max()


def test_is_deterministic():
    logits, labels = scene('mixed', 7)
    first, second = binned(logits, labels), binned(logits, labels)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_order_of_pixels_does_not_matter():
    logits, labels = scene('mixed', 4)
    order = torch.randperm(labels[0].numel())
    loss, gradient = binned(logits, labels)
    shuffled = logits.flatten(2)[..., order].view_as(logits)
    names = labels.flatten(1)[:, order].view_as(labels)
    other, moved = binned(shuffled, names)
    gradient = gradient.flatten(2)[..., order].view_as(moved)
    # But for the sample of pixels to which the bins are fitted.
    error, relative = errors((loss, gradient), (other, moved))
    assert error <= 1e-7 and relative <= 1e-3


def test_names_of_classes_do_not_matter():
    logits, labels = scene('mixed', 4)
    names = torch.tensor([2, 0, 3, 1])
    renamed = torch.where(labels < 4, names[labels.clamp(max=3)], labels)
    moved = torch.empty_like(logits)
    moved[:, names] = logits
    loss, gradient = binned(logits, labels)
    other, there = binned(moved, renamed)
    error, relative = errors((loss, gradient), (other, there[:, names]))
    assert error <= 1e-7 and relative <= 1e-4


def test_void_has_no_influence():
    logits, labels = scene('mixed', 4)
    void = (labels == 255)[:, None].expand_as(logits)
    loss, gradient = binned(logits, labels)
    assert (gradient[void] == 0).all() and (gradient[~void] != 0).any()
    # Other values there move the bins' edges, if they are extreme.
    milder = torch.where(void, logits / 2, logits)
    other, there = binned(milder, labels)
    assert abs(loss - other) <= 1e-7
    assert errors((loss, gradient), (other, there))[1] <= 1e-3


@pytest.mark.parametrize('per_image', [False, True])
@pytest.mark.parametrize('classes', ['present', 'all', [1]])
def test_nothing_but_void_is_a_zero_with_a_graph(classes, per_image):
    logits, labels = scene('random', 3)
    loss, gradient = binned(
        logits,
        torch.full_like(labels, 255),
        classes=classes,
        per_image=per_image,
    )
    assert loss.item() == 0 and (gradient == 0).all()


def test_a_single_valid_pixel():
    logits, labels = scene('random', 3)
    labels[:] = 255
    labels[1, 5, 6] = 2
    loss, gradient = binned(logits, labels)
    truth = exact(logits, labels)
    assert errors((loss, gradient), truth)[0] <= 1e-7
    torch.testing.assert_close(gradient, truth[1], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize('ignore_index', [255, 1, None])
def test_ignore_index_and_ids_out_of_range(ignore_index):
    logits, labels = scene('mixed', 4)
    labels[:, 20:30] = 77
    labels[:, 30:40] = -3
    options = dict(ignore_index=ignore_index)
    truth = value_and_gradient(
        LovaszSoftmaxLoss(method='exact'), logits.double(), labels, **options
    )
    result = value_and_gradient(counting(), logits, labels, **options)
    loss, gradient = errors(result, truth)
    assert loss <= 1e-7 and gradient <= 1e-3


@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16])
def test_half_precision_computes_in_float32(dtype):
    logits, labels = scene('mixed', 5)
    half = logits.to(dtype)
    loss, gradient = binned(half, labels)
    expected, precise = binned(half.float(), labels)
    assert torch.equal(loss, expected)
    assert torch.equal(gradient, precise.to(dtype).double())


def test_float64_stays_float64():
    logits, labels = scene('mixed', 5)
    result = binned(logits.double(), labels)
    loss, gradient = errors(result, exact(logits, labels))
    assert loss <= 1e-7 and gradient <= 1e-3


@pytest.mark.parametrize('layout', ['channels last', 'transposed'])
def test_any_layout(layout):
    logits, labels = scene('mixed', 5)
    expected = binned(logits, labels)
    if layout == 'channels last':
        logits = logits.to(memory_format=torch.channels_last)
    else:
        logits = logits.transpose(0, 1).contiguous().transpose(0, 1)
        labels = labels.transpose(0, 1).contiguous().transpose(0, 1)
    result = binned(logits, labels)
    assert abs(result[0] - expected[0]) <= 1e-7
    torch.testing.assert_close(result[1], expected[1], rtol=1e-4, atol=1e-10)


def test_nan_gives_nan():
    logits, labels = scene('mixed', 4)
    logits[0, 1, 50, 50] = float('nan')
    assert counting()(logits, labels).isnan()


def test_a_perfect_prediction_has_no_loss():
    _, labels = scene('right', 3)
    labels[labels == 255] = 0
    logits = torch.nn.functional.one_hot(labels, 3).movedim(-1, 1) * 1000.0
    loss, gradient = binned(logits, labels)
    assert abs(loss) <= 1e-12 and gradient.abs().max() <= 1e-12


def test_small_sets_are_sorted():
    logits, labels = scene('mixed', 3, size=(64, 64))
    assert labels.numel() == 8192
    truth = exact(logits, labels)
    assert errors(binned(logits, labels), truth)[1] > 1e-6
    for pixels, precise in ((8192, True), (8191, False)):
        loss = LovaszSoftmaxLoss(sort_up_to=pixels)
        result = value_and_gradient(loss, logits, labels)
        assert (errors(result, truth)[1] <= 1e-7) == precise


def test_refuses_to_be_differentiated_twice():
    logits, labels = scene('mixed', 3)
    logits.requires_grad_()
    loss = counting()(logits, labels)
    with pytest.raises(RuntimeError, match="use method='exact'"):
        torch.autograd.grad(loss, logits, create_graph=True)


@pytest.mark.parametrize('pixels', [-1, 2.5, None])
def test_wrong_number_of_pixels(pixels):
    with pytest.raises(ValueError, match=f'to sort none, got {pixels}'):
        LovaszSoftmaxLoss(sort_up_to=pixels)


@pytest.mark.parametrize('bins', [2, 7, 65536, 10.0])
def test_wrong_bins(bins):
    with pytest.raises(ValueError, match=f'from 4 to 32768, got {bins}'):
        LovaszSoftmaxLoss(bins=bins)


@pytest.mark.parametrize('spread', [0.1, 0.03, 0.01, 0.003])
def test_scores_that_are_nearly_the_same_and_a_rare_class(spread):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 2, 300, 300, generator=generator) * spread
    labels = torch.ones(1, 300, 300, dtype=torch.long)
    labels.view(-1)[torch.randperm(90_000, generator=generator)[:200]] = 0
    truth = exact(logits, labels)
    loss, gradient = errors(binned(logits, labels), truth)
    assert loss <= 1e-7 and gradient <= 3e-4


def test_what_repeats_hides_nothing_from_the_sample():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(1, 2, 513, 513, generator=generator) * 0.01
    labels = torch.ones(1, 513, 513, dtype=torch.long)
    labels.view(-1)[torch.randperm(513**2, generator=generator)[:500]] = 0
    certain = F.one_hot(labels, 2).movedim(-1, 1) * 8 + logits
    for period in (3, 8):
        columns = torch.arange(513) % period == 0
        some = torch.where(columns, certain, logits)
        loss, gradient = errors(binned(some, labels), exact(some, labels))
        assert loss <= 1e-7 and gradient <= 3e-4


@pytest.mark.parametrize('kind', [{}, dict(loss_type='binary')])
def test_large_sets_have_more_bins(kind, monkeypatch):
    seen = []

    def stop(*args, **options):
        seen.append(options['bins'] if 'bins' in options else args[-1] // 4)
        raise InterruptedError

    monkeypatch.setattr(module, 'lovasz_softmax_binned', stop)
    monkeypatch.setattr(module, 'lovasz_hinge_binned', stop)
    classes = 1 if kind else 2
    for options in ({}, dict(bins=64), dict(per_image=True)):
        for width in (2**10, 2**10 + 1, 2**12, 2**12 + 1):
            logits = torch.zeros(1).expand(2, classes, 2**10, width)
            labels = torch.zeros(1).long().expand(2, 2**10, width)
            with pytest.raises(InterruptedError):
                counting(**options, **kind)(logits, labels)
    assert seen[:4] == [8192, 16384, 16384, 32768]
    assert seen[4:8] == [64] * 4
    assert seen[8:] == [8192, 8192, 16384, 16384]
