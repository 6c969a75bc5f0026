"""Import MMPretrain beside a PyTorch that has none of torchvision's kernels.

There is no torchvision for every CPU build of PyTorch. One that was built
for another PyTorch fails on import, since it looks for its own operators;
where they are declared it imports, and MMPretrain needs no more of it.
"""

import importlib.util

import pytest
import torch

_OPERATORS = (
    'nms',
    'qnms',
    'roi_align',
    'qroi_align',
    '_roi_align_backward',
    'ps_roi_align',
    '_ps_roi_align_backward',
    'roi_pool',
    '_roi_pool_backward',
    'ps_roi_pool',
    '_ps_roi_pool_backward',
    'deform_conv2d',
    '_deform_conv2d_backward',
)
_library = None


def _present(name):
    return importlib.util.find_spec(name) is not None


def declare_operators():
    """Declare torchvision's operators if its own library did not."""
    global _library
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        _library = torch.library.Library('torchvision', 'DEF')
        for name in _OPERATORS:
            _library.define(f'{name}(Tensor x) -> Tensor')


def _works():
    if not (_present('mmpretrain') and _present('torchvision')):
        return False
    declare_operators()
    import mmpretrain.models  # noqa: F401

    return True


needs_mmpretrain = pytest.mark.skipif(
    not _works(), reason='needs mmpretrain and torchvision'
)
