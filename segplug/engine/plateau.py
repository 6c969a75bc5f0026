"""Tell from the scores of validations when training should stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, NamedTuple, Optional

Rule = Literal['greater', 'less']


class Score(NamedTuple):
    """The score of a validation after ``step`` training iterations."""

    step: int
    value: float


@dataclass
class Plateau:
    """The history of a score, and since when it has not improved.

    Scores that are not finite are no improvement.

    Args:
        rule: Which scores are better.
        patience: Number of validations without improvement after which to
            stop; None for never.
        min_delta: Only what exceeds the last improvement by more than this
            ends the waiting.
        history: Scores so far, in order.
    """

    rule: Rule
    patience: Optional[int]
    min_delta: float = 0.0
    history: list[Score] = field(default_factory=list)

    def is_better(self, value: float, than: float | None) -> bool:
        """Tell whether a score is better than another, or the first."""
        if not isfinite(value):
            return False
        return than is None or self._gain(value, than) > 0

    @property
    def waited(self) -> int:
        """Number of validations since the last improvement."""
        reference, waited = None, 0
        for _, value in self.history:
            waited += 1
            if not isfinite(value):
                continue
            if reference is None or (
                self._gain(value, reference) > self.min_delta
            ):
                reference, waited = value, 0
        return waited

    @property
    def is_reached(self) -> bool:
        """Whether to stop."""
        return self.patience is not None and self.waited >= self.patience

    def _gain(self, value: float, than: float) -> float:
        return value - than if self.rule == 'greater' else than - value


def to_plain(history: Iterable[Score]) -> list[list[Any]]:
    """Return scores as JSON can hold them: not finite ones as None."""
    return [[s, v if isfinite(v) else None] for s, v in history]


def from_plain(content: Any) -> list[Score]:
    """Return the scores of :func:`to_plain`.

    Raises:
        ValueError: If it is something else.
    """
    try:
        history = [
            Score(int(step), float('nan') if value is None else float(value))
            for step, value in content
        ]
    except (TypeError, ValueError) as error:
        raise ValueError(f'{content!r} is no list of scores.') from error
    steps = [score.step for score in history]
    if steps != sorted(set(steps)):
        raise ValueError(f'{content!r} is not in order.')
    return history
