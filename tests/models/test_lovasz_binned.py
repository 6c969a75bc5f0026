from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from segplug.models.losses.lovasz_binned import (
    bin_weights,
    count_ids,
    lovasz_hinge_binned,
)

from segplug.models.losses.lovasz import jaccard_gradient, lovasz_hinge

from .score_maps import errors, value_and_gradient

COUNTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9
)


def weights_of(counts):
    """Weights by (foreground, background) counts, by ascending error."""
    return bin_weights(*torch.tensor(counts, dtype=torch.double).unbind(1))


@given(st.lists(st.sampled_from('FB-'), min_size=1, max_size=30))
def test_bins_of_one_pixel_have_the_exact_weights(kinds):
    counts = [(kind == 'F', kind == 'B') for kind in kinds]
    fg, bg = weights_of(counts)
    order = torch.tensor(counts, dtype=torch.bool).flip(0)
    exact = jaccard_gradient(*order.unbind(1)).flip(0)
    for kind, f, b, expected in zip(kinds, fg, bg, exact):
        if kind != '-':
            weight = (f if kind == 'F' else b).item()
            # 1e-8: an absent class is computed as one of a trace.
            assert weight == pytest.approx(expected.item(), abs=1e-8)


@given(COUNTS)
def test_weights_sum_to_one_and_fall_with_the_error(counts):
    fg, bg = weights_of(counts)
    f, b = torch.tensor(counts, dtype=torch.double).unbind(1)
    total = (f * fg + b * bg).sum()
    expected = float(any(map(any, counts)))
    assert total.item() == pytest.approx(expected, abs=1e-8)
    assert fg.isfinite().all() and bg.isfinite().all()
    assert (bg[b > 0] >= -1e-9).all()
    assert (fg[f > 0].diff() >= -1e-9).all()


@given(COUNTS)
def test_weights_are_the_mean_slope_along_the_straight_way(counts):
    """The integrals of ∂J/∂F and ∂J/∂B, by the midpoint rule."""
    fg, bg = weights_of(counts)
    inner = sum(f for f, _ in counts)
    if not inner:
        return
    outer = inner
    steps = (torch.arange(2000, dtype=torch.double) + 0.5) / 2000
    for (f, b), weight_f, weight_b in zip(
        reversed(counts), fg.flip(0), bg.flip(0)
    ):
        i, u = inner - steps * f, outer + steps * b
        if f:
            mean = (1 / u).mean().item()
            assert weight_f.item() == pytest.approx(mean, rel=1e-5)
        if b:
            mean = (i / u**2).mean().item()
            assert weight_b.item() == pytest.approx(mean, rel=1e-5, abs=1e-9)
        inner, outer = inner - f, outer + b


def test_an_absent_class_is_all_in_its_largest_error():
    _, bg = weights_of([(0, 10**6), (0, 7), (0, 2), (0, 0)])
    expected = torch.tensor([0, 0, 0.5], dtype=torch.double)
    torch.testing.assert_close(bg[:3], expected, atol=1e-9, rtol=0)


@given(st.lists(st.integers(0, 6), min_size=1))
def test_counts(ids):
    counts = count_ids(torch.tensor(ids, dtype=torch.int32), 7)
    assert counts.tolist() == [Counter(ids)[i] for i in range(7)]


def test_count_is_an_operator_that_can_be_compiled():
    ids = torch.randint(9, (100,), dtype=torch.int32)
    torch.library.opcheck(count_ids, (ids, 9))


# Errors that crowd into a hundredth of their range share too few bins.
CROWDED = pytest.param(
    0.01,
    5.0,
    marks=pytest.mark.xfail(reason='too few bins are used', strict=True),
)


@pytest.mark.parametrize(
    ('spread', 'shift'),
    [
        *((0.01, shift) for shift in (-5.0, 0.0)),
        CROWDED,
        *((s, shift) for s in (1.0, 10.0) for shift in (-5.0, 0.0, 5.0)),
    ],
)
def test_hinge_against_sorting_in_float64(spread, shift):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 20000, generator=generator) * spread + shift
    labels = (torch.rand(3, 20000, generator=generator) < 0.2).long()
    valid = torch.rand(3, 20000, generator=generator) < 0.9
    valid[2, 1:] = False  # a single pixel is left
    logits[2, 0] = -1

    def binned(x, y):
        return lovasz_hinge_binned(x, y, valid, 32768)

    def exact(x, y):
        return lovasz_hinge(x, y, valid)

    result = value_and_gradient(binned, logits, labels)
    truth = value_and_gradient(exact, logits.double(), labels)
    loss_error, gradient_error = errors(result, truth)
    assert (
        loss_error <= 1e-6 * max(1, truth[0].max()) and gradient_error <= 1e-3
    )
    assert (result[1][~valid] == 0).all()


def test_hinge_of_void_alone_and_of_void_that_is_infinite():
    logits = torch.tensor([[float('inf'), float('nan'), 0.5]])
    labels = torch.tensor([[0, 1, 1]])
    for valid, expected in (([0, 0, 1], 0.5), ([0, 0, 0], 0.0)):
        loss = lovasz_hinge_binned(
            logits.requires_grad_(),
            labels,
            torch.tensor([valid], dtype=torch.bool),
            64,
        )
        assert loss.item() == pytest.approx(expected)
        (gradient,) = torch.autograd.grad(loss.sum(), logits)
        assert gradient.nan_to_num(9).tolist() == [[0, 0, -2 * expected]]


def test_hinge_of_nan_is_nan():
    logits = torch.zeros(1, 50)
    logits[0, 3] = float('nan')
    valid = torch.ones(1, 50, dtype=torch.bool)
    loss = lovasz_hinge_binned(logits, torch.ones(1, 50), valid, 16)
    assert loss.isnan().all()
