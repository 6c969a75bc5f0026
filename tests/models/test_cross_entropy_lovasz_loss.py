import itertools

import pytest
import torch
import torch.nn.functional as F
from mmseg.models.losses import CrossEntropyLoss
from mmseg.registry import MODELS

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss

from .score_maps import errors, scene, value_and_gradient

WEIGHTS = [0.5, 1.0, 2.0, 0.1, 3.0]
OPTIONS = list(
    itertools.product(
        ('binned', 'exact'), (False, True), (False, True), (None, WEIGHTS)
    )
)


def both(logits, labels, method, per_image, average, weight):
    """Values of MMSegmentation's cross-entropy and of the Lovász loss."""
    entropy = CrossEntropyLoss(
        avg_non_ignore=average, class_weight=weight, loss_weight=0.7
    )
    lovasz = LovaszSoftmaxLoss(
        method=method,
        sort_up_to=0,
        per_image=per_image,
        class_weight=weight,
        loss_weight=0.4,
    )
    first = value_and_gradient(entropy, logits, labels, ignore_index=255)
    second = value_and_gradient(lovasz, logits, labels)
    return first[0] + second[0], first[1] + second[1]


@pytest.mark.parametrize(('method', 'per_image', 'average', 'weight'), OPTIONS)
def test_equals_the_separate_losses(method, per_image, average, weight):
    logits, labels = scene('mixed', 5, size=(100, 100))
    if weight is not None:  # then the host cannot have void
        labels[labels == 255] = 4
    loss = CrossEntropyLovaszLoss(
        ce_weight=0.7,
        lovasz_weight=0.4,
        avg_non_ignore=average,
        per_image=per_image,
        class_weight=weight,
        method=method,
        sort_up_to=0,
    )
    ours = value_and_gradient(loss, logits, labels)
    theirs = both(logits, labels, method, per_image, average, weight)
    value, gradient = errors(ours, theirs)
    assert value <= 1e-6 and gradient <= 1e-5


def test_class_weights_with_void():
    """Void weighs nothing: as if the void pixels were not there."""
    logits, labels = scene('mixed', 5)
    loss = CrossEntropyLovaszLoss(class_weight=WEIGHTS, sort_up_to=0)
    value, gradient = value_and_gradient(loss, logits, labels)
    kept = labels[0] != 255
    rest = logits[:, :, 9:]
    assert (labels[:, 9:] != 255).all() and not kept[:9].any()
    other, there = value_and_gradient(loss, rest, labels[:, 9:])
    assert value.item() == pytest.approx(other.item(), abs=1e-6)
    assert errors((value, gradient[:, :, 9:]), (other, there))[1] <= 1e-3


@pytest.mark.parametrize('method', ['binned', 'exact'])
def test_infinite_entropy_of_void_stays_out(method):
    logits, labels = scene('mixed', 5)
    logits[:, 1, :9] = -float('inf')
    logits[:, 2, 50] = -float('inf')
    labels[:, 50] = 0
    loss = CrossEntropyLovaszLoss(method=method, sort_up_to=0)
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value.isfinite() and gradient.isfinite().all()


@pytest.mark.parametrize('method', ['binned', 'exact'])
@pytest.mark.parametrize('options', [{}, dict(avg_non_ignore=True)])
def test_nothing_but_void_is_a_zero_with_a_graph(method, options):
    logits, labels = scene('mixed', 5)
    loss = CrossEntropyLovaszLoss(method=method, sort_up_to=0, **options)
    value, gradient = value_and_gradient(
        loss, logits, torch.full_like(labels, 255)
    )
    assert value.item() == 0 and (gradient == 0).all()


def test_half_precision_computes_in_float32():
    logits, labels = scene('mixed', 5)
    half = logits.half()
    loss = CrossEntropyLovaszLoss(sort_up_to=0)
    value, gradient = value_and_gradient(loss, half, labels)
    expected, precise = value_and_gradient(loss, half.float(), labels)
    assert torch.equal(value, expected)
    assert torch.equal(gradient, precise.half().double())


@pytest.mark.parametrize('method', ['binned', 'exact'])
@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16])
@pytest.mark.parametrize('index', [255, 1])
def test_weights_void_and_autocast_together(index, dtype, method):
    """Against PyTorch's cross-entropy, which has weights and void at once."""
    logits, labels = scene('mixed', 5)
    labels[labels == 255] = index
    logits = logits.to(dtype)
    options = dict(class_weight=WEIGHTS, method=method, sort_up_to=0)
    scale = 2.0**14  # as a gradient scaler's, against underflow
    joint = CrossEntropyLovaszLoss(loss_weight=scale, **options)
    lovasz = LovaszSoftmaxLoss(loss_weight=scale, **options)

    def separate(x, y):
        weight = torch.tensor(WEIGHTS)
        entropy = F.cross_entropy(x.float(), y, weight, ignore_index=index)
        return scale * entropy + lovasz(x, y, ignore_index=index)

    with torch.autocast('cpu', torch.bfloat16):
        ours = value_and_gradient(joint, logits, labels, ignore_index=index)
    truth = value_and_gradient(separate, logits, labels)
    value, gradient = errors(ours, truth)
    # The gradients of both losses are rounded, then their sum.
    assert value <= 1e-6 * scale and gradient <= torch.finfo(dtype).eps


def test_entropy_by_finite_differences():
    logits, labels = scene('mixed', 3, size=(3, 13), batch=1)
    labels = torch.where(labels == 255, labels, 1)
    labels[0, :2] = torch.arange(13) % 3
    loss = CrossEntropyLovaszLoss(method='exact', class_weight=[1, 2, 3])
    logits = logits.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, labels), [logits])


def test_in_a_head():
    head = MODELS.build(
        dict(
            type='FCNHead',
            in_channels=4,
            channels=4,
            num_convs=1,
            num_classes=3,
            loss_decode=dict(type='CrossEntropyLovaszLoss', ce_weight=2.0),
        )
    )
    assert head.loss_decode.loss_name == 'loss_ce_lovasz'
    assert head.loss_decode.ce_weight == 2.0


def test_wrong_number_of_weights():
    logits, labels = scene('mixed', 5)
    loss = CrossEntropyLovaszLoss(class_weight=[1.0, 2.0])
    with pytest.raises(ValueError, match='2 weights, the head has 5'):
        loss(logits, labels)
