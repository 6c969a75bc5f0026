"""Decode heads."""

from .configurable_aspp_head import ConfigurableASPPHead
from .deeplabv3_head import DeepLabV3Head
from .segnet_head import SegNetHead

__all__ = ['ConfigurableASPPHead', 'DeepLabV3Head', 'SegNetHead']
