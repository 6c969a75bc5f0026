"""Running: the runner, its hooks, and what the command lines share."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .checkpoints.hook import SafeCheckpointHook
from .class_check_hook import ClassCheckHook
from .progress_hook import ProgressHook
from .resume import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
)
from .runner import SegRunner

__all__ = [
    'BFloat16OptimWrapper',
    'ClassCheckHook',
    'ProgressHook',
    'ResumableEpochBasedTrainLoop',
    'ResumableIterBasedTrainLoop',
    'SafeCheckpointHook',
    'SegRunner',
]
