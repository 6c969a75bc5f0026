"""Go back to the weights of the last whole checkpoint."""

from __future__ import annotations

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

    The count of iterations, the data and the schedule of the learning rates
    go on where they are.

    Args:
        runner: A training runner.
        rate_factor: By which the present learning rates are multiplied.

    Returns:
        Path of the checkpoint.

    Raises:
        RollbackError: If there is no checkpoint yet.
    """
    path = ranks.from_main(lambda: find.newest(runner.work_dir))
    if path is None:
        raise RollbackError(
            f'Iteration {runner.iter + 1}: there is no checkpoint in '
            f'{runner.work_dir} yet to roll back to.'
        )
    checkpoint = safe_load(str(path), 'cpu')
    weights = weights_of(checkpoint, source=str(path))
    load_weights(unwrap(runner.model), weights)
    groups = runner.optim_wrapper.param_groups
    rates = [group['lr'] for group in groups]
    runner.optim_wrapper.load_state_dict(checkpoint['optimizer'])
    for group, rate in zip(runner.optim_wrapper.param_groups, rates):
        group['lr'] = rate * rate_factor
    return str(path)
