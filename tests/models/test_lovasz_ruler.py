import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models.losses.lovasz.ruler import Cells, Sample, _estimate


def test_cells_leave_bins_over_and_places_in_range():
    for bins in range(4, 32769, 2):
        cells = Cells.of(bins)
        assert 2 <= cells.count <= bins // 2
        # The places of the second set, and those times a cell's bins.
        assert cells.places(torch.ones(1)).item() + cells.width < 2**31
        assert (2**cells.shift - 1) * (bins - cells.count + 1) < 2**31


@given(st.lists(st.floats(0, 1, width=32), min_size=2))
def test_places_grow_with_the_errors(errors):
    errors = torch.tensor(errors).sort().values
    cells = Cells.of(8192)
    places = cells.places(errors)
    assert (places.diff() >= 0).all()
    numbers = cells.numbers(places)
    assert (numbers >= 0).all() and (numbers < cells.count).all()


@pytest.mark.parametrize('bins', [16, 8192])
def test_steepness_is_that_in_the_middle_of_a_cell(bins):
    cells = Cells.of(bins)
    steepness = cells.steepness(torch.device('cpu'))
    assert len(steepness) == cells.count
    for cell in range(0, cells.count, 1 + cells.count // 40):
        place = (cell << cells.shift) + (1 << cells.shift) // 2 + cells.least
        (odds,) = struct.unpack('f', struct.pack('i', place))
        error = odds / (1 + odds)
        expected = error * (1 - error)
        assert steepness[cell].item() == pytest.approx(expected, rel=1e-9)


@given(
    counts=st.lists(st.integers(0, 9), min_size=1, max_size=60),
    step=st.integers(1, 4),
)
def test_the_estimate_by_its_definition(counts, step):
    estimate, scale = _estimate(torch.tensor(counts, dtype=torch.int32), step)
    reach = 2 * step
    for cell, number in enumerate(counts):
        near = counts[max(0, cell - reach) : cell + reach + 1]
        mean = min(sum(near) / (2 * reach + 1), 1)
        wanted = step * (number + mean) / 2 if step > 1 else number
        assert estimate[cell].item() / scale == pytest.approx(wanted)


@pytest.mark.parametrize('per_image', [False, True])
@pytest.mark.parametrize(
    'shape', [(1, 1), (2, 70000), (300, 1000), (3, 2**15), (1, 10**6)]
)
def test_a_sample_is_even_and_repeats_nothing(shape, per_image):
    labels = torch.arange(shape[0] * shape[1]).view(shape)
    sample = Sample.of(labels, per_image)
    taken = sample.take(labels)
    groups = shape[0] if per_image else 1
    size = labels.numel() // groups
    assert taken.shape == (groups, -(-size // sample.step))
    start = torch.arange(groups)[:, None] * size
    places = torch.arange(taken.shape[1]) * sample.step
    inside = taken - start - places
    assert (0 <= inside).all() and (inside < sample.step).all()
    if sample.step > 1:
        share = torch.bincount(inside.flatten()) / inside.numel()
        assert (share * sample.step - 1).abs().max() < 0.02
        for period in range(2, 14):
            share = torch.bincount(taken.flatten() % period) / taken.numel()
            assert (share * period - 1).abs().max() < 0.02
    three = torch.stack([labels, labels + 1, labels + 2], 1)
    expected = torch.stack([taken, taken + 1, taken + 2], 1)
    assert torch.equal(sample.take(three), expected)


def test_a_sample_of_few_pixels_is_all():
    labels = torch.arange(2**16 - 1)[None]
    assert torch.equal(Sample.of(labels, False).take(labels), labels)
