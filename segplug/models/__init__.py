"""Networks and losses."""

from .backbones import SegNet, ULite
from .heads import ConfigurableASPPHead, DeepLabV3Head, SegNetHead
from .losses import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from .segmentors import FreezableEncoderDecoder
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
    'DeepLabV3Head',
    'FreezableEncoderDecoder',
    'LovaszSoftmaxLoss',
    'SegNet',
    'SegNetHead',
    'ULite',
    'SampleScalingDataPreProcessor',
    'WeightedCrossEntropyLoss',
]
