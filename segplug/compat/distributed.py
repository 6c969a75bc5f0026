"""Let ``--launcher pytorch`` run on machines without an accelerator.

MMEngine 0.10.7 calls ``torch.cuda.set_device`` before it makes the process
group, so ``torchrun`` on CPUs dies. Where there is no accelerator the group
is made with gloo instead.
"""

from __future__ import annotations

from typing import Any

import torch.distributed as torch_dist
from mmengine.device import get_device
from mmengine.dist import utils as host

_init_with_accelerator = host._init_dist_pytorch


def install() -> None:
    """Replace MMEngine's initialiser of launcher ``pytorch``."""
    host._init_dist_pytorch = init_dist_pytorch


def init_dist_pytorch(
    backend: str, init_backend: str = 'torch', **kwargs: Any
) -> None:
    """Make the process group, with gloo where there is only a CPU.

    Args:
        backend: Backend that the config asks for, such as ``'nccl'``.
        init_backend: As in MMEngine.
        kwargs: Passed to ``torch.distributed.init_process_group``.
    """
    if get_device() == 'cpu':
        torch_dist.init_process_group(backend='gloo', **kwargs)
    else:
        _init_with_accelerator(backend, init_backend, **kwargs)
