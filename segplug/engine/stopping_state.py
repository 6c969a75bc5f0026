"""What early stopping knows of a run, and how a resumed run gets it back.

It is in every checkpoint, and in a file of the work folder: a checkpoint is
written before the validation of the same iteration and lacks that one.
"""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from mmengine.logging import print_log

from segplug.fileio import write_json

from .best_weights import BestWeights
from .checkpoints.files import CheckpointWriteError
from .plateau import Score, from_plain, to_plain

STATE = 'early_stopping'
WEIGHTS = 'best_weights.pth'


@dataclass
class StoppingState:
    """The scores of a run, and the one whose weights are kept.

    Args:
        monitor: Name of the score.
        run: Mark of the run.
        history: Scores in order.
        best: Score of the weights in the file; None if there are none.
    """

    monitor: str
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    history: list[Score] = field(default_factory=list)
    best: Optional[Score] = None

    def plain(self) -> dict[str, Any]:
        """Return what goes into checkpoints."""
        return {
            'run': self.run,
            'monitor': self.monitor,
            'history': to_plain(self.history),
        }

    def write(self, folder: Path) -> None:
        """Write the file.

        Raises:
            CheckpointWriteError: If it cannot be written.
        """
        path = folder / f'{STATE}.json'
        try:
            write_json(path, self.plain())
        except OSError as error:
            raise CheckpointWriteError(
                f'{path} could not be written: {error.strerror or error}. '
                'Make room and go on with --resume.'
            ) from error

    def weights(self, folder: Path) -> BestWeights:
        """Return the run's file of best weights."""
        return BestWeights(folder / WEIGHTS, self.run)


def recall(
    content: Any, folder: Path, step: int, monitor: str
) -> StoppingState:
    """Return the state of a run that is resumed.

    Args:
        content: What the checkpoint holds of it; None if nothing.
        folder: The work folder.
        step: The iteration that the run goes on from.
        monitor: Name of the score.

    Returns:
        The state after that iteration's validation; a new one if the
        checkpoint is of a run without early stopping, or by another score.
    """
    if not isinstance(content, dict) or content.get('monitor') != monitor:
        return StoppingState(monitor)
    state = StoppingState(monitor, str(content.get('run')))
    history = _history(content)
    later = _read(folder / f'{STATE}.json')
    if later.get('run') == state.run:
        history = max(history, _history(later), key=len)
    best = state.weights(folder).find()
    if best is not None and best.step <= step:
        state.best = best
        if best.step not in {score.step for score in history}:
            history.append(best)  # interrupted before the file was written
    state.history = sorted(s for s in history if s.step <= step)
    return state


def _history(content: dict[str, Any]) -> list[Score]:
    try:
        return from_plain(content.get('history'))
    except ValueError as error:
        print_log(
            f'The history of early stopping is lost: {error}',
            'current',
            logging.WARNING,
        )
        return []


def _read(path: Path) -> dict[str, Any]:
    """Return what an earlier run wrote, nothing if that cannot be read."""
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
