"""Numba's loops beside PyTorch's operations.

:mod:`.test_lovasz_backends` has what all backends have in common.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug import compiled
from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from segplug.models.losses.lovasz import numba_backend, torch_backend
from segplug.models.losses.lovasz.blocks import Batch, Bins, Options, bits
from segplug.models.losses.lovasz.ruler import Cells, Ruler

from .score_maps import KINDS, counting, errors, scene, value_and_gradient
from .test_lovasz_backends import both, check, compare


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    classes=st.integers(2, 6),
    size=st.tuples(st.integers(1, 40), st.integers(1, 90)),
    bins=st.sampled_from([4, 30, 512, 8192]),
    per_image=st.booleans(),
    entropy=st.booleans(),
    seed=st.integers(0, 99),
)
def test_numba_on_any_set(kind, classes, size, bins, per_image, entropy, seed):
    pytest.importorskip('numba')
    logits, labels = scene(
        kind, classes, size=(size[0] + 9, size[1]), seed=seed
    )
    loss = CrossEntropyLovaszLoss if entropy else LovaszSoftmaxLoss
    options = dict(bins=bins, per_image=per_image)
    compare('numba', logits, labels, loss, **options)


NUMBA, PLAIN = numba_backend.PASSES, torch_backend.PASSES


def make_ruler(generator, classes, bins):
    """Cut the cells of all classes at random, as a fit to errors would."""
    cells, places = Cells.of(bins), []
    spare = bins - cells.count
    for _ in range(classes):
        extra = torch.randint(
            cells.count, (spare // 2,), generator=generator
        ).bincount(minlength=cells.count)
        extra[1] += spare - spare // 2  # a cell with many bins
        parts = extra + 1
        first = parts.cumsum(0) - parts
        first = torch.cat([first - bins, first])
        places.append((first << cells.shift) + parts.repeat(2))
    return Ruler(cells, torch.stack(places)[None].int())


@settings(max_examples=40, deadline=None)
@given(
    bins=st.sampled_from([4, 60, 1024, 8192, 32768]),
    classes=st.integers(1, 4),
    share=st.sampled_from([0.01, 0.5, 1.0]),
    largest=st.sampled_from([1, 50, 2**17]),
    seed=st.integers(0, 99),
)
def test_numba_fills_in_the_same(bins, classes, share, largest, seed):
    """Even where an absent class has 2³⁰ pixels."""
    pytest.importorskip('numba')
    generator = torch.Generator().manual_seed(seed)
    shape = (1, classes, 2 * bins)
    counts = torch.randint(largest + 1, shape, generator=generator).int()
    counts *= torch.rand(shape, generator=generator) < share
    counts[:, 0, bins:] = 0  # without a pixel of its own
    counts[..., -1] = 1 if classes > 1 else 0  # in the last bin
    counts[:, 0, -1] = 0
    ruler = make_ruler(generator, classes, bins)
    factors = torch.rand(1, classes, generator=generator).double() * 0.1
    filled = []
    for fill in (NUMBA.fill, PLAIN.fill):
        values = torch.full(shape, torch.nan)
        error = torch.full((1, classes, bins), torch.nan)
        fill(counts, ruler, factors, values, error)
        filled.append((values, error))
    (values, error), (expected, error_there) = filled
    assert values.isfinite().all() and not (bits(values) & 1).any()
    some = counts > 0
    torch.testing.assert_close(values[some], expected[some], rtol=3e-7, atol=0)
    torch.testing.assert_close(error, error_there, rtol=1e-5, atol=1e-37)


@settings(max_examples=40, deadline=None)
@given(
    bins=st.sampled_from([4, 60, 1024, 8192, 32768]),
    classes=st.integers(1, 4),
    pixels=st.integers(1, 5000),
    per_image=st.booleans(),
    seed=st.integers(0, 99),
)
def test_numba_finds_the_same_bins(bins, classes, pixels, per_image, seed):
    """At the ends of cells and of the axis, too."""
    pytest.importorskip('numba')
    generator = torch.Generator().manual_seed(seed)
    ruler = make_ruler(generator, classes, bins)
    if per_image:
        ruler = ruler._replace(marks=ruler.marks.repeat(2, 1, 1))
    cells, shape = ruler.cells, (2, classes, pixels)
    edges = torch.randint(cells.count + 1, shape, generator=generator)
    edges = (edges << cells.shift) + cells.least
    edges += torch.randint(-3, 4, shape, generator=generator)
    odds = bits(torch.rand(shape, generator=generator))
    odds = torch.where(odds % 4 > 0, edges.int(), odds).view(torch.float32)
    probs = odds / (1 + odds)
    probs[0, 0, 0], probs[1, -1, -1] = 0, 1
    labels = torch.randint(-1, classes, (2, pixels), generator=generator)
    own = torch.randint(
        2 * cells.width, labels.shape, generator=generator
    ).int()
    options = Options(True, per_image, -1, bins)
    results = []
    for count_bins in (NUMBA.count_bins, PLAIN.count_bins):
        batch = Batch.of(probs.clone(), labels, own.clone(), options)
        batch.own[~batch.valid] = 0
        found = Bins.like(batch.probs, labels)
        counts = own.new_zeros(*batch.tables, 2 * bins)
        count_bins(batch, ruler, found, counts)
        results.append((found.numbers, counts, batch.probs))
    for ours, expected in zip(*results):
        assert torch.equal(ours, expected)


def test_numba_counts_all_whatever_thread_is_first(threads):
    pytest.importorskip('numba')
    threads(5)
    generator = torch.Generator().manual_seed(0)
    probs = torch.rand(1, 2, 2**15, generator=generator)
    labels = torch.zeros(1, 2**15, dtype=torch.int64)
    own = labels.int()
    ruler = make_ruler(generator, 2, 8192)
    batch = Batch.of(probs, labels, own, Options(True, False, None, 8192))
    found = Bins.like(probs, labels)
    for _ in range(100):
        counts = own.new_zeros(*batch.tables, 2 * 8192)
        NUMBA.count_bins(batch, ruler, found, counts)
        assert (counts.sum(2) == 2**15).all()


@pytest.mark.parametrize('per_image', [False, True])
def test_numba_with_any_number_of_threads(threads, per_image):
    """Its own sums at least: PyTorch's depend on how work is shared."""
    pytest.importorskip('numba')
    logits, labels = scene('mixed', 7, size=(400, 401))
    assert labels[0].numel() > 8 * numba_backend._LEAST  # work to share
    results = []
    for number in (1, 2, 5):
        threads(number)
        loss = counting(backend='numba', per_image=per_image)
        results.append(value_and_gradient(loss, logits, labels))
        again = value_and_gradient(loss, logits, labels)
        assert torch.equal(again[0], results[-1][0])
        assert torch.equal(again[1], results[-1][1])
    assert (
        labels[0].numel() > 20 * numba_backend._LEAST
    )  # there is work to share
    for result in results[1:]:
        check(result, results[0])


def test_the_default_is_numba_on_a_cpu(monkeypatch):
    pytest.importorskip('numba')
    logits, labels = scene('mixed', 3, size=(20, 20))
    used, real = [], numba_backend.PASSES

    def count_bins(*args):
        used.append(args)
        real.count_bins(*args)

    passes = real._replace(count_bins=count_bins)
    monkeypatch.setattr(numba_backend, 'PASSES', passes)
    counting()(logits, labels)
    assert len(used) == 1
    counting(backend='torch')(logits, labels)
    counting(backend='triton')(logits, labels)
    assert len(used) == 1


def test_without_numba(monkeypatch):
    logits, labels = scene('mixed', 3, size=(20, 20))
    monkeypatch.setattr(compiled, 'numba', lambda: None)
    assert errors(*both('auto', logits, labels)) == (0, 0)  # nothing is said
    with pytest.warns(UserWarning, match=r"Numba.*pip install 'segplug\[fast"):
        assert errors(*both('numba', logits, labels)) == (0, 0)
