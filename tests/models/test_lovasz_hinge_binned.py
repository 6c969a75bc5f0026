import pytest
import torch

from segplug.models.losses.lovasz.hinge_binned import lovasz_hinge_binned
from segplug.models.losses.lovasz.sorted import lovasz_hinge

from .score_maps import errors, value_and_gradient


@pytest.mark.parametrize('share', [0.2, 0.001])
@pytest.mark.parametrize('spread', [0.01, 1.0, 10.0])
@pytest.mark.parametrize('shift', [-5.0, 0.0, 1.0, 5.0])
def test_against_sorting_in_float64(spread, shift, share):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 20000, generator=generator) * spread + shift
    labels = (torch.rand(3, 20000, generator=generator) < share).long()
    valid = torch.rand(3, 20000, generator=generator) < 0.9
    valid[2, 1:] = False  # a single pixel is left
    logits[2, 0] = -1

    def binned(x, y):
        return lovasz_hinge_binned(x, y, valid, 32768)

    def exact(x, y):
        return lovasz_hinge(x, y, valid)

    result = value_and_gradient(binned, logits, labels)
    truth = value_and_gradient(exact, logits.double(), labels)
    loss_error, gradient_error = errors(result, truth)
    assert (
        loss_error <= 1e-6 * max(1, truth[0].max()) and gradient_error <= 1e-3
    )
    assert (result[1][~valid] == 0).all()


def test_void_alone_and_void_that_is_infinite():
    logits = torch.tensor([[float('inf'), float('nan'), 0.5]])
    labels = torch.tensor([[0, 1, 1]])
    for valid, expected in (([0, 0, 1], 0.5), ([0, 0, 0], 0.0)):
        loss = lovasz_hinge_binned(
            logits.requires_grad_(),
            labels,
            torch.tensor([valid], dtype=torch.bool),
            64,
        )
        assert loss.item() == pytest.approx(expected)
        (gradient,) = torch.autograd.grad(loss.sum(), logits)
        assert gradient.nan_to_num(9).tolist() == [[0, 0, -2 * expected]]


def test_nan_gives_nan():
    logits = torch.zeros(1, 50)
    logits[0, 3] = float('nan')
    valid = torch.ones(1, 50, dtype=torch.bool)
    loss = lovasz_hinge_binned(logits, torch.ones(1, 50), valid, 16)
    assert loss.isnan().all()
