"""Exact weights in the bins whose order matters most."""

from random import Random

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from segplug.models import CrossEntropyLovaszLoss
from segplug.models.losses.lovasz import counting as steps
from segplug.models.losses.lovasz import refine, slopes, torch_backend
from segplug.models.losses.lovasz.bins import Counts
from segplug.models.losses.lovasz.blocks import bits
from tests.devices import any_order

from .score_maps import (
    KINDS,
    counting,
    errors,
    exact,
    hosts,
    scene,
    value_and_gradient,
)

FEW = dict(bins=4)  # bins, which alone would give wrong gradients
MOST = slopes.most_marked(1)


@pytest.fixture
def unrefined(monkeypatch):
    """Return a function that takes a loss without the step."""

    def take(loss, *args):
        with monkeypatch.context() as patch:
            patch.setattr(steps, 'refine', lambda *_: None)
            return value_and_gradient(loss, *args)

    return take


@given(
    kind=st.sampled_from(KINDS),
    classes=st.integers(2, 4),
    size=st.tuples(st.integers(10, 16), st.integers(1, 16)),
    seed=st.integers(0, 99),
    per_image=st.booleans(),
)
def test_few_pixels_are_exact(kind, classes, size, seed, per_image):
    logits, labels = scene(kind, classes, size=size, seed=seed)
    assert logits.numel() <= MOST
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


def test_float64_has_marks_too():
    logits, labels = scene('mixed', 4, size=(15, 17))
    truth = exact(logits, labels)
    result = value_and_gradient(counting(**FEW), logits.double(), labels)
    loss, gradient = errors(result, truth)
    assert loss <= 1e-10 and gradient <= 1e-9


def test_cross_entropy_is_not_disturbed():
    logits, labels = scene('mixed', 4, size=(15, 17))
    both = counting(CrossEntropyLovaszLoss, **FEW)
    truth = exact(logits, labels, CrossEntropyLovaszLoss)
    loss, gradient = errors(value_and_gradient(both, logits, labels), truth)
    assert loss <= 1e-6 and gradient <= 1e-6


@given(
    counts=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 900)),
        min_size=1,
        max_size=40,
    ),
    seed=st.integers(0, 99),
)
def test_chooses_the_worst_bins_that_fit(counts, seed):
    """Against a loop that takes one after the other."""
    random = Random(seed)
    # So small that quotients which differ do so in float32, too.
    error = [random.randint(1, 1000) for _ in counts]
    table = torch.tensor(counts, dtype=torch.int32)
    chosen = slopes._worst(
        table.t().reshape(1, 1, -1),
        torch.tensor(error).float().view(1, 1, -1),
    )
    some = [i for i, pair in enumerate(counts) if 2 <= sum(pair) <= MOST]
    some.sort(key=lambda i: error[i] / sum(counts[i]), reverse=True)
    expected, room = set(), MOST
    for _ in range(slopes._ROUNDS):
        some = [
            i for i in some if i not in expected and sum(counts[i]) <= room
        ]
        total = 0
        for i in some:
            total += sum(counts[i])
            if total > room:
                total -= sum(counts[i])
                break
            expected.add(i)
        room -= total
    assert set(chosen.flatten().nonzero().flatten().tolist()) == expected


@given(
    numbers=st.lists(st.integers(0, 5), min_size=1, max_size=60),
    count=st.integers(1, 60),
    seed=st.integers(0, 9),
)
def test_of_equal_errors_the_first_is_the_worst(numbers, count, seed):
    values = torch.tensor([numbers, numbers[::-1]]).div(5)
    count = min(count, len(numbers))
    with any_order(seed):
        found = slopes._greatest(values, count)
    order = values.argsort(descending=True, stable=True)
    assert torch.equal(found, order[:, :count])


def test_every_group_has_room():
    """Bins of an image are not crowded out by those of the next."""
    counts = torch.ones(3, 1, 2 * MOST, dtype=torch.int32)  # bins of 2 pixels
    error = torch.rand(3, 1, MOST)
    chosen = slopes._worst(counts, error.clone())
    for some, each in zip(chosen, error):
        assert some.sum() == MOST // 2
        assert each[some].min() >= each[~some].max()


@given(
    flags=st.lists(st.booleans(), min_size=1, max_size=300),
    spare=st.integers(0, 9),
)
def test_finds_all_places(flags, spare):
    expected = [i for i, flag in enumerate(flags) if flag]
    most = len(expected) + spare
    rows = torch.tensor([flags, flags[::-1]], dtype=torch.int8)
    place, found = refine._places(rows, most)
    assert place[0][found[0]].tolist() == expected
    backward = [len(flags) - 1 - i for i in reversed(expected)]
    assert place[1][found[1]].tolist() == backward
    assert place.shape == (2, min(most, len(flags)))
    assert ((0 <= place) & (place < len(flags))).all()


@pytest.mark.parametrize('size', [64, 4096, 100_003])
def test_finds_places_far_apart(size):
    flags = torch.zeros(size, dtype=torch.int8)
    expected = torch.tensor([0, 1, size // 2, size - 1])
    flags[expected] = 1
    place, found = refine._places(flags.view(1, -1), 5)
    assert torch.equal(place[found], expected)


def test_marks_change_no_slope_by_more_than_a_digit():
    logits, labels = scene('mixed', 5)
    seen = []

    def keep(batch, taken, logits, slopes, losses):
        seen.append((slopes.values.clone(), taken.marked.clone()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, 'refine', keep)
        value_and_gradient(counting(), logits, labels)
        patch.setattr(slopes, '_worst', lambda x, e: e < 0)
        value_and_gradient(counting(), logits, labels)
    (marked, pixels), (plain, nothing) = seen
    difference = bits(marked) - bits(plain)
    assert set(difference.unique().tolist()) == {0, 1}
    assert 0 < pixels.sum() <= MOST and not nothing.any()
    assert not (bits(plain) & 1).any()


def test_slopes_are_rounded_without_bias():
    torch.manual_seed(0)
    counts = torch.randint(0, 50, (1, 4, 16384), dtype=torch.int32)
    values, error = torch.empty(1, 4, 16384), torch.empty(1, 4, 8192)
    one = torch.ones(1, 4, 1).double()
    torch_backend._fill(counts, values, error, one, one.repeat(1, 1, 8192))
    others, own = counts.chunk(2, -1)
    fg, bg = Counts.of(own, others).weights()
    exact = torch.cat([bg, -fg], -1)
    relative = (values / exact - 1)[exact != 0]
    assert relative.abs().max() <= 2**-22
    assert relative.mean().abs() <= 2e-9  # 3e-8 if cut off


def test_errors_have_the_classes_weights(monkeypatch):
    logits, labels = scene('mixed', 3)
    seen = []

    def worst(counts, error, choose=slopes._worst):
        seen.append(error.clone())
        return choose(counts, error)

    monkeypatch.setattr(slopes, '_worst', worst)
    for weight in ([1, 1, 1], [1, 0.5, 0.25], [1e-20, 0.5e-20, 0.25e-20]):
        value_and_gradient(counting(class_weight=weight), logits, labels)
    for error in seen[1:]:
        for c, share in enumerate((1, 0.5, 0.25)):
            wanted = seen[0][:, c] * share**2
            torch.testing.assert_close(error[:, c], wanted, atol=0, rtol=1e-5)


def test_equal_errors_have_equal_gradients():
    logits = torch.randn(1, 3, 40, 50).round(decimals=1)
    labels = torch.randint(3, (1, 40, 50))
    logits[..., 20:, :], labels[:, 20:] = logits[..., :20, :], labels[:, :20]
    _, gradient = value_and_gradient(counting(), logits, labels)
    torch.testing.assert_close(gradient[..., 20:, :], gradient[..., :20, :])


@pytest.mark.parametrize('seed', range(4))
def test_a_rare_class_among_many_pixels(seed, unrefined):
    """By an eighth of the bins, with which pixels of it share some."""
    logits, labels = scene('rare', 3, size=(200, 150), seed=seed)
    truth = exact(logits, labels)
    few = counting(bins=1024)
    raw = errors(unrefined(few, logits, labels), truth)
    refined = errors(value_and_gradient(few, logits, labels), truth)
    assert refined[1] <= 1e-3 < 3e-3 <= raw[1]


@pytest.mark.parametrize('rare, classes', [(10, 12), (15, 19), (35, 41)])
def test_many_rare_classes(rare, classes, unrefined):
    """Of 9 pixels each among 180 000."""
    noise, labels = scene('random', classes, size=(300, 300))
    labels[labels < rare] = rare
    where = torch.randperm(labels.numel(), generator=torch.manual_seed(0))
    labels.view(-1)[where[: 9 * rare]] = torch.arange(rare).repeat(9)
    truth = F.one_hot(labels.clamp(max=classes - 1), classes).movedim(-1, 1)
    logits = truth * 6 + noise * 0.7

    truth = exact(logits, labels)
    raw = errors(unrefined(counting(), logits, labels), truth)
    refined = errors(value_and_gradient(counting(), logits, labels), truth)
    theirs = errors(hosts(logits, labels), truth)
    assert refined[1] <= min(1.1 * theirs[1], 1e-4) < 2e-3 <= raw[1]


@pytest.mark.parametrize('void', [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize('kind', [None, CrossEntropyLovaszLoss])
def test_void_that_is_not_finite(void, kind):
    """Neither in few pixels, all refined, nor in many."""
    options = {} if kind is None else dict(kind=kind)
    for size in ((14, 12), (90, 90)):
        logits, labels = scene('mixed', 3, size=size)
        labels.view(-1)[::7] = 255
        labels[-1, -1, -1] = 255  # what is not found is looked up there
        expected = value_and_gradient(counting(**options), logits, labels)
        logits.movedim(1, -1)[labels == 255] = void
        result = value_and_gradient(counting(**options), logits, labels)
        assert torch.equal(result[0], expected[0])
        assert torch.equal(result[1], expected[1])
