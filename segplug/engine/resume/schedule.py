"""What becomes of a schedule that is another one when a run is resumed.

MMEngine takes all of a schedule from the checkpoint, its end too: a run that
is to train longer than it was meant to does so at the last learning rate,
most often zero, and says nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from mmengine.optim import _ParamScheduler
from mmengine.runner import Runner
from mmengine.utils import is_list_of

_MOVING = {'last_step', '_global_step', '_last_value', 'verbose'}


class Schedule:
    """The schedule and the optimizer's options as the config has them.

    To be made before a checkpoint is loaded.

    Args:
        runner: Runner whose optimizer and schedules are built.
    """

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.states = [dict(s.state_dict()) for s in self._schedulers()]
        self.groups = [dict(group) for group in self._groups()]

    def settle(self, iterations: int, saved: Any) -> None:
        """Keep the config's schedule; to be called after the loading.

        Nothing happens where the checkpoint's is the same. Otherwise the
        schedule is what it would be now, had it been the config's from the
        start. Other options of the optimizer, such as the weight decay, stay
        those of the checkpoint, with a warning.

        Args:
            iterations: How many lie behind, by the config's epochs.
            saved: The schedules' states in the checkpoint, None if it has
                none.
        """
        self._warn_of_options()
        changes = self._changes(saved)
        if not changes:
            return
        before = self._rates()
        self._replay(iterations)
        self.runner.logger.warning(
            'The schedule is not that of the resumed checkpoint '
            f"({', '.join(changes)}): the config's is taken, and goes on at "
            f'iteration {self.runner.iter} as if the run had begun with it. '
            f'The learning rate changes from {before} to {self._rates()}.'
        )

    def _schedulers(self) -> list[Any]:
        """Return the schedules, none where they cannot be replayed."""
        found = self.runner.param_schedulers
        if not is_list_of(found, _ParamScheduler) or any(
            getattr(each, 'need_val_args', False) for each in found
        ):
            return []
        return found

    def _groups(self) -> list[dict[str, Any]]:
        groups = getattr(self.runner.optim_wrapper, 'param_groups', [])
        return groups if isinstance(groups, list) else []

    def _rates(self) -> str:
        rates = sorted({group['lr'] for group in self._groups()})
        return f'{rates[-1]:.4g}'

    def _warn_of_options(self) -> None:
        """Tell of options that MMEngine takes from the checkpoint."""
        own = {'params'}
        for scheduler in self._schedulers():
            own |= {scheduler.param_name, _initial(scheduler)}
        kept = {
            f'{key} {loaded[key]}, not {wanted[key]}'
            for wanted, loaded in zip(self.groups, self._groups())
            for key in (wanted.keys() & loaded.keys()) - own
            if wanted[key] != loaded[key]
        }
        if kept:
            self.runner.logger.warning(
                "The optimizer keeps the checkpoint's options where the "
                f"config's differ: {'; '.join(sorted(kept))}."
            )

    def _changes(self, saved: Any) -> list[str]:
        """Say what differs between checkpoint and config."""
        if not self.states:
            return []
        if not isinstance(saved, list) or len(saved) != len(self.states):
            had = len(saved) if isinstance(saved, list) else 0
            return [
                f'{had} in the checkpoint, {len(self.states)} in the config'
            ]
        changes = []
        for scheduler, wanted, had in zip(
            self._schedulers(), self.states, map(lasting, saved)
        ):
            name, wanted = type(scheduler).__name__, lasting(wanted)
            if had.keys() != wanted.keys():
                changes.append(f'{name}: another kind in the checkpoint')
                continue
            changes += [
                f'{name}.{key}: {had[key]} in the checkpoint, '
                f'{wanted[key]} in the config'
                for key in wanted
                if had[key] != wanted[key]
            ]
        return changes

    def _replay(self, iterations: int) -> None:
        """Take all steps of the config's schedule up to now."""
        schedulers = self._schedulers()
        for group, wanted in zip(self._groups(), self.groups):
            for scheduler in schedulers:
                for key in (scheduler.param_name, _initial(scheduler)):
                    group[key] = wanted[key]
        for scheduler, state in zip(schedulers, self.states):
            scheduler.load_state_dict(state)
        epochs = self.runner.epoch
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # that no optimizer has stepped
            for number in range(iterations):
                # Whether an epoch ends, all of them being equally long.
                ends = (number + 1) * epochs // iterations
                is_end = ends > number * epochs // iterations
                for scheduler in schedulers:
                    if is_end or not scheduler.by_epoch:
                        scheduler.step()


def lasting(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a schedule's state does not change from step to step."""
    return {
        key: value for key, value in plain(state).items() if key not in _MOVING
    }


def plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schedule's state without functions.

    ``OneCycleLR`` has one in its state, which no checkpoint may hold that is
    to be loaded without trust; the schedule makes it itself.
    """
    return {k: value for k, value in state.items() if not callable(value)}


def _initial(scheduler: Any) -> str:
    return f'initial_{scheduler.param_name}'
