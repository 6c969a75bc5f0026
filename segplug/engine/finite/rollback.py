"""Go back to the weights of the last whole checkpoint."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import CheckpointHook, EMAHook
from mmengine.runner import Runner

from segplug.compat.safe_load import safe_load
from segplug.engine import ranks
from segplug.engine.checkpoint_fit import unwrap
from segplug.engine.checkpoints import find
from segplug.errors import SegplugError
from segplug.weights import load_weights, weights_of


class RollbackError(SegplugError, RuntimeError):
    """There is nothing to go back to."""


def roll_back(runner: Runner, rate_factor: float) -> str:
    """Set weights and optimizer back and lower the learning rates.

    The averaged weights of an ``EMAHook`` are set back with the trained
    ones. The count of iterations, the data and the schedule of the learning
    rates go on where they are.

    Args:
        runner: A training runner.
        rate_factor: By which the present learning rates are multiplied.

    Returns:
        Path of the checkpoint: the last one that the run wrote, or the one
        that it was resumed from.

    Raises:
        RollbackError: If there is no checkpoint yet.
        ResumeError: If it is broken or gone.
    """
    path = _last_checkpoint(runner)
    if path is None:
        raise RollbackError(
            f'Iteration {runner.iter + 1}: this run has written no '
            f'checkpoint to {runner.work_dir} yet to roll back to.'
        )
    ranks.from_main(lambda: find.read_meta(path))
    checkpoint = safe_load(path, 'cpu')
    _set_averages_back(runner, checkpoint)
    weights = weights_of(checkpoint, source=path)
    load_weights(unwrap(runner.model), weights)
    groups = runner.optim_wrapper.param_groups
    rates = [group['lr'] for group in groups]
    runner.optim_wrapper.load_state_dict(checkpoint['optimizer'])
    for group, rate in zip(runner.optim_wrapper.param_groups, rates):
        group['lr'] = rate * rate_factor
    return path


def _last_checkpoint(runner: Runner) -> str | None:
    """Return what the run wrote last: the folder may hold other runs' files.

    It is None before the first one.
    """
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook) and hook.last_ckpt is not None:
            return str(hook.last_ckpt)
    return None


def _set_averages_back(runner: Runner, checkpoint: dict[str, Any]) -> None:
    """Have EMA hooks do what they do when a run is resumed.

    They exchange the averaged weights in the checkpoint's ``state_dict`` for
    the trained ones.
    """
    resumes, runner._resume = runner._resume, True
    try:
        for hook in runner.hooks:
            if isinstance(hook, EMAHook):
                hook.after_load_checkpoint(runner, checkpoint)
    finally:
        runner._resume = resumes
