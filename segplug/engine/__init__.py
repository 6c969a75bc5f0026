"""Running: the runner, its hooks, and what the command lines share."""

from .bad_files_hook import BadFilesHook
from .best_weights import BestWeightsError
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .checkpoints.hook import SafeCheckpointHook
from .class_check_hook import ClassCheckHook
from .class_weight_hook import ClassWeightHook
from .finite.hook import NonFiniteError, NonFiniteHook
from .first_steps_hook import FirstStepsHook
from .fitted_visualizer import FittedVisualizer
from .picture_folder import PictureFolder
from .progress_hook import ProgressHook
from .restoring_early_stopping_hook import (
    MonitorError,
    RestoringEarlyStoppingHook,
)
from .resume import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
)
from .runner import SegRunner
from .validation_loss_hook import ValidationLossError, ValidationLossHook

__all__ = [
    'BFloat16OptimWrapper',
    'BadFilesHook',
    'BestWeightsError',
    'ClassCheckHook',
    'ClassWeightHook',
    'FirstStepsHook',
    'FittedVisualizer',
    'MonitorError',
    'NonFiniteError',
    'NonFiniteHook',
    'PictureFolder',
    'ProgressHook',
    'RestoringEarlyStoppingHook',
    'ResumableEpochBasedTrainLoop',
    'ResumableIterBasedTrainLoop',
    'SafeCheckpointHook',
    'SegRunner',
    'ValidationLossError',
    'ValidationLossHook',
]
