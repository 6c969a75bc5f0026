"""Where the kernels can be used, and that they can be compiled.

:mod:`.test_lovasz_backends` has their results.
"""

import os
import sys

import pytest
import torch

from segplug.models.losses.lovasz import triton_backend
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
