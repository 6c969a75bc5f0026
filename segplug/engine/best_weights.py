"""Keep the best weights of a run in a file, and put them back."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Optional

from mmengine.dist import broadcast, broadcast_object_list, is_main_process
from mmengine.logging import print_log
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from segplug.errors import SegplugError

from . import ranks
from .checkpoint_fit import unwrap
from .plateau import Score


class BestWeightsError(SegplugError, RuntimeError):
    """The best weights of a run cannot be put back."""


class BestWeights:
    """The best weights of a run, as a checkpoint without optimizer.

    The main process writes and reads; the others get what it read.

    Args:
        path: The file.
        run: Mark of the run, so that those of an earlier run in the same
            folder are not taken for its own.
    """

    KEY = 'best_weights'

    def __init__(self, path: Path, run: str) -> None:
        self.path = path
        self.run = run

    def save(self, runner: Runner, score: Score) -> None:
        """Write the weights as a checkpoint holds them.

        They are those that were validated: hooks that swap weights for the
        validation do the same for checkpoints.

        Raises:
            CheckpointWriteError: If there is no room, in every process.
        """
        mark = dict(run=self.run, step=score.step, value=score.value)
        meta = {'epoch': runner.epoch, 'iter': runner.iter, self.KEY: mark}
        ranks.from_main(
            lambda: runner.save_checkpoint(
                str(self.path.parent),
                self.path.name,
                save_optimizer=False,
                save_param_scheduler=False,
                meta=meta,
                by_epoch=False,
            )
        )

    def find(self) -> Optional[Score]:
        """Return the score of the weights in the file, None if not ours.

        Called on the main process.
        """
        checkpoint = self._read()
        if checkpoint is None:
            return None
        return self._score(checkpoint)

    def restore(self, model: nn.Module, score: Score) -> None:
        """Put the weights of a score into a model, on all processes.

        Raises:
            BestWeightsError: If the file is gone or holds others.
        """
        model = unwrap(model)
        problem = [None]
        if is_main_process():
            problem = [self._load(model, score)]
        broadcast_object_list(problem)
        if problem[0]:
            raise BestWeightsError(problem[0])
        for value in model.state_dict().values():
            broadcast(value)

    def _load(self, model: nn.Module, score: Score) -> Optional[str]:
        """Load, or return why it cannot be done."""
        checkpoint = self._read()
        if checkpoint is None or self._score(checkpoint) != score:
            return (
                f'{self.path} does not hold the best weights of this run any '
                f'more (those of iteration {score.step}), so they cannot be '
                'restored: the model keeps its last weights.'
            )
        model.load_state_dict(checkpoint['state_dict'])
        return None

    def _read(self) -> Optional[dict[str, Any]]:
        if not self.path.is_file():
            return None
        try:
            return CheckpointLoader.load_checkpoint(str(self.path), 'cpu')
        except SegplugError as error:
            print_log(str(error), 'current', logging.WARNING)
            return None

    def _score(self, checkpoint: dict[str, Any]) -> Optional[Score]:
        mark = checkpoint.get('meta', {}).get(self.KEY)
        if not isinstance(mark, dict) or mark.get('run') != self.run:
            return None
        return Score(int(mark['step']), float(mark['value']))
