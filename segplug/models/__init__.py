"""Networks and losses."""

from .heads import ConfigurableASPPHead
from .losses import (
    ClassWeightError,
    CrossEntropyLovaszLoss,
    LovaszSoftmaxLoss,
    WeightedCrossEntropyLoss,
)

__all__ = [
    'ClassWeightError',
    'ConfigurableASPPHead',
    'CrossEntropyLovaszLoss',
    'LovaszSoftmaxLoss',
    'WeightedCrossEntropyLoss',
]
