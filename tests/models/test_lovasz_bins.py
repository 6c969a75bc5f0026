from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models.losses.lovasz import jaccard_gradient
from segplug.models.losses.lovasz_bins import (
    bin_weights,
    count_by_adding,
    count_ids,
    cut_cells,
)

COUNTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9
)


def weights_of(counts):
    """Weights by (foreground, background) counts, by ascending error."""
    return bin_weights(*torch.tensor(counts).unbind(1))


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


@given(st.lists(st.integers(0, 6), min_size=1))
def test_counting_for_other_devices_than_cpus(ids):
    ids = torch.tensor(ids, dtype=torch.int32)
    assert torch.equal(count_by_adding(ids, 7), count_ids(ids, 7))


def test_count_is_an_operator_that_can_be_compiled():
    ids = torch.randint(9, (100,), dtype=torch.int32)
    torch.library.opcheck(count_ids, (ids, 9))


@given(COUNTS, st.integers(0, 1000))
def test_every_cell_gets_bins_and_no_bin_is_given_twice(counts, spare):
    foreground, background = torch.tensor(counts).unbind(1)
    bins = len(counts) + spare
    first, parts = cut_cells(foreground, background, bins)
    assert (parts >= 1).all() and first[0] == 0
    assert (first[1:] == first[:-1] + parts[:-1]).all()
    used = first[-1] + parts[-1]
    assert used <= bins
    if any(map(any, counts)):  # less than a bin of each cell is left over
        assert used >= bins - len(counts) - 1


def test_a_cell_where_the_loss_rises_more_gets_more_bins():
    counts = torch.tensor([900, 0, 0, 100]), torch.tensor([0, 0, 9000, 0])
    _, parts = cut_cells(*counts, 1004)
    # 100 of 1000 foreground pixels: 0.1; U from 1000 to 10000, I = 900: 0.81.
    assert parts.tolist() == pytest.approx([91, 1, 811, 101], abs=1)
