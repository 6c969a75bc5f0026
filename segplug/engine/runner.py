"""MMEngine's runner, adapted to people and to machines without a GPU."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from torch import nn

from . import console
from .progress_hook import ProgressHook


@RUNNERS.register_module()
class SegRunner(Runner):
    """Runner with a readable console.

    * Dumps of the environment, the config and the hooks, and third-party
      warnings, go to the log file only.
    * On a terminal a progress bar is drawn.
    * Synchronised batch norm becomes plain batch norm where it cannot run:
      without CUDA.

    Arguments are those of :class:`mmengine.runner.Runner`.
    """

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger and filter its console."""
        logger = super().build_logger(*args, **kwargs)
        console.quieten(logger)
        return logger

    def build_model(self, model: nn.Module | dict[str, Any]) -> nn.Module:
        """Build the model with a batch norm that the launch can run."""
        built = super().build_model(model)
        if torch.cuda.is_available():
            return built
        return revert_sync_batchnorm(built)

    def register_hooks(self, *args: Any, **kwargs: Any) -> None:
        """Register the config's hooks, and a progress bar on terminals."""
        super().register_hooks(*args, **kwargs)
        if console.draws_bar():
            self.register_hook(ProgressHook())
