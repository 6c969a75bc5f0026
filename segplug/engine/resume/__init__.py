"""Going on with a training run exactly where it was."""

from .loops import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
    ResumableLoop,
)

__all__ = [
    'ResumableEpochBasedTrainLoop',
    'ResumableIterBasedTrainLoop',
    'ResumableLoop',
]
