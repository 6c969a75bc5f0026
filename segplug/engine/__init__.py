"""Running: the runner, its hooks, and what the command lines share."""

from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .class_check_hook import ClassCheckHook
from .fitted_visualizer import FittedVisualizer
from .picture_folder import PictureFolder
from .progress_hook import ProgressHook
from .runner import SegRunner

__all__ = [
    'BFloat16OptimWrapper',
    'ClassCheckHook',
    'PictureFolder',
    'FittedVisualizer',
    'ProgressHook',
    'SegRunner',
]
