"""The kernels do what PyTorch's operations do, and can be compiled.

Their results are those of Triton's interpreter, which has to be chosen before
Triton is imported: ``make test-kernels``.
"""

import os
import sys

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from segplug.models.losses import lovasz_triton
from tests.tools.runs import ROOT, run

from .score_maps import KINDS, counting, errors, scene, value_and_gradient

pytestmark = pytest.mark.kernels

interpreted = pytest.mark.skipif(
    os.environ.get('TRITON_INTERPRET') != '1', reason='not interpreted'
)


def compare(logits, labels, kind=LovaszSoftmaxLoss, ignore=255, **options):
    """Return the errors of the kernels, relative to PyTorch's result."""
    backends = (
        counting(kind, backend=name, **options) for name in ('triton', 'torch')
    )
    return errors(
        *(
            value_and_gradient(loss, logits, labels, ignore_index=ignore)
            for loss in backends
        )
    )


@interpreted
@pytest.mark.parametrize('classes', [2, 7, 19])
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('loss', [LovaszSoftmaxLoss, CrossEntropyLovaszLoss])
def test_values_and_gradients(kind, classes, loss):
    logits, labels = scene(kind, classes, size=(50, 61))
    value, gradient = compare(logits, labels, loss)
    # The last digit of a float32; a rounded probability changes its bin.
    assert value <= 5e-7 and gradient <= 1e-4


@interpreted
@pytest.mark.parametrize(
    'options',
    [
        dict(per_image=True, reduction='none'),
        dict(classes='all'),
        dict(classes=[0, 3], class_weight=[0.5, 1.0, 2.0, 0.0, 4.0]),
        dict(bins=4),
        dict(bins=16),
        dict(bins=32768),
        dict(ignore=None),
        dict(ignore=3),
        dict(kind=CrossEntropyLovaszLoss, class_weight=[1.0, 2, 3, 4, 5]),
        dict(kind=CrossEntropyLovaszLoss, per_image=True, ce_weight=0.3),
    ],
)
def test_options(options):
    logits, labels = scene('mixed', 5, batch=3, size=(40, 33))
    labels[1, 20:] = 77  # no class, and not void
    labels[2, 30:] = -1
    value, gradient = compare(logits, labels, **options)
    assert value <= 5e-7 and gradient <= 1e-4


@interpreted
@pytest.mark.parametrize('size', [(1, 1), (1, 7), (31, 33)])
@pytest.mark.parametrize('classes', [2, 65, 256])
def test_sizes(size, classes):
    logits, labels = scene('random', classes, size=(size[0] + 9, size[1]))
    value, gradient = compare(logits[..., 8:, :], labels[..., 8:, :])
    assert value <= 5e-7 and gradient <= 1e-4


@interpreted
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision(dtype):
    logits, labels = scene('mixed', 5, size=(40, 33))
    logits = logits.to(dtype)
    value, gradient = compare(logits, labels)
    assert value <= 5e-7 and gradient <= 1e-3  # rounded to the logits' type


@interpreted
@pytest.mark.parametrize('kind', ['right', 'random', 'rare'])
def test_sampled_sets(kind):
    """More than 2¹⁷ pixels, of which some show where the errors are."""
    logits, labels = scene(kind, 3, size=(260, 260))
    value, gradient = compare(logits, labels)
    assert value <= 5e-7 and gradient <= 1e-5


@interpreted
def test_void_that_is_not_finite_and_nothing_valid():
    logits, labels = scene('mixed', 3, size=(20, 20))
    logits[:, :, :4] = torch.inf  # void
    loss = counting(CrossEntropyLovaszLoss, backend='triton')
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value.isfinite() and gradient.isfinite().all()
    assert not gradient[:, :, :9].any() and gradient[:, :, 9:].any()

    labels[:] = 255
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value == 0 and not gradient.any()


@interpreted
def test_what_the_kernels_cannot_do_pytorch_does():
    logits, labels = scene('mixed', 3, size=(20, 20))
    flat = logits.flatten(2)
    assert lovasz_triton.is_usable(flat)
    assert not lovasz_triton.is_usable(flat.double())
    assert not lovasz_triton.is_usable(torch.empty(1, 257, 4))
    assert not lovasz_triton.is_usable(torch.empty(65536, 2, 1))
    with FakeTensorMode():
        assert not lovasz_triton.is_usable(torch.empty(1, 3, 4))
    assert compare(logits.double(), labels) == (0, 0)

    loss = counting(backend='triton')
    graph = torch.compile(loss, backend='aot_eager', fullgraph=True)
    result, expected = (
        value_and_gradient(each, logits, labels)
        for each in (graph, counting())
    )
    assert errors(result, expected) == (0, 0)


@pytest.mark.skipif(
    os.environ.get('TRITON_INTERPRET') == '1', reason='interpreted'
)
def test_on_a_cpu_pytorch_does_it():
    logits, labels = scene('mixed', 3, size=(20, 20))
    assert not lovasz_triton.is_usable(logits.flatten(2))
    assert compare(logits, labels) == (0, 0)


def test_without_triton(monkeypatch):
    monkeypatch.setenv('TRITON_INTERPRET', '1')
    monkeypatch.setattr(lovasz_triton.importlib.util, 'find_spec', {}.get)
    lovasz_triton._has_triton.cache_clear()
    with pytest.warns(UserWarning, match='Triton is not installed'):
        assert not lovasz_triton.is_usable(torch.empty(1, 3, 4))
    assert not lovasz_triton.is_usable(torch.empty(1, 3, 4))  # told once
    lovasz_triton._has_triton.cache_clear()


def test_the_interpreter_chosen_too_late(monkeypatch):
    """Triton looks at the variable when it is imported."""
    pytest.importorskip('triton')
    monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    code = (
        'import os, torch, triton, segplug;'
        'from segplug.models.losses.lovasz_triton import is_usable;'
        "os.environ['TRITON_INTERPRET'] = '1';"
        'print(is_usable(torch.empty(1, 3, 4)))'
    )
    assert run(sys.executable, '-c', code, cwd=ROOT).split() == ['False']


def test_unknown_backend():
    with pytest.raises(ValueError, match="backend must be .*'cuda'"):
        LovaszSoftmaxLoss(backend='cuda')


@pytest.mark.parametrize('capability', [80, 90])
def test_the_kernels_can_be_compiled_for_devices(capability, monkeypatch):
    pytest.importorskip('triton')
    monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    script = 'tests.models.compile_kernels'
    classes = [2, 7, 19, 41, 150, 256]
    output = run(sys.executable, '-m', script, capability, *classes, cwd=ROOT)
    names = ['count_own', 'count_bins', 'differentiate']
    assert output.split() == names * len(classes)
