"""Losses."""

from .cross_entropy_lovasz_loss import CrossEntropyLovaszLoss
from .lovasz_softmax_loss import LovaszSoftmaxLoss

__all__ = ['CrossEntropyLovaszLoss', 'LovaszSoftmaxLoss']
