"""Networks and losses."""

from .heads import ConfigurableASPPHead
from .losses import (
    ClassWeightError,
    CrossEntropyLovaszLoss,
    LovaszSoftmaxLoss,
    WeightedCrossEntropyLoss,
)
from .sample_scaling_data_preprocessor import SampleScalingDataPreProcessor

__all__ = [
    'ClassWeightError',
    'ConfigurableASPPHead',
    'CrossEntropyLovaszLoss',
    'LovaszSoftmaxLoss',
    'SampleScalingDataPreProcessor',
    'WeightedCrossEntropyLoss',
]
