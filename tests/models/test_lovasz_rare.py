"""Exact weights for the largest errors of the rarest classes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models import CrossEntropyLovaszLoss
from segplug.models.losses import lovasz_rare as module
from segplug.models.losses import lovasz_softmax_binned as binned

from .score_maps import (
    KINDS,
    counting,
    errors,
    exact,
    scene,
    value_and_gradient,
)

FEW = dict(bins=4)  # bins, which alone would give wrong gradients


@given(
    kind=st.sampled_from(KINDS),
    classes=st.integers(2, 4),
    size=st.tuples(st.integers(10, 16), st.integers(1, 16)),
    seed=st.integers(0, 99),
    per_image=st.booleans(),
)
def test_few_classes_of_few_pixels_are_exact(
    kind, classes, size, seed, per_image
):
    logits, labels = scene(kind, classes, size=size, seed=seed)
    assert labels.numel() <= module._ERRORS
    options = dict(per_image=per_image)
    truth = exact(logits, labels, **options)
    result = value_and_gradient(counting(**FEW, **options), logits, labels)
    assert (result[0] - truth[0]).abs().max() <= 1e-6
    difference = (result[1] - truth[1]).norm()
    assert difference <= 1e-5 * truth[1].norm() + 1e-7  # float32 slopes


@pytest.mark.parametrize(
    'options',
    [
        dict(classes=[1, 3]),
        dict(class_weight=[0.5, 0, 2, 1]),
        dict(per_image=True, reduction='none', class_weight=[1, 2, 3, 4]),
    ],
)
def test_options(options):
    logits, labels = scene('mixed', 4, size=(15, 17))
    labels[1][labels[1] == 3] = 2  # absent from one image
    truth = exact(logits, labels, **options)
    result = value_and_gradient(counting(**FEW, **options), logits, labels)
    loss, gradient = errors(result, truth)
    assert loss <= 1e-6 and gradient <= 1e-6


def test_cross_entropy_is_not_disturbed():
    logits, labels = scene('mixed', 4, size=(15, 17))
    both = counting(CrossEntropyLovaszLoss, **FEW)
    truth = exact(logits, labels, CrossEntropyLovaszLoss)
    loss, gradient = errors(value_and_gradient(both, logits, labels), truth)
    assert loss <= 1e-6 and gradient <= 1e-6


@pytest.mark.parametrize('options', [{}, dict(classes='all')])
def test_only_the_rarest_classes_that_count_are_refined(monkeypatch, options):
    logits, labels = scene('random', 8, size=(120, 100))
    labels[labels == 7] = 6  # absent
    sizes = [(labels == c).sum().item() for c in range(7)]
    rarest, *others = sorted(range(7), key=sizes.__getitem__)
    options = dict(
        options, class_weight=[float(c != rarest) for c in range(8)]
    )
    rarest = others[: module._CLASSES]
    found = []

    def largest(batch, classes, counts, find=module._largest):
        found.append((classes.tolist(), counts.all().item()))
        return find(batch, classes, counts)

    monkeypatch.setattr(module, '_largest', largest)
    value_and_gradient(counting(**options), logits, labels)
    assert found == [([rarest], True)]


@pytest.mark.parametrize('bins', [4, 64, 8192, 32768])
@pytest.mark.parametrize('size', [1, 511, 512, 513, 8191, 8192, 8193, 40000])
def test_finds_the_largest(bins, size):
    torch.manual_seed(size)
    numbers = torch.randint(-bins, bins, (2, size)).short()
    ranks = numbers.long() % bins
    rank, place = module._most(numbers, bins)
    amount = min(size, module._ERRORS)
    assert torch.equal(rank, ranks.sort(descending=True).values[:, :amount])
    assert torch.equal(ranks.gather(1, place), rank)
    assert all(len(set(row)) == amount for row in place.tolist())


def test_equal_errors_have_equal_gradients():
    """Also where the largest of a class are not all looked at."""
    logits = torch.randn(1, 3, 40, 50).round(decimals=1)
    labels = torch.randint(3, (1, 40, 50))
    logits[..., 20:, :], labels[:, 20:] = logits[..., :20, :], labels[:, :20]
    _, gradient = value_and_gradient(counting(), logits, labels)
    torch.testing.assert_close(gradient[..., 20:, :], gradient[..., :20, :])


@pytest.mark.parametrize('seed', range(4))
def test_a_rare_class_among_many_pixels(seed, monkeypatch):
    """By an eighth of the bins, with which pixels of it share some."""
    logits, labels = scene('rare', 3, size=(200, 150), seed=seed)
    truth = exact(logits, labels)
    few = counting(bins=1024)
    refined = errors(value_and_gradient(few, logits, labels), truth)
    monkeypatch.setattr(binned, 'refine', lambda *_: None)
    raw = errors(value_and_gradient(few, logits, labels), truth)
    assert refined[1] <= 1e-3 < 3e-3 <= raw[1]


def test_void_that_is_not_finite_is_not_found():
    logits, labels = scene('mixed', 3, size=(14, 12))
    truth = exact(logits, labels)
    logits.movedim(1, -1)[labels == 255] = torch.nan
    _, gradient = value_and_gradient(counting(**FEW), logits, labels)
    valid = (labels != 255)[:, None].expand_as(gradient)
    torch.testing.assert_close(
        gradient[valid], truth[1][valid], rtol=1e-4, atol=1e-9
    )
