import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from segplug.models.backbones.pooling import enlarge, pool, unpool

SIZES = st.tuples(st.integers(1, 9), st.integers(1, 9))


def brute_force(x):
    """Keep the first maximum of each window in place, by definition."""
    kept = torch.zeros_like(x)
    batch, channels, height, width = x.shape
    for b in range(batch):
        for c in range(channels):
            for top in range(0, height, 2):
                for left in range(0, width, 2):
                    window = x[b, c, top : top + 2, left : left + 2]
                    i, j = divmod(window.argmax().item(), window.shape[1])
                    kept[b, c, top + i, left + j] = window[i, j]
    return kept


@given(size=SIZES, seed=st.integers(0, 99))
def test_maxima_return_to_their_places(size, seed):
    torch.manual_seed(seed)
    x = torch.randn(2, 3, *size)
    pooled, indices = pool(x)
    assert pooled.shape[2:] == ((size[0] + 1) // 2, (size[1] + 1) // 2)
    assert torch.equal(unpool(pooled, indices, size), brute_force(x))


@pytest.mark.parametrize('size', [(45, 60), (23, 30), (7, 9), (1, 5)])
def test_like_pytorchs_unpooling(size):
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    pooled, indices = pool(x)
    ours = pooled.clone().requires_grad_()
    theirs = pooled.clone().requires_grad_()
    result = unpool(ours, indices, size)
    expected = F.max_unpool2d(theirs, indices, 2, 2, output_size=size)
    assert torch.equal(result, expected)
    weight = torch.randn_like(expected)
    (result * weight).sum().backward()
    (expected * weight).sum().backward()
    assert torch.equal(ours.grad, theirs.grad)


@given(size=SIZES)
def test_pixels_are_repeated(size):
    coarse = torch.randn(1, 2, (size[0] + 1) // 2, (size[1] + 1) // 2)
    fine = enlarge(coarse, size)
    assert fine.shape[2:] == size
    for i in range(size[0]):
        for j in range(size[1]):
            assert torch.equal(fine[..., i, j], coarse[..., i // 2, j // 2])
