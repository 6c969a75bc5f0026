"""Networks and losses."""

from .heads import ConfigurableASPPHead
from .losses import CrossEntropyLovaszLoss, LovaszSoftmaxLoss

__all__ = [
    'ConfigurableASPPHead',
    'CrossEntropyLovaszLoss',
    'LovaszSoftmaxLoss',
]
