"""Early signs of life in a log that has a line every 50 iterations."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook, LoggerHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

_STEPS = (1, 10)


@HOOKS.register_module()
class FirstStepsHook(Hook):
    """Tell loss, pace and time left after the first and tenth iteration.

    On a CPU an iteration may take half a minute. Where
    :class:`mmengine.hooks.LoggerHook` has a line that early, it is left to
    that.
    """

    priority = 'VERY_LOW'

    def before_train(self, runner: Runner) -> None:
        """Start the clock."""
        loggers = [h for h in runner.hooks if isinstance(h, LoggerHook)]
        earliest = min((h.interval for h in loggers), default=math.inf)
        self._steps = [step for step in _STEPS if step < earliest]
        self._first = runner.iter
        self._start = time.monotonic()

    @master_only
    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Log a line after the chosen iterations of this run."""
        done = runner.iter + 1 - self._first
        if done not in self._steps or not outputs:
            return
        loss = float(outputs['loss'].detach())  # waits for the device
        pace = (time.monotonic() - self._start) / done
        left = round(pace * max(0, runner.max_iters - runner.iter - 1))
        runner.logger.info(
            f'iteration {runner.iter + 1} of {runner.max_iters}: loss '
            f'{loss:.4f}, {pace:.2g} s each so far, about '
            f'{timedelta(seconds=left)} left'
        )
