"""What is looked for in kernels is found in these, each of which has it."""

import os

import pytest
import torch

pytestmark = [
    pytest.mark.kernels,
    pytest.mark.skipif(
        os.environ.get('TRITON_INTERPRET') != '1', reason='not interpreted'
    ),
]


def launch(kernel, numbers, seed=0):
    from .programs import Programs

    with Programs(seed) as programs:
        programs.tensors = [numbers]
        kernel[(8,)](numbers)
    assert programs.launches == 1
    return numbers


def test_apart_from_each_other():
    from . import small_kernels as kernels

    numbers = launch(kernels.write_own, torch.zeros(8))
    assert numbers.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_together_by_atomic_operations():
    from . import small_kernels as kernels

    numbers = torch.zeros(1, dtype=torch.int32)
    assert launch(kernels.add_to_one, numbers).item() == sum(range(8))


def test_in_any_order():
    from . import small_kernels as kernels

    last = set()
    for seed in range(9):
        number = torch.zeros(1)
        with pytest.raises(AssertionError, match='used beside another'):
            launch(kernels.write_all, number, seed)
        last.add(number.item())
    assert len(last) > 1


def test_sums_of_floats():
    from . import small_kernels as kernels

    with pytest.raises(Exception, match='a sum of floats'):
        launch(kernels.add_to_one, torch.zeros(1))


@pytest.mark.parametrize('name', ['add_plainly', 'read_next'])
def test_beside_each_other(name):
    from . import small_kernels as kernels

    with pytest.raises(AssertionError, match='used beside another'):
        launch(getattr(kernels, name), torch.zeros(9))


def test_outside():
    from . import small_kernels as kernels

    whole = torch.zeros(57)
    launch(kernels.read_after, whole)
    with pytest.raises(Exception, match='outside'):
        launch(kernels.read_after, whole[:56])
