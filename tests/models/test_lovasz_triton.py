"""Where the kernels can be used, and that they can be compiled.

:mod:`.test_lovasz_backends` has their results.
"""

import os
import sys

import pytest
import torch

from segplug.models.losses.lovasz import triton_backend
from segplug.models.losses.lovasz.blocks import Options
from segplug.models.losses.lovasz.softmax_binned import lovasz_softmax_binned
from tests.devices import one_device
from tests.tools.runs import ROOT, run

from .score_maps import errors, scene
from .test_lovasz_backends import both

pytestmark = pytest.mark.kernels

interpreted = pytest.mark.skipif(
    os.environ.get('TRITON_INTERPRET') != '1', reason='not interpreted'
)


@interpreted
def test_what_the_kernels_cannot_do():
    assert triton_backend.is_usable(torch.empty(1, 256, 4))
    assert not triton_backend.is_usable(torch.empty(1, 257, 4))
    assert triton_backend.is_usable(torch.empty(65535, 2, 1))
    assert not triton_backend.is_usable(torch.empty(65536, 2, 1))


@interpreted
@pytest.mark.parametrize('entropy_weight', [None, torch.rand(5)])
@pytest.mark.parametrize('per_image', [False, True])
def test_equal_whatever_the_order_of_programs(
    entropy_weight, per_image, monkeypatch
):
    from .programs import Programs

    logits, labels = scene('mixed', 5, size=(60, 60))
    logits = logits.flatten(2).requires_grad_()

    def compute():
        losses = lovasz_softmax_binned(  # float64, where no order is hidden
            logits,
            labels.flatten(1),
            chosen=torch.ones(5, dtype=torch.bool),
            entropy_weight=entropy_weight,
            per_image=per_image,
            bins=512,
            backend='triton',
        )
        return losses, *torch.autograd.grad(losses.sum(), logits)

    losses, gradient = compute()
    for seed in range(2):
        with Programs(seed) as programs:
            result = compute()
        assert programs.launches == 3
        assert torch.equal(result[0], losses)
        assert torch.equal(result[1], gradient)


@pytest.mark.parametrize('dtype', [torch.float16, torch.float32])
@pytest.mark.parametrize('entropy', [False, True])
@pytest.mark.parametrize('per_image', [False, True])
def test_no_step_between_kernels_waits(dtype, entropy, per_image, monkeypatch):
    pytest.importorskip('triton')
    kernels = []
    monkeypatch.setattr(
        triton_backend._Launch,
        '__call__',
        lambda self, kernel, **tensors: kernels.append(kernel),
    )
    logits = torch.empty(2, 5, 900, dtype=dtype, device='meta')
    losses = torch.empty(
        2 if per_image else 1, dtype=torch.float64, device='meta'
    )
    with one_device():
        gradient = triton_backend.loss_and_gradient(
            logits,
            torch.empty_like(logits[:, 0], dtype=torch.int64),
            torch.ones(5, dtype=torch.bool, device='meta'),
            torch.ones(5, device='meta'),
            torch.ones(5, device='meta') if entropy else None,
            Options(True, per_image, 255, 512),
            losses,
        )
    assert gradient.shape == logits.shape and len(kernels) == 3


@pytest.mark.skipif(
    os.environ.get('TRITON_INTERPRET') == '1', reason='interpreted'
)
def test_on_a_cpu_pytorch_does_it():
    logits, labels = scene('mixed', 3, size=(20, 20))
    assert not triton_backend.is_usable(logits.flatten(2))
    assert errors(*both('triton', logits, labels)) == (0, 0)


def test_without_triton(monkeypatch):
    monkeypatch.setenv('TRITON_INTERPRET', '1')
    monkeypatch.setattr(triton_backend.importlib.util, 'find_spec', {}.get)
    triton_backend._has_triton.cache_clear()
    with pytest.warns(UserWarning, match='Triton is not installed'):
        assert not triton_backend.is_usable(torch.empty(1, 3, 4))
    assert not triton_backend.is_usable(torch.empty(1, 3, 4))  # told once
    triton_backend._has_triton.cache_clear()


def test_the_interpreter_chosen_too_late(monkeypatch):
    """Triton looks at the variable when it is imported."""
    pytest.importorskip('triton')
    monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    code = (
        'import os, torch, triton, segplug;'
        'from segplug.models.losses.lovasz.triton_backend import is_usable;'
        "os.environ['TRITON_INTERPRET'] = '1';"
        'print(is_usable(torch.empty(1, 3, 4)))'
    )
    assert run(sys.executable, '-c', code, cwd=ROOT).split() == ['False']


@pytest.mark.parametrize('capability', [80, 90])
def test_the_kernels_can_be_compiled_for_devices(capability, monkeypatch):
    pytest.importorskip('triton')
    monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    script = 'tests.models.compile_kernels'
    classes = [2, 7, 19, 41, 150, 256]
    output = run(sys.executable, '-m', script, capability, *classes, cwd=ROOT)
    names = ['count_own', 'count_bins', 'differentiate']
    assert output.split() == names * len(classes)
