"""Losses."""

from .arguments import ClassWeightError
from .cross_entropy_lovasz_loss import CrossEntropyLovaszLoss
from .lovasz_softmax_loss import LovaszSoftmaxLoss
from .weighted_cross_entropy_loss import WeightedCrossEntropyLoss

__all__ = [
    'ClassWeightError',
    'CrossEntropyLovaszLoss',
    'LovaszSoftmaxLoss',
    'WeightedCrossEntropyLoss',
]
