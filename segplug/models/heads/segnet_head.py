"""The classifier of SegNet: one convolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class SegNetHead(BaseDecodeHead):
    """Class scores by a single convolution, without dropout.

    The last convolution of the first decoder in `SegNet
    <https://arxiv.org/abs/1511.00561>`_ (3 × 3), the classifier of
    SegNet-Basic (1 × 1).

    Args:
        in_channels (int): Channels of the features.
        kernel_size (int): Odd size of the kernel. Defaults to 3.
        kwargs: As for MMSegmentation's heads, such as ``num_classes`` and
            ``loss_decode``; ``channels`` follows from ``in_channels``.

    Raises:
        ValueError: If the kernel size is not odd.
    """

    def __init__(
        self, *, in_channels: int, kernel_size: int = 3, **kwargs: Any
    ) -> None:
        if type(kernel_size) is not int or kernel_size % 2 != 1:
            raise ValueError(
                f'kernel_size must be a positive odd integer, got '
                f'{kernel_size}.'
            )
        kwargs.setdefault('dropout_ratio', 0)
        super().__init__(in_channels, in_channels, **kwargs)
        self.conv_seg = nn.Conv2d(
            in_channels,
            self.out_channels,
            kernel_size,
            padding=kernel_size // 2,
        )

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute class scores.

        Args:
            inputs: Feature maps of the backbone, each B × C × H × W.

        Returns:
            Logits, B × classes × H × W, of the selected map's resolution.
        """
        return self.cls_seg(self._transform_inputs(inputs))
