import json

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from mmseg.models.losses import CrossEntropyLoss
from mmseg.registry import MODELS

from segplug.models import ClassWeightError, WeightedCrossEntropyLoss

from .score_maps import errors, scene, value_and_gradient

WEIGHTS = [0.5, 1.0, 2.0, 0.0, 3.0]


def pixel_losses(logits, labels, weights):
    """Sum of weighted losses, of weights and number of valid pixels."""
    log_probs = logits.double().log_softmax(1)
    total = mass = count = 0.0
    for image, row, column in (labels != 255).nonzero().tolist():
        label = labels[image, row, column]
        weight = weights[label]
        total -= weight * log_probs[image, label, row, column].item()
        mass += weight
        count += 1
    return total, mass, count


@pytest.mark.parametrize('divisor', ['weights', 'valid', 'all'])
def test_definition(divisor):
    logits, labels = scene('mixed', 5, size=(14, 12))
    total, mass, count = pixel_losses(logits, labels, WEIGHTS)
    value = {
        'weights': total / mass,
        'valid': total / count,
        'all': total / labels.numel(),
    }[divisor]
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS, divisor=divisor)
    assert loss(logits, labels).item() == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize('weight', [None, WEIGHTS])
def test_equals_pytorch_with_void(weight):
    logits, labels = scene('mixed', 5)
    loss = WeightedCrossEntropyLoss(class_weight=weight, loss_weight=0.4)
    ours = value_and_gradient(loss, logits, labels)
    vector = None if weight is None else torch.tensor(weight).double()

    def reference(score, label):
        return 0.4 * F.cross_entropy(score, label, vector, ignore_index=255)

    theirs = value_and_gradient(reference, logits.double(), labels)
    value, gradient = errors(ours, theirs)
    assert value <= 1e-6 and gradient <= 1e-5


@pytest.mark.parametrize(
    ('weight', 'host', 'ours'),
    [
        (WEIGHTS, {}, {}),
        (WEIGHTS, dict(avg_non_ignore=True), {}),
        (WEIGHTS, dict(reduction='sum'), dict(reduction='sum')),
        (None, {}, dict(divisor='all')),
        (None, dict(avg_non_ignore=True), {}),
    ],
)
def test_equals_mmseg_where_that_works(weight, host, ours):
    logits, labels = scene('mixed', 5)
    if weight is not None:
        labels[labels == 255] = 4
    pixels = torch.rand(labels.shape, generator=torch.manual_seed(1))
    for extra in ({}, dict(weight=pixels)):
        options = dict(class_weight=weight, loss_weight=0.7)
        first = value_and_gradient(
            WeightedCrossEntropyLoss(**options, **ours),
            logits,
            labels,
            **extra,
        )
        second = value_and_gradient(
            CrossEntropyLoss(**options, **host),
            logits,
            labels,
            ignore_index=255,
            **extra,
        )
        value, gradient = errors(first, second)
        assert value <= 1e-6 * second[0] and gradient <= 1e-5


def test_mmseg_fails_on_void():
    """Why this loss exists; once it passes, the loss can go."""
    logits, labels = scene('mixed', 5, size=(20, 20))
    host = CrossEntropyLoss(class_weight=WEIGHTS, avg_non_ignore=True)
    with pytest.raises(IndexError):
        host(logits, labels, ignore_index=255)


@given(seed=st.integers(0, 999), factor=st.floats(0.01, 100))
def test_factor_of_all_weights_cancels(seed, factor):
    logits, labels = scene('mixed', 5, size=(12, 10), seed=seed)
    scaled = [factor * weight for weight in WEIGHTS]
    one, other = (
        WeightedCrossEntropyLoss(class_weight=w)(logits, labels)
        for w in (WEIGHTS, scaled)
    )
    assert other.item() == pytest.approx(one.item(), rel=1e-4)


@pytest.mark.parametrize('divisor', ['weights', 'valid', 'all'])
@pytest.mark.parametrize('label', [255, 3])
def test_nothing_to_learn_is_a_connected_zero(divisor, label):
    """Void pixels only, or only those of a class that weighs nothing."""
    logits = torch.randn(2, 5, 8, 9)
    labels = torch.full((2, 8, 9), label)
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS, divisor=divisor)
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value == 0 and (gradient == 0).all()


def test_reduction_override_and_avg_factor():
    logits, labels = scene('mixed', 5, size=(20, 20))
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS)
    each = loss(logits, labels, reduction_override='none')
    assert each.shape == labels.shape
    assert (each[labels == 255] == 0).all()
    mean = loss(logits, labels, avg_factor=7)
    assert mean.item() == pytest.approx(each.sum().item() / 7)


def test_half_precision():
    logits, labels = scene('saturated', 5)
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS)
    exact = loss(logits.half().float(), labels)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = loss(logits.half(), labels)
    assert low.dtype == torch.float32
    assert low.item() == pytest.approx(exact.item(), rel=1e-6)


def test_labels_of_eight_bit():
    logits, labels = scene('mixed', 5, size=(20, 20))
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS)
    assert loss(logits, labels.byte()) == loss(logits, labels)


def test_weights_from_a_file_stay_out_of_checkpoints(tmp_path):
    path = tmp_path / 'weights.json'
    path.write_text(json.dumps(WEIGHTS))
    loss = MODELS.build(
        dict(type='WeightedCrossEntropyLoss', class_weight=str(path))
    )
    assert loss.class_weight.tolist() == WEIGHTS
    assert not loss.state_dict()


@pytest.mark.parametrize(
    'weight', [[1.0, -1.0], [1.0, float('nan')], [], [[1.0]], ['a'], {'a': 1}]
)
def test_bad_weights(weight):
    with pytest.raises(ClassWeightError, match='class_weight must be a list'):
        WeightedCrossEntropyLoss(class_weight=weight)


def test_weights_of_another_number_of_classes():
    logits, labels = scene('mixed', 4, size=(20, 20))
    loss = WeightedCrossEntropyLoss(class_weight=WEIGHTS)
    with pytest.raises(ClassWeightError, match='5 weights, the head has 4'):
        loss(logits, labels)


def test_uncounted_weights():
    logits, labels = scene('mixed', 5, size=(20, 20))
    loss = WeightedCrossEntropyLoss(class_weight='median_frequency')
    with pytest.raises(ClassWeightError, match='ClassWeightHook'):
        loss(logits, labels)
    loss.set_class_weight(WEIGHTS)
    assert loss(logits, labels).isfinite()


@pytest.mark.parametrize('option', ['divisor', 'reduction'])
def test_unknown_choice(option):
    with pytest.raises(ValueError, match=f'{option} must be one of'):
        WeightedCrossEntropyLoss(**{option: 'median'})
