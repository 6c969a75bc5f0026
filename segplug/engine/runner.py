"""MMEngine's runner, adapted to people and to machines without a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.model import revert_sync_batchnorm
from mmengine.runner import BaseLoop, CheckpointLoader
from mmseg.registry import RUNNERS
from torch import nn

from segplug.weights import load_weights, weights_of

from . import console
from .checkpoint_fit import (
    check_optimizer,
    check_resumed,
    check_scored,
    check_start,
    unwrap,
)
from .class_check_hook import ClassCheckHook
from .first_steps_hook import FirstStepsHook
from .progress_hook import ProgressHook
from .resumable_runner import ResumableRunner

#: Hooks that every run has, as entries of ``default_hooks``.
OWN_HOOKS: dict[str, dict[str, Any]] = {
    'non_finite': {'type': 'NonFiniteHook'},
    'bad_files': {'type': 'BadFilesHook'},
}
#: Those of MMEngine, which None takes out; it refuses None for others.
MMENGINE_HOOKS = {
    'runtime_info',
    'timer',
    'sampler_seed',
    'logger',
    'param_scheduler',
    'checkpoint',
}


@RUNNERS.register_module()
class SegRunner(ResumableRunner):
    """Runner with a readable console.

    * Dumps of the environment, the config and the hooks, and third-party
      warnings, go to the log file only.
    * On a terminal a progress bar is drawn.
    * A checkpoint that does not fit the model is refused where a score or a
      resumed run would be worthless, and its gaps are told otherwise.
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

    def load_checkpoint(
        self,
        filename: str,
        map_location: Any = 'cpu',
        strict: bool = False,
        revise_keys: Sequence[tuple[str, str]] = (),
    ) -> dict[str, Any]:
        """Load a checkpoint and see how it fits the model.

        Does what MMEngine's method does, which keeps to itself how the
        weights fit.

        Args:
            filename: Path or address.
            map_location: Device to load to.
            strict: Whether to refuse weights that are missing or left over
                where that would be allowed.
            revise_keys: Patterns in the names of the weights and what comes
                in their place. A leading ``module.`` goes in any case.

        Returns:
            The checkpoint.

        Raises:
            CheckpointMismatchError: If the model would be scored, or go on
                training, with weights that are not the checkpoint's; or if
                nothing of the checkpoint fits a model to be trained.
        """
        checkpoint = CheckpointLoader.load_checkpoint(filename, map_location)
        self.call_hook('after_load_checkpoint', checkpoint=checkpoint)
        self.saved_schedules = checkpoint.get('param_schedulers')
        weights = weights_of(
            checkpoint, source=filename, revise_keys=revise_keys
        )
        fit = load_weights(unwrap(self.model), weights)
        if self._resume:
            check_resumed(fit, filename)
            kind = (self.resumed_state or {}).get('optimizer')
            check_optimizer(checkpoint, self.optim_wrapper, filename, kind)
        elif isinstance(self._train_loop, BaseLoop) and not strict:
            check_start(fit, filename)
        else:
            check_scored(fit, filename)
        self._has_loaded = True
        self.logger.info(f'Load checkpoint from {filename}')
        return checkpoint

    def register_default_hooks(
        self, hooks: dict[str, Any] | None = None
    ) -> None:
        """Register MMEngine's default hooks and :data:`OWN_HOOKS`.

        Args:
            hooks: The config's ``default_hooks``: options of these, others,
                or None for one that is not wanted.
        """
        hooks = dict(hooks or {})
        for name, own in OWN_HOOKS.items():
            given = hooks.get(name, {})
            if isinstance(given, dict):
                hooks[name] = {**own, **given}
        unwanted = [n for n, hook in hooks.items() if hook is None]
        for name in {*unwanted} - MMENGINE_HOOKS:
            hooks.pop(name)
        super().register_default_hooks(hooks)

    def register_hooks(self, *args: Any, **kwargs: Any) -> None:
        """Register the config's hooks and one that shows the progress.

        On terminals that is a bar, elsewhere a few lines.
        """
        super().register_hooks(*args, **kwargs)
        self.register_hook(ClassCheckHook())
        shows = ProgressHook if console.draws_bar() else FirstStepsHook
        self.register_hook(shows())
