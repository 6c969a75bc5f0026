"""Losses."""

from .cross_entropy_lovasz_loss import CrossEntropyLovaszLoss
from .lovasz_softmax_loss import LovaszSoftmaxLoss
from .weighted_cross_entropy_loss import (
    ClassWeightError,
    WeightedCrossEntropyLoss,
)

__all__ = [
    'ClassWeightError',
    'CrossEntropyLovaszLoss',
    'LovaszSoftmaxLoss',
    'WeightedCrossEntropyLoss',
]
