"""Segmentors."""

from .freezable_encoder_decoder import FreezableEncoderDecoder

__all__ = ['FreezableEncoderDecoder']
