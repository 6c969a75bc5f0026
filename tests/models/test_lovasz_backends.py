"""Compiled passes do what PyTorch's operations do.

The results of Triton's kernels are those of its interpreter, which has to be
chosen before Triton is imported: ``make test-kernels``.
"""

import os

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from segplug.models.losses.lovasz import (
    numba_backend,
    triton_backend,
)
from segplug.models.losses.lovasz.softmax_binned import lovasz_softmax_binned

from .score_maps import KINDS, counting, errors, scene, value_and_gradient

BACKENDS = {'numba': numba_backend, 'triton': triton_backend}


@pytest.fixture(
    params=['numba', pytest.param('triton', marks=pytest.mark.kernels)]
)
def backend(request):
    if request.param == 'numba':
        pytest.importorskip('numba')
    elif os.environ.get('TRITON_INTERPRET') != '1':
        pytest.skip('not interpreted')
    return request.param


def both(backend, logits, labels, kind=LovaszSoftmaxLoss, **options):
    """Return value and gradient of a backend, and of PyTorch."""
    ignore = options.pop('ignore', 255)
    losses = (
        counting(kind, backend=name, **options) for name in (backend, 'torch')
    )
    return [
        value_and_gradient(loss, logits, labels, ignore_index=ignore)
        for loss in losses
    ]


def check(result, expected, relative=1e-6):
    """Numba's loops have the same probabilities as PyTorch's operations.

    Slopes, which are at most 1, differ in the last digit of a float32.
    """
    value, _ = errors(result, expected)
    assert value <= 1e-7
    difference = (result[1] - expected[1]).norm()
    assert difference <= relative * expected[1].norm() + 1e-7


def compare(backend, *args, **options):
    result, expected = both(backend, *args, **options)
    if backend == 'numba':
        check(result, expected)
    else:  # a rounded probability changes its bin
        value, gradient = errors(result, expected)
        assert value <= 5e-7 and gradient <= 1e-4


@pytest.mark.parametrize('classes', [2, 7, 19])
@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('loss', [LovaszSoftmaxLoss, CrossEntropyLovaszLoss])
def test_values_and_gradients(backend, kind, classes, loss):
    logits, labels = scene(kind, classes, size=(50, 61))
    compare(backend, logits, labels, loss)


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
def test_options(backend, options):
    logits, labels = scene('mixed', 5, batch=3, size=(40, 33))
    labels[1, 20:] = 77  # no class, and not void
    labels[2, 30:] = -1
    compare(backend, logits, labels, **options)


@pytest.mark.parametrize('size', [(1, 1), (1, 7), (31, 33)])
@pytest.mark.parametrize('classes', [2, 65, 256])
def test_sizes(backend, size, classes):
    logits, labels = scene('random', classes, size=(size[0] + 9, size[1]))
    logits, labels = logits[..., 8:, :], labels[..., 8:, :]
    compare(backend, logits, labels)


@pytest.mark.parametrize('classes', ['all', [0, 2]])
def test_a_class_without_a_pixel(backend, classes):
    """The largest error has all the weight, beside however many pixels."""
    logits, labels = scene('mixed', 3, size=(200, 210))
    labels[labels == 2] = 1
    compare(backend, logits / 2, labels, classes=classes)


def test_other_orders_in_memory(backend):
    logits, labels = scene('mixed', 5, batch=3, size=(40, 33))
    logits = logits.contiguous(memory_format=torch.channels_last)
    labels = labels.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    for options in ({}, dict(per_image=True, reduction='none')):
        compare(backend, logits, labels, **options)


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_half_precision(backend, dtype):
    logits, labels = scene('mixed', 5, size=(40, 33))
    value, gradient = errors(*both(backend, logits.to(dtype), labels))
    assert value <= 5e-7 and gradient <= 1e-3  # rounded to the logits' type


@pytest.mark.parametrize('kind', ['right', 'random', 'rare'])
def test_sampled_sets(backend, kind):
    """More than 2¹⁷ pixels, of which some show where the errors are."""
    logits, labels = scene(kind, 3, size=(260, 260))
    value, gradient = errors(*both(backend, logits, labels))
    assert value <= 5e-7 and gradient <= 1e-5


def test_void_that_is_not_finite_and_nothing_valid(backend):
    logits, labels = scene('mixed', 3, size=(20, 20))
    logits[:, :, :4] = torch.inf  # void
    loss = counting(CrossEntropyLovaszLoss, backend=backend)
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value.isfinite() and gradient.isfinite().all()
    assert not gradient[:, :, :9].any() and gradient[:, :, 9:].any()

    labels[:] = 255
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value == 0 and not gradient.any()


def test_logits_that_are_not_finite_are_not_hidden(backend):
    logits, labels = scene('mixed', 3, size=(20, 20))
    logits[0, 1, 12, 3] = torch.nan  # not void
    loss = counting(backend=backend)
    value, gradient = value_and_gradient(loss, logits, labels)
    assert value.isnan() and gradient[0, :, 12, 3].isnan().all()


def test_logits_and_labels_stay_as_they_are(backend):
    logits, labels = scene('mixed', 3, size=(20, 20))
    before = logits.clone(), labels.clone()
    counting(backend=backend)(logits, labels)
    assert torch.equal(logits, before[0]) and torch.equal(labels, before[1])


@pytest.mark.parametrize('kind', ['saturated', 'right'])
@pytest.mark.parametrize('per_image', [False, True])
def test_void_is_not_counted(backend, kind, per_image):
    logits, labels = scene(kind, 5, size=(100, 90))
    labels[:, 9:60] = 255
    compare(backend, logits, labels, bins=4, per_image=per_image)


@pytest.fixture
def filled_memory():
    """Fill new tensors with NaN and with great numbers."""
    assert torch.utils.deterministic.fill_uninitialized_memory
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(before)


@pytest.mark.parametrize('kind', [LovaszSoftmaxLoss, CrossEntropyLovaszLoss])
@pytest.mark.parametrize('per_image', [False, True])
def test_nothing_is_read_before_it_is_written(
    backend, per_image, kind, request
):
    logits, labels = scene('mixed', 5, size=(40, 33))
    options = dict(kind=kind, per_image=per_image)
    plain = both(backend, logits, labels, **options)
    request.getfixturevalue('filled_memory')
    assert torch.empty(1).isnan()
    filled = both(backend, logits, labels, **options)
    for result, expected in zip(filled, plain):
        assert torch.equal(result[0], expected[0])
        assert torch.equal(result[1], expected[1])


def test_what_it_cannot_do_pytorch_does(backend):
    logits, labels = scene('mixed', 3, size=(20, 20))
    flat, module = logits.flatten(2), BACKENDS[backend]
    assert module.is_usable(flat)
    assert not module.is_usable(flat.double())
    with FakeTensorMode():
        assert not module.is_usable(torch.empty(1, 3, 4))
    assert errors(*both(backend, logits.double(), labels)) == (0, 0)

    loss = counting(backend=backend)
    graph = torch.compile(loss, backend='aot_eager', fullgraph=True)
    result, expected = (
        value_and_gradient(each, logits, labels)
        for each in (graph, counting(backend='torch'))
    )
    assert errors(result, expected) == (0, 0)


@pytest.mark.parametrize('name', ['auto', 'torch'])
def test_what_is_recorded_is_right_for_other_logits(name):
    logits, labels = scene('mixed', 3, size=(20, 20))
    loss = counting(backend=name)
    graph = make_fx(loss)(logits, labels)
    other, _ = scene('random', 3, size=(20, 20), seed=1)
    assert graph(other, labels) == loss(other, labels)


@pytest.mark.parametrize('dtype', [torch.int32, torch.uint8])
@pytest.mark.parametrize('name', ['auto', 'torch'])
def test_other_types_of_labels(name, dtype):
    logits, labels = scene('mixed', 3, size=(20, 20))
    logits, labels = logits.flatten(2), labels.flatten(1)
    options = dict(chosen=torch.ones(3).bool(), bins=8192, backend=name)
    result = lovasz_softmax_binned(logits, labels.to(dtype), **options)
    assert torch.equal(
        result, lovasz_softmax_binned(logits, labels, **options)
    )


def test_unknown_backend():
    with pytest.raises(ValueError, match="backend must be .*'cuda'"):
        LovaszSoftmaxLoss(backend='cuda')
