"""Where the kernels can be used, and that they can be compiled.

:mod:`.test_lovasz_backends` has their results.
"""

import functools
import itertools
import os
import random
import sys

import pytest
import torch

from segplug.models.losses.lovasz import triton_backend
from segplug.models.losses.lovasz.softmax_binned import lovasz_softmax_binned
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


class Shuffled:
    """Gives programs of the interpreter their numbers in a random order."""

    def __init__(self, set_index, seed):
        self.set_index = set_index
        self.random = random.Random(seed)
        self.launches = 0

    def __call__(self, builder, *index):
        if not any(index):  # a launch begins
            self.launches += 1
            self.rest = [*itertools.product(*map(range, builder.grid_dim))]
            self.random.shuffle(self.rest)
        self.set_index(builder, *self.rest.pop())


@interpreted
@pytest.mark.parametrize('entropy_weight', [None, torch.rand(5)])
@pytest.mark.parametrize('per_image', [False, True])
def test_equal_whatever_the_order_of_programs(
    entropy_weight, per_image, monkeypatch
):
    from triton.runtime.interpreter import InterpreterBuilder

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
        shuffled = Shuffled(InterpreterBuilder.set_grid_idx, seed)
        method = functools.partialmethod(shuffled)
        with monkeypatch.context() as patch:
            patch.setattr(InterpreterBuilder, 'set_grid_idx', method)
            result = compute()
        assert shuffled.launches == 3 and shuffled.rest == []
        assert torch.equal(result[0], losses)
        assert torch.equal(result[1], gradient)


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
