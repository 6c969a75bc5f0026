"""Stop when validations no longer improve, and go back to the best."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Optional

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import EarlyStoppingHook, Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.errors import SegplugError

from . import ranks
from .checkpoints.files import CheckpointWriteError
from .checkpoints.hook import report
from .plateau import Plateau, Rule, Score
from .stopping_state import STATE, StoppingState, recall


class MonitorError(SegplugError, KeyError):
    """A validation does not give the score that is to be monitored."""

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would quote it


@HOOKS.register_module()
class RestoringEarlyStoppingHook(Hook):
    """Early stopping that ends with the best weights.

    After each validation that is the best so far, the weights are written to
    ``best_weights.pth`` in the work folder, a checkpoint for testing. When
    training ends, by patience or by its schedule, they are put back into the
    model. Works with loops of iterations and of epochs, and with several
    processes.

    MMEngine's ``EarlyStoppingHook`` stops only: it restores nothing, forgets
    the best score and the waiting when a run is resumed, and takes a score
    that stays the same for an improvement. Here the history of the score is
    part of every checkpoint, and of ``early_stopping.json`` in the work
    folder: a checkpoint is written before the validation of the same
    iteration, so it lacks that one. Whatever checkpoint of the run is
    resumed, its history is the one up to there.

    Args:
        monitor (str): Score, as ``mIoU``, ``aAcc`` or, with
            :class:`ValidationLossHook`, ``loss``. Defaults to ``'mIoU'``.
        rule (str, optional): Whether ``'greater'`` or ``'less'`` is better.
            Defaults to what the name tells.
        patience (int, optional): Number of validations in a row without
            improvement after which training stops; None only restores.
            Defaults to 5.
        min_delta (float): What a score must improve by to end the waiting,
            in its own unit (percentage points of mIoU). Weights are kept for
            every improvement. Defaults to 0.
        restore (bool): Whether the model gets its best weights back when
            training ends. Defaults to True.

    Raises:
        ValueError: If the rule is neither given nor told by the name, or
            ``patience`` or ``min_delta`` is out of range.
        MonitorError: When a validation gives no such score.
        BestWeightsError: When the file of the best weights is gone at the
            end of training.
    """

    priority = 'LOWEST'  # after the log and the checkpoints

    def __init__(
        self,
        *,
        monitor: str = 'mIoU',
        rule: Optional[Rule] = None,
        patience: Optional[int] = 5,
        min_delta: float = 0.0,
        restore: bool = True,
    ) -> None:
        if patience is not None and patience < 1:
            raise ValueError(
                'patience must be a number of validations from 1 up, or None '
                f'for no stopping, got {patience}.'
            )
        if not min_delta >= 0:
            raise ValueError(f'min_delta must be 0 or more, got {min_delta}.')
        self.monitor = monitor
        self.rule: Rule = EarlyStoppingHook(monitor, rule).rule
        self.patience = patience
        self.min_delta = min_delta
        self.restore = restore
        #: None outside training.
        self.state: Optional[StoppingState] = None

    @property
    def plateau(self) -> Plateau:
        """The history and what it amounts to."""
        return Plateau(
            self.rule, self.patience, self.min_delta, self.state.history
        )

    def before_train(self, runner: Runner) -> None:
        """Start a history, or take up that of the resumed run."""
        state = StoppingState(self.monitor)
        content = runner.message_hub.runtime_info.get(STATE)
        if runner.iter > 0 and is_main_process():
            folder = Path(runner.work_dir)
            state = recall(content, folder, runner.iter, self.monitor)
        shared = [state]
        broadcast_object_list(shared)
        self.state = shared[0]
        self._warn_if_lost()
        self._publish(runner)

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Keep the weights if they are the best, stop if it has been long.

        Nothing is done in a validation outside training.
        """
        if self.state is None:
            return
        score = Score(runner.iter, self._value(metrics or {}))
        if self._is_best(score):
            self._keep(runner, score)
        # A validation that is repeated after a resume counts once.
        before = [s for s in self.state.history if s.step < score.step]
        self.state.history = [*before, score]
        self._publish(runner)

    def after_train(self, runner: Runner) -> None:
        """Put the best weights back."""
        state, self.state = self.state, None
        if not self.restore or state is None:
            return
        if state.best is None:
            print_log(
                f'No weights are restored: no validation gave {self.monitor}.',
                'current',
                logging.WARNING,
            )
            return
        weights = state.weights(Path(runner.work_dir))
        weights.restore(runner.model, state.best)
        runner.logger.info(
            f'The model has the weights of iteration {state.best.step} again '
            f'({self.monitor} {state.best.value:.4g}), which are in '
            f'{weights.path}.'
        )

    def _keep(self, runner: Runner, score: Score) -> None:
        """Write the weights of a score, or say that it cannot be done."""
        try:
            self.state.weights(Path(runner.work_dir)).save(runner, score)
        except CheckpointWriteError as error:
            report(runner, error)
        else:
            self.state.best = score

    def _value(self, metrics: dict[str, float]) -> float:
        if self.monitor not in metrics:
            raise MonitorError(
                f'The validation gives no score {self.monitor!r} to monitor; '
                f'it gives {", ".join(metrics) or "none"}.'
            )
        return float(metrics[self.monitor])

    def _is_best(self, score: Score) -> bool:
        best = self.state.best
        return self.plateau.is_better(
            score.value, None if best is None else best.value
        )

    def _warn_if_lost(self) -> None:
        if any(map(self._is_best, self.state.history)):
            print_log(
                'The best weights up to the resumed iteration are not in the '
                'work folder: only those from here on can be restored.',
                'current',
                logging.WARNING,
            )

    def _publish(self, runner: Runner) -> None:
        """Put the state where the next run finds it; stop if that is due."""
        runner.message_hub.update_info(STATE, self.state.plain())
        try:
            ranks.from_main(lambda: self.state.write(Path(runner.work_dir)))
        except CheckpointWriteError as error:
            report(runner, error)
        plateau = self.plateau
        if plateau.is_reached:
            runner.train_loop.stop_training = True
            runner.logger.info(
                f'Training stops at iteration {runner.iter}: {self.monitor} '
                f'has not improved in the last {plateau.waited} validations.'
            )
