"""The only place that knows what the software stack breaks.

Each module holds one remedy and an idempotent ``install`` function.
"""

from __future__ import annotations

from . import mmcv_ext

__all__ = ['install']


def install() -> None:
    """Install every remedy; called when :mod:`segplug` is imported."""
    mmcv_ext.install()  # before anything that may import mmcv.ops
    from . import (
        checkpoint,
        checkpoint_files,
        distributed,
        inferencer,
        log_files,
        pretrained,
        yaml_files,
    )

    checkpoint.install()
    checkpoint_files.install()
    distributed.install()
    inferencer.install()
    log_files.install()
    pretrained.install()
    yaml_files.install()
