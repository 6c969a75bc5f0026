import functools
import sys
import warnings
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segplug import compiled
from segplug.evaluation import compiled_counts
from segplug.evaluation.counts import count_pairs, count_rows
from tests.devices import one_device

from . import scenes

KERNEL = compiled_counts.kernel


@pytest.fixture(scope='module', params=['compiled', 'library', 'interpreted'])
def way(request):
    """Count by Numba, by OpenCV and NumPy, or by Numba's loop in Python."""
    if request.param == 'compiled':
        pytest.importorskip('numba')
    kernels = {'library': None, 'interpreted': compiled_counts.count}
    with pytest.MonkeyPatch.context() as patch:
        if request.param in kernels:
            kernel = kernels[request.param]
            patch.setattr(compiled_counts, 'kernel', lambda: kernel)
        yield request.param


def by_pixel(pred, label, classes):
    counts = np.zeros((count_rows(classes), classes + 1), np.int64)
    pairs = Counter(zip(label.ravel().tolist(), pred.ravel().tolist()))
    for (true, made), number in pairs.items():
        row = true if 0 <= true < len(counts) - 1 else len(counts) - 1
        column = made if 0 <= made < classes else classes
        counts[row, column] += number
    return counts


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    classes=st.sampled_from([1, 2, 19, 41, 150, 300]),
    shape=hnp.array_shapes(min_dims=2, max_dims=2, max_side=9),
    dtype=st.sampled_from(['uint8', 'int8', 'int16', 'int32', 'int64']),
)
def test_equals_counting_pixel_by_pixel(way, data, classes, shape, dtype):
    info = np.iinfo(dtype)
    far = [-(2**31), -1, 256, 2**15, 2**16 + 3, 2**31 - 1]
    values = st.one_of(
        st.integers(0, min(info.max, classes + 2)),
        st.sampled_from([n for n in far if info.min <= n <= info.max] or [9]),
    )
    label = data.draw(hnp.arrays(dtype, shape, elements=values))
    narrow = values.filter(lambda n: -(2**15) <= n < 2**15)
    pred = data.draw(hnp.arrays(dtype, shape, elements=narrow))
    given_label, given_pred = label.copy(), pred.copy()
    counts = count_pairs(
        torch.from_numpy(given_pred), torch.from_numpy(given_label), classes
    )
    assert counts.dtype == torch.int64
    assert np.array_equal(given_label, label)  # inputs are left alone
    assert np.array_equal(given_pred, pred)
    np.testing.assert_array_equal(
        counts.numpy(), by_pixel(pred, label, classes)
    )


def test_does_not_overflow_with_many_classes(way):
    pred, label = scenes.pair(0, shape=(200, 300), classes=41, void=0)
    counts = count_pairs(
        torch.from_numpy(label), torch.from_numpy(label), 41
    ).numpy()
    assert np.trace(counts[:41, :41]) == label.size
    assert counts.sum() == label.size


@pytest.mark.parametrize('wrong', [0, 0.02, 0.9])
def test_regions_and_noise_are_counted_alike(way, wrong):
    pred, label = scenes.pair(3, (64, 96), 19, void=wrong / 2, wrong=wrong)
    pred[:2], label[2:4] = 40, 30
    maps = (torch.from_numpy(m).long() for m in (pred, label))
    counts = count_pairs(*maps, 19).numpy()
    np.testing.assert_array_equal(counts, by_pixel(pred, label, 19))


def test_counts_beyond_the_exact_integers_of_float32(way):
    """One cell holds 2²⁴ + 1, which float32 cannot represent."""
    if way == 'interpreted':
        pytest.skip('would take minutes')
    one = torch.ones(1, (1 << 24) + 1, dtype=torch.uint8)
    assert count_pairs(one, one, 3)[1, 1] == (1 << 24) + 1


def test_an_image_without_pixels_counts_nothing(way):
    empty = torch.zeros(0, 5, dtype=torch.int64)
    assert count_pairs(empty, empty, 3).sum() == 0


def test_takes_views_that_are_not_contiguous(way):
    pred, label = scenes.pair(1)
    wide = torch.from_numpy(np.stack([pred, label], -1)).long()
    counts = count_pairs(wide[..., 0], wide[..., 1], 5)
    np.testing.assert_array_equal(counts.numpy(), by_pixel(pred, label, 5))


def test_maps_of_different_shapes_are_refused(way):
    maps = (torch.zeros(size, dtype=torch.uint8) for size in ((4, 6), (4, 5)))
    with pytest.raises(ValueError, match=r'\(4, 6\) but the label \(4, 5\)'):
        count_pairs(*maps, 3)


@pytest.mark.parametrize('classes', [0, -1])
def test_no_classes_are_refused(way, classes):
    ids = torch.full((4, 6), 2**40)  # would be written far out of bounds
    with pytest.raises(ValueError, match=f'num_classes is {classes}'):
        count_pairs(ids, ids, classes)


def fail_to_import(monkeypatch, error):
    """Make ``import numba`` raise an error."""

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == 'numba':
                raise error

    monkeypatch.delitem(sys.modules, 'numba', raising=False)
    monkeypatch.setattr(sys, 'meta_path', [Finder, *sys.meta_path])
    numba = functools.cache(compiled.numba.__wrapped__)
    monkeypatch.setattr(compiled, 'numba', numba)
    return functools.cache(KERNEL.__wrapped__)


def test_a_numba_that_does_not_fit_numpy_is_named_and_done_without(
    monkeypatch,
):
    reason = 'Numba needs NumPy 2.3 or less'
    kernel = fail_to_import(monkeypatch, ImportError(reason))
    with pytest.warns(UserWarning, match=reason + '.*segplug.fast'):
        assert kernel() is None
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert kernel() is None  # said once


def test_nothing_is_said_without_numba(monkeypatch):
    kernel = fail_to_import(monkeypatch, ModuleNotFoundError('numba'))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert kernel() is None


def test_never_makes_the_host_wait_for_an_accelerator():
    pred = torch.zeros(8, 8, dtype=torch.int64, device='meta')
    label = torch.zeros(8, 8, dtype=torch.uint8, device='meta')
    with one_device():
        assert count_pairs(pred, label, 19).shape == (257, 20)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs CUDA')
def test_is_the_same_on_cuda_without_synchronising():
    pred, label = scenes.pair(2, shape=(200, 300), classes=19)
    host = count_pairs(torch.from_numpy(pred), torch.from_numpy(label), 19)
    device = [torch.from_numpy(x).long().cuda() for x in (pred, label)]
    torch.cuda.set_sync_debug_mode('error')
    try:
        counts = count_pairs(*device, 19)
    finally:
        torch.cuda.set_sync_debug_mode('default')
    torch.testing.assert_close(counts.cpu(), host)
