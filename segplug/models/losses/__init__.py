"""Losses."""

from .lovasz_softmax_loss import LovaszSoftmaxLoss

__all__ = ['LovaszSoftmaxLoss']
