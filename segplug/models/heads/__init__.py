"""Decode heads."""

from .configurable_aspp_head import ConfigurableASPPHead

__all__ = ['ConfigurableASPPHead']
