import torch
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn


def test_forward_runs_in_bfloat16_and_the_step_in_float32():
    model = nn.Linear(4, 4)
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='BFloat16OptimWrapper',
            optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        )
    )
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        out = model(torch.ones(2, 4))
        assert out.dtype == torch.bfloat16
    wrapper.update_params(out.float().square().mean())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)


def test_gradients_accumulate_as_in_the_parent():
    model = nn.Linear(1, 1)
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='BFloat16OptimWrapper',
            accumulative_counts=2,
            optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
        )
    )
    start = model.weight.item()
    for _ in range(2):
        with wrapper.optim_context(model):
            loss = model(torch.ones(1, 1)).sum()
        wrapper.update_params(loss)
    assert abs(model.weight.item() - (start - 1.0)) < 1e-5
