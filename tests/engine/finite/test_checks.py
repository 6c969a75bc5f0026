import math

import pytest
import torch

from segplug.engine.finite import checks


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf])
def test_one_bad_value_is_found(bad):
    good, other = torch.zeros(3, 2), torch.zeros(4)
    assert checks.is_finite([good, other])
    other[2] = bad
    assert not checks.is_finite([good, other])
    assert checks.bad_names({'a': good, 'b': other}) == ['b']
    terms = {'a': torch.tensor(1.0), 'b': torch.tensor(bad)}
    assert checks.bad_terms(terms) == [f'b = {bad}']


def test_integers_and_nothing_are_finite():
    assert checks.is_finite([])
    assert checks.is_finite([torch.ones(2, dtype=torch.int64)])
    assert checks.bad_names({'a': torch.ones(2, dtype=torch.int64)}) == []


def test_large_values_are_finite():
    assert checks.is_finite([torch.full((1000,), 1e37)])
    half = torch.full((8,), 6e4, dtype=torch.float16)
    assert checks.is_finite([half, half])
