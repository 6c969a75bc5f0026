"""Encoder–decoders that end at the resolution of the image."""

from .segnet import SegNet
from .ulite import ULite

__all__ = ['SegNet', 'ULite']
