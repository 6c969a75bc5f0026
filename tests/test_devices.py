"""The modes notice what they are for."""

import pytest
import torch

from .devices import any_order, one_device

MANY = 1000


def wait(x):
    return x.sum().item()


def select(x):
    return x[x > 0]


def compare(x):
    return torch.equal(x, x)


def add_from_the_host(x):
    return x + torch.ones(MANY)


def scale_from_the_host(x):
    return x * torch.tensor(2.0)


def copy_to_the_host(x):
    return torch.empty(MANY).copy_(x)


def make_there(x):
    return torch.tensor([1.0, 2.0], device=x.device)


def make_like(x):
    return x.new_tensor([1.0])


def take_a_list(x):
    return x[[0, 2]]


def take_a_range(x):
    return x[range(3)]


@pytest.mark.parametrize(
    'step',
    [
        wait,
        select,
        compare,
        add_from_the_host,
        scale_from_the_host,
        copy_to_the_host,
        make_there,
        make_like,
        take_a_list,
        take_a_range,
    ],
)
def test_one_device(step):
    x = torch.empty(MANY, device='meta')
    with one_device():
        assert (torch.where(x > 0, x + 2, 0.0).cumsum(0) * x).is_meta
        with pytest.raises(AssertionError):
            step(x)


def scatter(x, ids):
    return torch.zeros(4, 2).scatter(0, ids[:, None].expand(-1, 2), x)


def scatter_add(x, ids):
    return torch.zeros(4, 2).scatter_add_(0, ids[:, None].expand(-1, 2), x)


def scatter_along_the_last(x, ids):
    source = torch.cat([x.T, x.T])  # more than there are indices
    return torch.zeros(2, 4).scatter_add(-1, ids.expand(2, -1), source)


def index_add(x, ids):
    return torch.zeros(4, 2).index_add(0, ids, x)


@pytest.mark.parametrize(
    'step', [scatter, scatter_add, scatter_along_the_last, index_add]
)
def test_any_order(step):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(MANY, 2, generator=generator)
    ids = torch.randint(4, (MANY,), generator=generator)
    plain, results = step(x, ids), []
    for seed in range(2):
        with any_order(seed) as mode:
            results.append(step(x, ids))
    assert mode.shuffled
    assert not torch.equal(*results)
    if step is not scatter:
        torch.testing.assert_close(results[0], plain, atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    'find',
    [
        lambda x: x.topk(9)[1],
        lambda x: x.sort(descending=True)[1],
        lambda x: x.argsort(descending=True, stable=False),
    ],
)
def test_any_order_of_equal_numbers(find):
    x = torch.randint(9, (3, MANY))
    places = []
    for seed in range(2):
        with any_order(seed):
            places.append(find(x))
    assert not torch.equal(*places)
    for found in places:
        best = x.sort(descending=True, stable=True).values
        assert torch.equal(x.gather(1, found), best[:, : found.shape[1]])


def test_any_order_of_integers():
    ids = torch.randint(4, (MANY,))
    one, table = torch.ones((), dtype=torch.int32), torch.zeros(4).int()
    with any_order(0):
        counts = table.scatter_add(0, ids, one.expand(MANY))
    assert torch.equal(counts.long(), ids.bincount(minlength=4))


@pytest.mark.parametrize(
    'step',
    [
        lambda x, ids: ids.bincount(),
        lambda x, ids: x.cumsum(0),
        lambda x, ids: ids.cumsum(0, dtype=torch.float64),
        lambda x, ids: x.median(0),
        lambda x, ids: torch.zeros(4, 2).index_put((ids,), x),
        lambda x, ids: torch.nn.functional.cross_entropy(
            x.view(1, 2, 10, 100), ids.view(1, 10, 100) % 2
        ),
    ],
)
def test_without_an_order(step):
    x, ids = torch.randn(MANY, 2), torch.randint(4, (MANY,))
    with any_order(0), pytest.raises(AssertionError):
        step(x, ids)
