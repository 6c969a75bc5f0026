"""Networks and losses."""

from .backbones import SegNet, ULite
from .heads import ConfigurableASPPHead, DeepLabV3Head, SegNetHead
from .losses import (
    ClassWeightError,
    CrossEntropyLovaszLoss,
    LovaszSoftmaxLoss,
    WeightedCrossEntropyLoss,
)
from .sample_scaling_data_preprocessor import SampleScalingDataPreProcessor
from .segmentors import FreezableEncoderDecoder

__all__ = [
    'ClassWeightError',
    'ConfigurableASPPHead',
    'CrossEntropyLovaszLoss',
    'DeepLabV3Head',
    'FreezableEncoderDecoder',
    'LovaszSoftmaxLoss',
    'SampleScalingDataPreProcessor',
    'SegNet',
    'SegNetHead',
    'ULite',
    'WeightedCrossEntropyLoss',
]
