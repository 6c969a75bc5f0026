import itertools

import pytest
import torch

from segplug.models import SegNet
from segplug.models.backbones.pooling import pool, unpool

SMALL = dict(widths=(3, 4), num_convs=(2, 1), decoder_convs=(1, 2))


@pytest.mark.parametrize('size', [(7, 5), (8, 9), (1, 3), (1, 1)])
@pytest.mark.parametrize('kind', [torch.float32, torch.bfloat16])
def test_unpooling_is_exact_in_any_layout(size, kind):
    """Each maximum is back in its place, zeros are elsewhere."""
    x = torch.randperm(2 * 3 * size[0] * size[1]).add(1).to(kind)
    x = x.view(2, 3, *size)
    for layout in (torch.contiguous_format, torch.channels_last):
        laid = x.to(memory_format=layout)
        back = unpool(*pool(laid), size)
        for i, j in itertools.product(
            range(0, size[0], 2), range(0, size[1], 2)
        ):
            window, there = (m[..., i : i + 2, j : j + 2] for m in (x, back))
            top = window.amax((2, 3), keepdim=True)
            assert torch.equal(there.amax((2, 3), keepdim=True), top)
            assert (there.count_nonzero((2, 3)) == 1).all()
            assert torch.equal(there[there != 0], window[there != 0])


def test_channels_last_and_autocast_train():
    net = SegNet(**SMALL).to(memory_format=torch.channels_last)
    x = torch.rand(2, 3, 13, 17).to(memory_format=torch.channels_last)
    with torch.autocast('cpu', torch.bfloat16):
        (y,) = net(x)
    y.float().square().mean().backward()
    assert y.shape[2:] == (13, 17)
    assert all(p.grad.isfinite().all() for p in net.parameters())
