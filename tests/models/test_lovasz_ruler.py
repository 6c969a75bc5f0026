import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.models.losses.lovasz_ruler import Cells


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
