"""Networks and losses."""

from .backbones import SegNet, ULite
from .heads import ConfigurableASPPHead, DeepLabV3Head, SegNetHead
from .losses import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from .segmentors import FreezableEncoderDecoder

__all__ = [
    'ConfigurableASPPHead',
    'CrossEntropyLovaszLoss',
    'DeepLabV3Head',
    'FreezableEncoderDecoder',
    'LovaszSoftmaxLoss',
    'SegNet',
    'SegNetHead',
    'ULite',
]
