"""U-Lite: a small U-Net of three steps down and three up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .pooling import enlarge, pool
from .segnet import INIT, convolutions


@MODELS.register_module()
class ULite(BaseModule):
    """U-Lite of report R3.

    Three encoder and three decoder steps. A step down is convolutions with
    batch norm and ReLU, then 2 × 2 max-pooling; a step up is up-sampling by
    repetition, then convolutions with batch norm and ReLU. The report gives
    neither widths nor the number of convolutions, nor does it say whether
    features skip across. Chosen: two 3 × 3 convolutions a step of 32, 64 and
    128 channels, and the concatenation of `U-Net
    <https://arxiv.org/abs/1505.04597>`_, whose name it takes up. As in
    report and unlike in U-Net there are no convolutions at the bottom,
    between the last pooling and the first up-sampling.

    Args:
        in_channels (int): Channels of the image. Defaults to 3.
        widths (Sequence[int]): Channels of each step down; the step up
            beside it ends with those of the step above. Defaults to
            (32, 64, 128).
        num_convs (int): Convolutions of each step. Defaults to 2.
        kernel_size (int): Odd size of all kernels. Defaults to 3.
        skip (bool): Whether a step up also sees the features of the step
            down beside it. Defaults to True.
        norm_cfg (dict): Normalisation. Defaults to batch norm.
        init_cfg (dict | list[dict], optional): How the weights start, if not
            as by He et al. (2015). Defaults to None.

    Raises:
        ValueError: If an option is not a positive integer.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (32, 64, 128),
        num_convs: int = 2,
        kernel_size: int = 3,
        skip: bool = True,
        norm_cfg: dict[str, Any] = dict(type='BN'),  # noqa: B006
        init_cfg: Any = None,
    ) -> None:
        _check(widths, num_convs, kernel_size)
        super().__init__(init_cfg or [dict(item) for item in INIT])
        self.skip = skip
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        options: dict[str, Any] = dict(
            kernel_size=kernel_size,
            norm_cfg=norm_cfg,
            act_cfg=dict(type='ReLU'),
        )
        for above, width in zip([in_channels, *widths], widths):
            channels = [above, *[width] * num_convs]
            self.down.append(convolutions(channels, **options))
        for above, width in zip([widths[0], *widths], widths):
            channels = [width * (1 + skip), *[above] * num_convs]
            self.up.append(convolutions(channels, **options))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Compute features at the resolution of the image.

        Args:
            x: Images, B × ``in_channels`` × H × W, of any size.

        Returns:
            One map, B × ``widths[0]`` × H × W.
        """
        passed = []
        for step in self.down:
            x = step(x)
            passed.append(x)
            x, _ = pool(x)
        for step, beside in zip(self.up[::-1], passed[::-1]):
            x = enlarge(x, beside.shape[2:])
            x = step(torch.cat([x, beside], dim=1) if self.skip else x)
        return (x,)


def _check(widths: Sequence[int], num_convs: int, kernel_size: int) -> None:
    numbers = [*widths, num_convs, kernel_size]
    wrong = any(type(n) is not int or n < 1 for n in numbers)
    if wrong or not widths or kernel_size % 2 == 0:
        raise ValueError(
            'ULite needs positive integers, at least one width and an odd '
            f'kernel_size, got widths={widths}, num_convs={num_convs}, '
            f'kernel_size={kernel_size}.'
        )
