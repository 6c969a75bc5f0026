"""Atrous spatial pyramid pooling whose every branch can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

import torch
from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmseg.models.decode_heads.aspp_head import ASPPHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import SyncBatchNorm, _BatchNorm

Size = Union[int, tuple[int, int]]


@MODELS.register_module()
class ConfigurableASPPHead(ASPPHead):
    """ASPP with any number of branches, and the decoder of DeepLabV3+.

    Follows `DeepLabV3 <https://arxiv.org/abs/1706.05587>`_ and, with
    ``separable`` and the decoder, `DeepLabV3+
    <https://arxiv.org/abs/1802.02611>`_. With equal settings the parameters
    have the names, and the outputs the bits, of MMSegmentation's heads:

    * ``ASPPHead``: ``separable=False`` without decoder;
    * ``DepthwiseSeparableASPPHead``: ``separable=True`` with the decoder
      (without one it corresponds to ``c1_in_channels=0, c1_channels=0``
      there).

    A branch with kernel size K and rate D keeps the map's size by a padding
    of P = (K − 1)·D / 2 on every side. When (K − 1)·D is odd the larger half
    is at the bottom and at the right: output i sees the inputs from
    i − ⌊P⌋ to i + ⌈P⌉.

    Args:
        dilations (Sequence[int]): Rate of each branch, in feature pixels.
            Defaults to (1, 6, 12, 18).
        kernel_sizes (int | Sequence, optional): Kernel size of the branches:
            an int for all, or a list with one per branch, each an int or
            (height, width). Defaults to MMSegmentation's rule: 1 where the
            rate is 1, else 3.
        separable (bool): Whether branches with a kernel above 1 × 1, and the
            decoder, use depthwise separable convolutions. Defaults to False.
        image_pool (bool): Whether there is a branch of image-level features.
            It also trains on a batch of one image, where batch norm has no
            variance to estimate: its running statistics are used then.
            Defaults to True.
        c1_in_channels (int): Channels of the low-level features, the first
            input, that the decoder takes in; 0 for no decoder. Defaults to 0.
        c1_channels (int): Channels that they are reduced to; needed with a
            decoder. Defaults to 0.
        kwargs: As for :class:`mmseg.models.decode_heads.ASPPHead`, such as
            ``in_channels``, ``channels``, ``num_classes``,
            ``dropout_ratio`` and ``norm_cfg``.

    Raises:
        ValueError: If the rates, kernel sizes and decoder channels do not
            fit each other.
    """

    def __init__(
        self,
        *,
        dilations: Sequence[int] = (1, 6, 12, 18),
        kernel_sizes: Size | Sequence[Size] | None = None,
        separable: bool = False,
        image_pool: bool = True,
        c1_in_channels: int = 0,
        c1_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        rates = _check_rates(dilations)
        kernels = _check_kernels(kernel_sizes, rates)
        _check_decoder(c1_in_channels, c1_channels)
        super().__init__(dilations=(), **kwargs)
        self.dilations = rates
        self.kernel_sizes = kernels
        self.separable = separable
        for kernel, rate in zip(kernels, rates):
            self.aspp_modules.append(self._branch(kernel, rate))
        if not image_pool:
            self.image_pool = None
        self.bottleneck = self._plain(
            (len(rates) + image_pool) * self.channels, 3, padding=1
        )
        self.c1_bottleneck = None
        self.sep_bottleneck = None
        if c1_in_channels:
            self.c1_bottleneck = self._plain(c1_in_channels, 1, c1_channels)
        if c1_in_channels or separable:
            convolution = self._separable if separable else self._plain
            self.sep_bottleneck = nn.Sequential(
                convolution(self.channels + c1_channels, 3, padding=1),
                convolution(self.channels, 3, padding=1),
            )

    def _branch(self, kernel: tuple[int, int], rate: int) -> nn.Module:
        """Build one branch, size-preserving."""
        high, wide = ((size - 1) * rate for size in kernel)
        padding: dict[str, Any] = {'padding': (high // 2, wide // 2)}
        if high % 2 or wide % 2:  # a layer of its own, without parameters
            left, top = wide // 2, high // 2
            sides = (left, wide - left, top, high - top)
            padding = {'padding_mode': 'zero', 'padding': sides}
        plain = kernel == (1, 1) or not self.separable
        convolution = self._plain if plain else self._separable
        return convolution(self.in_channels, kernel, dilation=rate, **padding)

    def _plain(
        self,
        in_channels: int,
        kernel: Size,
        out_channels: int | None = None,
        **kwargs: Any,
    ) -> ConvModule:
        return ConvModule(
            in_channels,
            out_channels or self.channels,
            kernel,
            conv_cfg=self.conv_cfg,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
            **kwargs,
        )

    def _separable(
        self, in_channels: int, kernel: Size, **kwargs: Any
    ) -> DepthwiseSeparableConvModule:
        return DepthwiseSeparableConvModule(
            in_channels,
            self.channels,
            kernel,
            norm_cfg=self.norm_cfg,
            act_cfg=self.act_cfg,
            **kwargs,
        )

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute the features that are classified.

        Args:
            inputs: Feature maps of the backbone, each B × C × H × W.

        Returns:
            Features, B × ``channels`` × H × W, at the resolution of the
            first input with a decoder, else of the selected one.
        """
        x = self._transform_inputs(inputs)
        branches = self.aspp_modules(x)
        if self.image_pool is not None:
            branches = [self._pool(x), *branches]
        features = self.bottleneck(torch.cat(branches, dim=1))
        if self.c1_bottleneck is not None:
            low = self.c1_bottleneck(inputs[0])
            features = torch.cat([self._resize(features, low), low], dim=1)
        if self.sep_bottleneck is not None:
            features = self.sep_bottleneck(features)
        return features

    def _pool(self, x: Tensor) -> Tensor:
        """Compute image-level features and spread them over the map."""
        norm = (
            self.image_pool[1].norm if self.image_pool[1].with_norm else None
        )
        if _has_no_variance(norm, x):
            # Of one value, batch norm would leave nothing but its bias.
            norm.eval()
            pooled = self.image_pool(x)
            norm.train()
        else:
            pooled = self.image_pool(x)
        return self._resize(pooled, x)

    def _resize(self, x: Tensor, like: Tensor) -> Tensor:
        return resize(
            x,
            size=like.shape[2:],
            mode='bilinear',
            align_corners=self.align_corners,
        )


def _has_no_variance(norm: nn.Module | None, x: Tensor) -> bool:
    """Tell whether batch norm would see a single value per channel."""
    if not isinstance(norm, _BatchNorm) or not norm.training or len(x) > 1:
        return False
    if isinstance(norm, SyncBatchNorm) and torch.distributed.is_initialized():
        return torch.distributed.get_world_size(norm.process_group) == 1
    return True


def _check_rates(dilations: Sequence[int]) -> tuple[int, ...]:
    wrong = not isinstance(dilations, (list, tuple)) or not dilations
    if wrong or any(not _is_positive(rate) for rate in dilations):
        raise ValueError(
            'dilations must be a list of at least one positive integer, one '
            f'rate per branch, got {dilations!r}.'
        )
    return tuple(dilations)


def _check_kernels(
    kernel_sizes: Any, rates: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    if kernel_sizes is None:
        kernel_sizes = [1 if rate == 1 else 3 for rate in rates]
    if isinstance(kernel_sizes, int):
        kernel_sizes = [kernel_sizes] * len(rates)
    if not isinstance(kernel_sizes, (list, tuple)):
        raise ValueError(
            'kernel_sizes must be an integer or a list with one size per '
            f'branch, got {kernel_sizes!r}.'
        )
    if len(kernel_sizes) != len(rates):
        raise ValueError(
            f'kernel_sizes must be one size or one per branch: there are '
            f'{len(rates)} dilations {rates}, but {len(kernel_sizes)} '
            f'kernel sizes {kernel_sizes!r}.'
        )
    pairs = [
        k if isinstance(k, (list, tuple)) else (k, k) for k in kernel_sizes
    ]
    if any(len(p) != 2 or not all(map(_is_positive, p)) for p in pairs):
        raise ValueError(
            'kernel_sizes must be positive integers or pairs of them, got '
            f'{kernel_sizes!r}.'
        )
    return tuple((height, width) for height, width in pairs)


def _check_decoder(c1_in_channels: int, c1_channels: int) -> None:
    if c1_in_channels < 0 or c1_channels < 0:
        raise ValueError(
            'c1_in_channels and c1_channels must not be negative, got '
            f'{c1_in_channels} and {c1_channels}.'
        )
    if bool(c1_in_channels) != bool(c1_channels):
        raise ValueError(
            'The decoder needs both c1_in_channels (channels of the '
            'low-level features) and c1_channels (what they are reduced '
            f'to), or neither, got {c1_in_channels} and {c1_channels}.'
        )


def _is_positive(value: Any) -> bool:
    return type(value) is int and value > 0
