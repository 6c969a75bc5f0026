"""Networks and losses."""

from .heads import ConfigurableASPPHead
from .losses import LovaszSoftmaxLoss

__all__ = ['ConfigurableASPPHead', 'LovaszSoftmaxLoss']
