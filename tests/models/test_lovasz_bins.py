from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models.losses.lovasz.bins import Counts, count, cut_cells
from segplug.models.losses.lovasz.sorted import jaccard_gradient

COUNTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=9
)


def weights_of(counts):
    """Weights by (foreground, background) counts, by ascending error."""
    return Counts.of(*torch.tensor(counts).unbind(1)).weights()


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


@given(st.lists(st.lists(st.integers(0, 6), min_size=3, max_size=3)))
def test_counts(rows):
    table = torch.ones(len(rows), 7, dtype=torch.int32)
    count(table, torch.tensor(rows, dtype=torch.int64).view(-1, 3))
    assert table.tolist() == [
        [1 + Counter(row)[i] for i in range(7)] for row in rows
    ]


def squared_errors(foreground, background, steepness):
    """Squared gradient error of each cell as one bin, from the largest on."""
    errors = []
    intersection, union = sum(foreground), sum(foreground)
    for f, b, s in zip(
        *(x[::-1] for x in (foreground, background, steepness))
    ):
        below = union + b
        change = b / (union * below) if union else 0
        others = f + 2 * b * intersection / below if below else 0
        others = others / (union * below) if union else 0
        errors.append(s**2 * (f * change**2 + b * others**2))
        intersection, union = intersection - f, below
    return errors[::-1]


@given(COUNTS, st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_cell_gets_bins_and_no_bin_is_given_twice(counts, spare, random):
    foreground, background = torch.tensor(counts).unbind(1)
    bins = len(counts) + spare
    steepness = [random.uniform(0.01, 1) for _ in counts]
    first, parts = cut_cells(
        Counts.of(foreground, background),
        bins,
        torch.tensor(steepness).double(),
    )
    assert (parts >= 1).all() and first[0] == 0
    assert (first[1:] == first[:-1] + parts[:-1]).all()
    used = first[-1] + parts[-1]
    assert used <= bins
    if not foreground.any():
        return  # shares of a limit, which the loop cannot take
    errors = squared_errors(*zip(*counts), steepness)
    if any(errors):  # less than a bin of each cell is left over
        assert used >= bins - len(counts) - 1
        total = sum(e ** (1 / 3) for e in errors)
        wanted = [spare * e ** (1 / 3) / total + 1 for e in errors]
        assert parts.tolist() == pytest.approx(wanted, abs=1.01)


@given(
    st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=6),
    st.randoms(use_true_random=False),
)
def test_bins_by_the_cube_root_give_the_least_error(errors, random):
    """The principle of sharing, apart from whole numbers."""

    def total(shares):
        return sum(e / (s / sum(shares)) ** 2 for e, s in zip(errors, shares))

    roots = [e ** (1 / 3) for e in errors]
    others = [root * random.uniform(0.5, 2) for root in roots]
    assert total(roots) <= total(others) * (1 + 1e-12)


def test_a_cell_where_weights_change_more_gets_more_bins():
    foreground = torch.tensor([900, 50, 0, 50])
    background = torch.tensor([0, 50, 9000, 500])
    _, parts = cut_cells(Counts.of(foreground, background), 1004)
    # The cell of the 500 has U from 1000 on, I from 1000 to 950: background
    # changes by (50 + 2·500·1000/1500)/(1000·1500), foreground by 500/1.5e6.
    # That of the 9000: by 2·9000·950/10500/(1500·10500); the 50: little.
    top = 50 * (500 / 1.5e6) ** 2 + 500 * (716.667 / 1.5e6) ** 2
    middle = 9000 * (1628.571 / 15.75e6) ** 2
    low = 50 * (50 / 110.25e6) ** 2 * (1 + (1 + 2 * 950 / 10550) ** 2)
    roots = [0, low ** (1 / 3), middle ** (1 / 3), top ** (1 / 3)]
    wanted = [1 + 1000 * root / sum(roots) for root in roots]
    assert parts.tolist() == pytest.approx(wanted, abs=1.01)
