"""Running: the runner, its hooks, and what the command lines share."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .class_check_hook import ClassCheckHook
from .class_weight_hook import ClassWeightHook
from .fitted_visualizer import FittedVisualizer
from .picture_folder import PictureFolder
from .progress_hook import ProgressHook
from .runner import SegRunner
from .validation_loss_hook import ValidationLossError, ValidationLossHook

__all__ = [
    'BFloat16OptimWrapper',
    'ClassCheckHook',
    'ClassWeightHook',
    'PictureFolder',
    'FittedVisualizer',
    'ProgressHook',
    'SegRunner',
    'ValidationLossError',
    'ValidationLossHook',
]
