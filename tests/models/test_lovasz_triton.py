"""Where the kernels can be used, and that they can be compiled.

:mod:`.test_lovasz_backends` has their results.
"""

import os
import sys

import pytest
import torch
from torch import Tensor

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


@pytest.fixture
def programs(monkeypatch):
    """Make programs that look at the tensors of each launch."""
    from .programs import Programs

    launch = triton_backend._Launch.__call__

    def make(seed):
        running = Programs(seed)

        def watched(self, kernel, **tensors):
            known = [*self._arguments.values(), *tensors.values()]
            running.tensors = [x for x in known if isinstance(x, Tensor)]
            launch(self, kernel, **tensors)

        monkeypatch.setattr(triton_backend._Launch, '__call__', watched)
        return running

    return make


def value_and_gradient(logits, labels, **options):
    """Return the losses of the groups, and their gradient."""
    logits = logits.flatten(2).requires_grad_()
    classes = logits.shape[1]
    losses = lovasz_softmax_binned(
        logits,
        labels.flatten(1),
        chosen=torch.ones(classes, dtype=torch.bool),
        backend='triton',
        **options,
    )
    return losses, *torch.autograd.grad(losses.sum(), logits)


@interpreted
@pytest.mark.parametrize('entropy_weight', [None, torch.arange(5.0) / 3])
@pytest.mark.parametrize('per_image', [False, True])
def test_equal_whatever_the_order_of_programs(
    entropy_weight, per_image, programs
):
    logits, labels = scene('mixed', 5, size=(60, 60))
    options = dict(entropy_weight=entropy_weight, per_image=per_image)
    losses, gradient = value_and_gradient(logits, labels, bins=512, **options)
    for seed in range(2):
        with programs(seed) as running:
            result = value_and_gradient(logits, labels, bins=512, **options)
        assert running.launches == 3
        assert torch.equal(result[0], losses)
        assert torch.equal(result[1], gradient)


@interpreted
@pytest.mark.parametrize('bins', [4, 32768])
@pytest.mark.parametrize('classes', [1, 2, 19])
@pytest.mark.parametrize('size', [(1, 10), (31, 20)])
def test_no_memory_of_others(size, classes, bins, programs):
    logits, labels = scene('saturated', max(classes, 2), size=size)
    logits = logits[:, :classes]
    labels[:, 0, 1:4] = torch.tensor([-3, 77, 2**40])
    logits[1, :, 0, 5:8] = torch.tensor([torch.nan, torch.inf, -torch.inf])
    for per_image in (False, True):
        with programs(0) as running:
            value_and_gradient(
                logits,
                labels,
                entropy_weight=torch.ones(classes),
                ignore_index=3,
                per_image=per_image,
                bins=bins,
            )
        assert running.launches == 3


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


@pytest.fixture
def no_triton(monkeypatch):
    monkeypatch.setenv('TRITON_INTERPRET', '1')
    monkeypatch.setattr(triton_backend.importlib.util, 'find_spec', {}.get)
    triton_backend._has_triton.cache_clear()
    yield
    triton_backend._has_triton.cache_clear()


def test_without_triton(no_triton):
    with pytest.warns(UserWarning, match='Triton is not installed'):
        assert not triton_backend.is_usable(torch.empty(1, 3, 4))
    assert not triton_backend.is_usable(torch.empty(1, 3, 4))  # told once


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
