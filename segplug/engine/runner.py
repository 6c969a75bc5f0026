"""MMEngine's runner, adapted to people and to machines without a GPU."""

from __future__ import annotations

from typing import Any

from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmseg.registry import RUNNERS
from torch import nn

from . import console
from .progress_hook import ProgressHook
from .resumable_runner import ResumableRunner


@RUNNERS.register_module()
class SegRunner(ResumableRunner):
    """Runner with a readable console.

    * Dumps of the environment, the config and the hooks, and third-party
      warnings, go to the log file only.
    * On a terminal a progress bar is drawn.
    * Several processes can train on CPUs. Synchronised batch norm, which
      needs accelerators, becomes plain batch norm there, as it does in a
      single process.
    * Training can be ended at any moment and goes on later, exactly (see
      :class:`~segplug.engine.resumable_runner.ResumableRunner`).

    Arguments are those of :class:`mmengine.runner.Runner`.
    """

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger and filter its console."""
        logger = super().build_logger(*args, **kwargs)
        console.quieten(logger)
        return logger

    def wrap_model(
        self, model_wrapper_cfg: dict[str, Any] | None, model: nn.Module
    ) -> nn.Module:
        """Wrap the model for what started the run."""
        if self.distributed and get_device() == 'cpu':
            model = revert_sync_batchnorm(model)
            unused = self.cfg.get('find_unused_parameters', False)
            model_wrapper_cfg = {
                'broadcast_buffers': False,
                'find_unused_parameters': unused,
                'device_ids': None,  # MMEngine would name a GPU
                **(model_wrapper_cfg or {}),
            }
        return super().wrap_model(model_wrapper_cfg, model)

    def register_hooks(self, *args: Any, **kwargs: Any) -> None:
        """Register the config's hooks, and a progress bar on terminals."""
        super().register_hooks(*args, **kwargs)
        if console.draws_bar():
            self.register_hook(ProgressHook())
