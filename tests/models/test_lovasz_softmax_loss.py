import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmseg.models.losses import LovaszLoss
from mmseg.registry import MODELS

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from segplug.models.losses.lovasz.sorted import (
    jaccard_gradient,
    lovasz_extension,
)

from .definition import extension_by_definition, jaccard_loss
from .score_maps import scene, value_and_gradient


def data(seed, batch=2, classes=4, size=(5, 6), void=0.2, dtype=torch.double):
    generator = torch.Generator().manual_seed(seed)
    shape = (batch, *size)
    logits = torch.randn(
        batch, classes, *size, generator=generator, dtype=dtype
    )
    labels = torch.randint(classes, shape, generator=generator)
    hidden = torch.rand(shape, generator=generator) < void
    return logits.requires_grad_(), labels.masked_fill(hidden, 255)


def extension(errors, foreground):
    truth = torch.tensor(foreground, dtype=torch.bool)
    values = torch.tensor(errors, dtype=torch.double)
    return lovasz_extension(values, truth, ~truth).item()


PIXELS = st.lists(
    st.tuples(st.floats(0, 1, width=32), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(PIXELS)
@settings(deadline=None)
def test_extension_equals_its_definition_on_sets(pixels):
    errors, truth = zip(*pixels)
    expected = extension_by_definition(errors, truth)
    assert extension(errors, truth) == pytest.approx(expected, abs=1e-12)


def test_extension_agrees_with_the_jaccard_loss_on_every_corner():
    """On 0/1 errors the extension is the set function itself."""
    for truth in itertools.product([False, True], repeat=4):
        for errors in itertools.product([0.0, 1.0], repeat=4):
            wrong = {i for i, e in enumerate(errors) if e}
            expected = jaccard_loss(wrong, truth)
            assert extension(errors, truth) == pytest.approx(expected)


@given(PIXELS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_extension_ignores_the_order_of_pixels(pixels, random):
    mixed = random.sample(pixels, len(pixels))
    first, second = (extension(*zip(*p)) for p in (pixels, mixed))
    assert first == pytest.approx(second, abs=1e-12)


@given(PIXELS, st.floats(0, 1))
@settings(deadline=None)
def test_extension_is_convex_and_grows_with_each_error(pixels, share):
    errors, truth = zip(*pixels)
    other = errors[::-1]
    between = [share * a + (1 - share) * b for a, b in zip(errors, other)]
    ends = share * extension(errors, truth)
    ends += (1 - share) * extension(other, truth)
    assert extension(between, truth) <= ends + 1e-9
    larger = [min(1.0, e + 0.25) for e in errors]
    assert extension(larger, truth) >= extension(errors, truth) - 1e-12


@given(st.lists(st.sampled_from('FBV'), min_size=1, max_size=30))
@settings(deadline=None)
def test_weights_sum_to_one_and_void_has_none(kinds):
    truth = torch.tensor([k == 'F' for k in kinds])
    back = torch.tensor([k == 'B' for k in kinds])
    weights = jaccard_gradient(truth, back)
    assert (weights >= 0).all()
    assert (weights[~(truth | back)] == 0).all()
    expected = float(any(k != 'V' for k in kinds))
    assert weights.sum().item() == pytest.approx(expected)


OPTIONS = [
    dict(
        classes=classes,
        per_image=per_image,
        reduction=reduction,
        class_weight=weight,
    )
    for classes in ('present', 'all', [0, 2])
    for per_image, reduction in (
        (False, 'none'),  # all that MMSegmentation can build
        (True, 'none'),
        (True, 'mean'),
        (True, 'sum'),
    )
    for weight in (None, [0.5, 1.0, 2.0, 3.0])
]


@pytest.mark.parametrize('options', OPTIONS)
def test_values_and_gradients_of_mmsegmentation(options):
    logits, labels = data(0, dtype=torch.float)  # all that it can compute
    results = []
    for kind in (LovaszLoss, LovaszSoftmaxLoss):
        loss = kind(loss_weight=0.7, **options)
        value = loss(logits, labels, ignore_index=255)
        (grad,) = torch.autograd.grad(value.sum(), logits)
        results.append((value, grad))
    (theirs, their_grad), (ours, our_grad) = results
    assert ours.shape == theirs.shape
    assert torch.allclose(ours, theirs, atol=1e-6)
    assert torch.allclose(our_grad, their_grad, atol=1e-6)


def test_avg_factor_replaces_the_number_of_images():
    logits, labels = data(1)
    loss = LovaszSoftmaxLoss(per_image=True)
    none = loss(logits, labels, reduction_override='none')
    mean = loss(logits, labels, avg_factor=5)
    assert torch.allclose(mean, none.sum() / 5)


@pytest.mark.parametrize('per_image', [False, True])
@pytest.mark.parametrize('shape', [(2, 1, 5, 6), (2, 5, 6)])
def test_binary_values_of_mmsegmentation(shape, per_image):
    _, labels = data(2, classes=2)
    logits = torch.randn(shape)
    values = [
        kind(loss_type='binary', reduction='none', per_image=per_image)(
            logits.reshape(2, 5, 6) if kind is LovaszLoss else logits,
            labels,
            ignore_index=255,
        )
        for kind in (LovaszLoss, LovaszSoftmaxLoss)
    ]
    assert torch.allclose(*values, atol=1e-6)


@pytest.mark.parametrize(
    'options',
    [
        {},
        dict(classes='all'),
        dict(classes=[0, 3], class_weight=[0.5, 1.0, 2.0, 3.0]),
        dict(per_image=True, reduction='none'),
        dict(loss_type='binary'),
        dict(loss_type='binary', per_image=True),
    ],
)
def test_gradient_by_finite_differences(options):
    logits, labels = data(3, size=(3, 4))
    if 'loss_type' in options:
        logits = logits[:, :1].detach().requires_grad_()
        labels[labels == 2] = 1
    loss = LovaszSoftmaxLoss(method='exact', **options)
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), [logits])


@pytest.mark.parametrize('classes', ['present', 'all', [1]])
@pytest.mark.parametrize('per_image', [False, True])
def test_nothing_but_void_is_a_zero_with_a_graph(classes, per_image):
    logits, labels = data(4)
    loss = LovaszSoftmaxLoss(classes=classes, per_image=per_image)
    value = loss(logits, torch.full_like(labels, 255))
    assert value.shape == () and value.item() == 0
    value.backward()
    assert (logits.grad == 0).all()


def test_one_void_image_counts_as_zero():
    logits, labels = data(5)
    labels[0] = 255
    values = LovaszSoftmaxLoss(per_image=True, reduction='none')(
        logits, labels
    )
    alone = LovaszSoftmaxLoss()(logits[1:], labels[1:])
    assert values[0] == 0 and torch.allclose(values[1], alone)


def test_a_single_valid_pixel():
    logits, labels = data(6)
    labels[:] = 255
    labels[1, 2, 3] = 2
    value = LovaszSoftmaxLoss()(logits, labels)
    expected = 1 - logits.softmax(1)[1, 2, 2, 3]
    assert torch.allclose(value, expected)


def test_void_pixels_have_no_influence():
    logits, labels = data(7)
    void = (labels == 255)[:, None].expand_as(logits)
    other = torch.where(void, torch.randn_like(logits) * 9, logits)
    loss = LovaszSoftmaxLoss()
    assert torch.equal(loss(logits, labels), loss(other, labels))
    loss(logits, labels).backward()
    assert (logits.grad[void] == 0).all()


def test_renaming_the_classes_changes_nothing():
    logits, labels = data(8)
    names = torch.tensor([2, 0, 3, 1])
    renamed = torch.where(labels < 4, names[labels.clamp(max=3)], labels)
    moved = torch.empty_like(logits)
    moved[:, names] = logits
    loss = LovaszSoftmaxLoss()
    first, second = loss(logits, labels), loss(moved, renamed)
    assert torch.allclose(first, second, atol=1e-12)


@pytest.mark.parametrize('index', [255, 3, None])
def test_ignore_index_is_the_head_s(index):
    logits, labels = data(9, void=0)
    loss = LovaszSoftmaxLoss(classes='all')
    value = loss(logits, labels, ignore_index=index)
    void = torch.zeros_like(labels, dtype=torch.bool)
    kept = labels.masked_fill(void if index is None else labels == index, 255)
    assert torch.equal(value, loss(logits, kept))


@pytest.mark.parametrize('options', [{}, dict(loss_type='binary')])
@pytest.mark.parametrize('sort_up_to', [0, 65536])
@pytest.mark.parametrize('method', ['exact', 'binned'])
@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16])
def test_half_logits_and_autocast_compute_in_float32(
    dtype, method, sort_up_to, options
):
    classes = 1 if options else 4
    logits, labels = data(10, classes=classes, dtype=torch.float)
    low = logits.detach().to(dtype).requires_grad_()
    loss = LovaszSoftmaxLoss(method=method, sort_up_to=sort_up_to, **options)
    with torch.autocast('cpu', torch.bfloat16):
        value = loss(low, labels)
    assert value.dtype == torch.float32
    assert torch.equal(value, loss(low.float(), labels))
    value.backward()
    assert low.grad.dtype == dtype and low.grad.isfinite().all()


def test_float32_is_closer_to_float64_than_mmsegmentation():
    logits, labels = data(11, batch=4, classes=7, size=(128, 128))
    exact = LovaszSoftmaxLoss()(logits, labels).item()
    single = logits.float()
    ours = LovaszSoftmaxLoss()(single, labels).item()
    theirs = LovaszLoss(reduction='none')(single, labels, ignore_index=255)
    assert abs(ours - exact) <= 1e-7
    assert abs(ours - exact) <= abs(theirs.item() - exact)


def test_built_by_a_head_and_named_in_its_log():
    head = MODELS.build(
        dict(
            type='FCNHead',
            in_channels=4,
            channels=4,
            num_convs=1,
            num_classes=3,
            loss_decode=[
                dict(type='CrossEntropyLoss'),
                dict(type='LovaszSoftmaxLoss'),
            ],
        )
    )
    names = [loss.loss_name for loss in head.loss_decode]
    assert names == ['loss_ce', 'loss_lovasz']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(loss_type='triple'), "'triple'"),
        (dict(classes='some'), "'some'"),
        (dict(classes=[]), 'list of class ids'),
        (dict(classes=[-1]), '-1'),
        (dict(reduction='median'), "'median'"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match=message):
        LovaszSoftmaxLoss(**options)


def test_wrong_inputs():
    logits, labels = data(12)
    loss = LovaszSoftmaxLoss()
    with pytest.raises(ValueError, match='same size'):
        loss(logits, labels[:, 1:])
    with pytest.raises(ValueError, match="loss_type='binary'"):
        loss(logits[:, :1], labels)
    with pytest.raises(ValueError, match='pixel weights'):
        loss(logits, labels, weight=torch.ones_like(labels))
    with pytest.raises(ValueError, match='4 channels'):
        LovaszSoftmaxLoss(classes=[4])(logits, labels)


@pytest.mark.parametrize('void', [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize('method', ['exact', 'binned'])
@pytest.mark.parametrize('per_image', [False, True])
@pytest.mark.parametrize('kind', [LovaszSoftmaxLoss, CrossEntropyLovaszLoss])
def test_void_that_is_not_finite_where_it_is_sorted(
    void, method, per_image, kind
):
    logits, labels = scene('mixed', 3, size=(14, 12))
    loss = kind(method=method, per_image=per_image)
    expected = value_and_gradient(loss, logits, labels)
    logits.movedim(1, -1)[labels == 255] = void
    result = value_and_gradient(loss, logits, labels)
    assert torch.equal(result[0], expected[0])
    assert torch.equal(result[1], expected[1])
    assert not result[1].movedim(1, -1)[labels == 255].any()
