"""Nothing of the losses waits for the device or depends on the data."""

import contextlib

import pytest
import torch
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    FakeTensorMode,
)

from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from tests.devices import any_order, one_device

from .score_maps import counting, errors, scene, value_and_gradient


@pytest.mark.parametrize('method', ['binned', 'exact'])
@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        (LovaszSoftmaxLoss, dict(per_image=True, classes=[0, 2])),
        (CrossEntropyLovaszLoss, dict(class_weight=[1.0, 2.0, 3.0])),
        (LovaszSoftmaxLoss, dict(loss_type='binary')),
    ],
)
def test_can_be_compiled_without_a_break(kind, options, method):
    classes = 1 if 'loss_type' in options else 3
    logits, labels = scene('mixed', classes, size=(70, 70))
    loss = counting(kind, backend='torch', method=method, **options)
    graph = torch.compile(loss, backend='aot_eager', fullgraph=True)
    with torch.autocast('cpu', torch.bfloat16):
        ours = value_and_gradient(graph, logits, labels)
    expected = value_and_gradient(loss, logits, labels)
    assert torch.equal(ours[0], expected[0])
    assert torch.equal(ours[1], expected[1])


@pytest.mark.parametrize('options', [{}, dict(per_image=True, classes=[1])])
@pytest.mark.parametrize('method', ['binned', 'exact'])
@pytest.mark.parametrize('kind', [LovaszSoftmaxLoss, CrossEntropyLovaszLoss])
def test_no_step_depends_on_the_data(kind, method, options):
    weight = [1.0, 2.0, 3.0, 4.0, 5.0]
    loss = counting(kind, class_weight=weight, method=method, **options)
    with FakeTensorMode(allow_non_fake_inputs=True):  # shapes without values
        logits = torch.empty(2, 5, 200, 200, requires_grad=True)
        labels = torch.empty(2, 200, 200, dtype=torch.int64)
        (gradient,) = torch.autograd.grad(loss(logits, labels), logits)
        with pytest.raises(DataDependentOutputException):
            labels.max().item()
    assert gradient.shape == logits.shape


@pytest.mark.parametrize('method', ['binned', 'exact'])
def test_no_step_of_the_binary_loss_depends_on_the_data(method):
    loss = counting(loss_type='binary', method=method)
    with FakeTensorMode(allow_non_fake_inputs=True):
        logits = torch.empty(2, 1, 200, 200, requires_grad=True)
        labels = torch.empty(2, 200, 200, dtype=torch.int64)
        (gradient,) = torch.autograd.grad(loss(logits, labels), logits)
    assert gradient.shape == logits.shape


def kinds_of_sets():
    """Losses of many options, and how many classes there are."""
    weight = [1.0, 2.0, 3.0, 4.0, 5.0]
    shared = [{}, dict(classes=[1]), dict(class_weight=weight)]
    kinds = [(LovaszSoftmaxLoss, options, 5) for options in shared]
    kinds += [(CrossEntropyLovaszLoss, options, 5) for options in shared]
    kinds += [
        (LovaszSoftmaxLoss, dict(classes='all', reduction='sum'), 5),
        (LovaszSoftmaxLoss, dict(loss_type='binary'), 1),
        (CrossEntropyLovaszLoss, dict(avg_non_ignore=True), 5),
    ]
    for method in ('binned', 'exact'):
        for per_image in (False, True):
            for kind, options, classes in kinds:
                options = dict(method=method, per_image=per_image, **options)
                yield counting(kind, **options), classes


class Autocast(contextlib.nullcontext):
    """Takes the place of autocast, which a device without values has not."""

    def __init__(self, device, enabled):
        super().__init__()
        assert (device, enabled) == ('meta', False)


@pytest.mark.parametrize('ignore_index', [255, None])
@pytest.mark.parametrize(
    'dtype', [torch.float16, torch.bfloat16, torch.float32]
)
def test_all_steps_are_on_the_device_of_the_logits(
    dtype, ignore_index, monkeypatch
):
    monkeypatch.setattr(torch, 'autocast', Autocast)
    for loss, classes in kinds_of_sets():
        shape = 2, classes, 200, 200
        logits = torch.empty(shape, dtype=dtype, device='meta')
        labels = torch.empty(2, 200, 200, dtype=torch.int64, device='meta')
        logits.requires_grad_()
        loss.to('meta')
        with one_device():
            value = loss(logits, labels, ignore_index=ignore_index)
            (gradient,) = torch.autograd.grad(value, logits)
        assert value.dtype == torch.float32
        assert gradient.dtype == dtype and gradient.shape == shape


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('scores', ['mixed', 'saturated', 'rare'])
def test_equal_whatever_the_order_of_a_devices_threads(scores, dtype):
    shuffled = set()
    for loss, classes in kinds_of_sets():
        kind = scores if classes > 1 else 'mixed'
        logits, labels = scene(kind, classes, size=(50, 50))
        logits = logits.to(dtype)
        loss.backend = 'torch'
        expected = value_and_gradient(loss, logits, labels)
        for seed in range(2):
            with any_order(seed) as mode:
                result = value_and_gradient(loss, logits, labels)
            assert torch.equal(result[0], expected[0])
            assert torch.equal(result[1], expected[1])
            shuffled |= mode.shuffled
    assert shuffled == {'scatter', 'scatter_add', 'index_add'}


@pytest.fixture
def no_waiting():
    """Make waiting for the device an error."""
    torch.cuda.set_sync_debug_mode('error')
    yield
    torch.cuda.set_sync_debug_mode('default')


KINDS_OF_LOSSES = [
    (LovaszSoftmaxLoss, {}),
    (LovaszSoftmaxLoss, dict(per_image=True, classes=[1, 3])),
    (LovaszSoftmaxLoss, dict(method='exact')),
    (CrossEntropyLovaszLoss, dict(class_weight=[1.0] * 19)),
    (LovaszSoftmaxLoss, dict(backend='triton', per_image=True)),
    (CrossEntropyLovaszLoss, dict(backend='triton')),
]


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs CUDA')
@pytest.mark.parametrize(('kind', 'options'), KINDS_OF_LOSSES)
def test_on_cuda_without_waiting_for_the_device(kind, options, request):
    logits, labels = scene('mixed', 19)
    loss = counting(kind, **options)
    expected = value_and_gradient(loss, logits, labels)
    logits, labels, loss = logits.cuda(), labels.cuda(), loss.cuda()
    request.getfixturevalue('no_waiting')
    results = [value_and_gradient(loss, logits, labels) for _ in range(2)]
    torch.cuda.set_sync_debug_mode('default')
    assert torch.equal(results[0][1], results[1][1])
    result = tuple(x.cpu() for x in results[0])
    assert errors(result, expected)[0] <= 1e-6
    assert errors(result, expected)[1] <= 1e-3


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs CUDA')
@pytest.mark.parametrize(('kind', 'options'), KINDS_OF_LOSSES)
def test_with_deterministic_algorithms(kind, options):
    logits, labels = (x.cuda() for x in scene('mixed', 19))
    loss = counting(kind, **options).cuda()
    plain = value_and_gradient(loss, logits, labels)
    torch.use_deterministic_algorithms(True)
    try:
        result = value_and_gradient(loss, logits, labels)
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(result[1], plain[1])


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs CUDA')
@pytest.mark.parametrize(('kind', 'options'), KINDS_OF_LOSSES)
def test_in_a_cuda_graph(kind, options):
    loss = counting(kind, **options).cuda()
    logits, labels = (x.cuda() for x in scene('random', 19))
    logits.requires_grad_()

    def step():
        value = loss(logits, labels)
        return value, torch.autograd.grad(value, logits)[0]

    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        captured = step()
    for target, other in zip((logits, labels), scene('mixed', 19, seed=1)):
        target.detach().copy_(other)
    graph.replay()
    expected = step()
    for ours, eager in zip(captured, expected):
        assert torch.equal(ours, eager)
