"""SegNet: an encoder–decoder that passes the places of its maxima on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .pooling import pool, unpool
from .vgg_weights import translate

#: Of every convolution with batch norm, as in the original.
INIT = (
    dict(type='Kaiming', layer='Conv2d'),
    dict(type='Constant', val=1, layer='_BatchNorm'),
)


@MODELS.register_module()
class SegNet(BaseModule):
    """SegNet and, with other options, SegNet-Basic.

    `SegNet <https://arxiv.org/abs/1511.00561>`_ mirrors the 13 convolutions
    of VGG-16. Each encoder is a few convolutions with batch norm and ReLU,
    then 2 × 2 max-pooling that remembers the places of the maxima; its
    decoder puts the values back there and fills the gaps with convolutions
    with batch norm and, by default, no ReLU. The last convolution of a
    decoder changes to the width of the encoder above.

    The class scores are left to the head (:class:`SegNetHead`): the first
    decoder, whose last convolution they are in SegNet, has one convolution
    fewer than its encoder.

    SegNet-Basic is ``widths=(64,) * 4, num_convs=(1,) * 4,
    decoder_convs=(1,) * 4, kernel_size=7, local_response=True``.

    Args:
        in_channels (int): Channels of the image. Defaults to 3.
        widths (Sequence[int]): Channels of each encoder. Defaults to those
            of VGG-16, (64, 128, 256, 512, 512).
        num_convs (Sequence[int]): Convolutions of each encoder. Defaults to
            those of VGG-16, (2, 2, 3, 3, 3).
        decoder_convs (Sequence[int]): Convolutions of each decoder, in the
            order of the encoders. Defaults to (1, 2, 3, 3, 3).
        kernel_size (int): Odd size of all kernels. Defaults to 3.
        local_response (bool): Whether the image passes through local
            response normalisation (Krizhevsky et al. 2012) over 5 channels
            with α = 1e-4 and β = 0.75, SegNet-Basic's values. They suit
            images of 0 … 255: on [−1, 1] it changes less than 1 part in
            20 000. Defaults to False.
        norm_cfg (dict): Normalisation. Defaults to batch norm.
        decoder_act_cfg (dict, optional): Activation in the decoders.
            Defaults to None.
        pretrained (str, optional): Address or path of weights for the
            encoders, under torchvision's names for VGG with batch norm, such
            as ``'torchvision://vgg16_bn'``. Defaults to None.
        init_cfg (dict | list[dict], optional): How the weights of the whole
            network start, if not as in the original. Defaults to None.

    Raises:
        ValueError: If the options do not fit each other.
    """

    def __init__(
        self,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        num_convs: Sequence[int] = (2, 2, 3, 3, 3),
        decoder_convs: Sequence[int] = (1, 2, 3, 3, 3),
        kernel_size: int = 3,
        local_response: bool = False,
        norm_cfg: dict[str, Any] = dict(type='BN'),  # noqa: B006
        decoder_act_cfg: dict[str, Any] | None = None,
        pretrained: str | None = None,
        init_cfg: Any = None,
    ) -> None:
        _check(widths, num_convs, decoder_convs, kernel_size)
        if pretrained and init_cfg:
            raise ValueError(
                'SegNet starts from pretrained or from init_cfg, not from '
                f'both, got {pretrained!r} and {init_cfg!r}.'
            )
        super().__init__(init_cfg or [dict(item) for item in INIT])
        self.local_response = None
        if local_response:
            self.local_response = nn.LocalResponseNorm(5, 1e-4, 0.75, k=1)
        common = dict(kernel_size=kernel_size, norm_cfg=norm_cfg)
        self.encoder = Encoder(in_channels, widths, num_convs, **common)
        if pretrained:
            self.encoder.init_cfg = dict(
                type='Pretrained', checkpoint=pretrained
            )
        self.decoder = nn.ModuleList()
        for i, count in enumerate(decoder_convs):
            channels = [widths[i]] * count + [widths[max(i - 1, 0)]]
            self.decoder.append(
                convolutions(channels, act_cfg=decoder_act_cfg, **common)
            )

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Compute features at the resolution of the image.

        Args:
            x: Images, B × ``in_channels`` × H × W, of any size.

        Returns:
            One map, B × ``widths[0]`` × H × W.
        """
        if self.local_response is not None:
            x = self.local_response(x)
        x, places = self.encoder(x)
        for decode, (indices, size) in zip(self.decoder[::-1], places[::-1]):
            x = decode(unpool(x, indices, size))
        return (x,)


class Encoder(BaseModule):
    """The convolutions of VGG with batch norm, and pooling with places."""

    def __init__(
        self,
        in_channels: int,
        widths: Sequence[int],
        num_convs: Sequence[int],
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.num_convs = tuple(num_convs)
        self.stages = nn.ModuleList()
        for width, count in zip(widths, num_convs):
            channels = [in_channels, *[width] * count]
            relu = dict(type='ReLU')
            self.stages.append(convolutions(channels, act_cfg=relu, **kwargs))
            in_channels = width

    def forward(
        self, x: Tensor
    ) -> tuple[Tensor, list[tuple[Tensor, tuple[int, int]]]]:
        """Encode images.

        Args:
            x: Images, B × C × H × W.

        Returns:
            The last pooled map, and per stage the places of its maxima and
            its height and width before pooling.
        """
        places = []
        for stage in self.stages:
            x = stage(x)
            size = (x.shape[2], x.shape[3])
            x, indices = pool(x)
            places.append((indices, size))
        return x, places

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        translate(state_dict, prefix, self)
        super()._load_from_state_dict(state_dict, prefix, *args)


def convolutions(
    channels: Sequence[int],
    *,
    kernel_size: int,
    norm_cfg: dict[str, Any],
    act_cfg: dict[str, Any] | None,
) -> nn.Sequential:
    """Chain size-preserving convolutions.

    Args:
        channels: Channels of the input, then of each convolution.
        kernel_size: Odd size of the kernels.
        norm_cfg: Normalisation.
        act_cfg: Activation, or None.

    Returns:
        The convolutions, with biases as in the original and in VGG's
        weights, each with normalisation and activation.
    """
    return nn.Sequential(
        *(
            ConvModule(
                *pair,
                kernel_size,
                padding=kernel_size // 2,
                bias=True,
                norm_cfg=norm_cfg,
                act_cfg=act_cfg,
                inplace=act_cfg is not None,
            )
            for pair in zip(channels[:-1], channels[1:])
        )
    )


def _check(
    widths: Sequence[int],
    num_convs: Sequence[int],
    decoder_convs: Sequence[int],
    kernel_size: int,
) -> None:
    lists = (widths, num_convs, decoder_convs)
    if len(set(map(len, lists))) != 1 or not widths:
        raise ValueError(
            'widths, num_convs and decoder_convs must name the same stages, '
            f'at least one, got {widths}, {num_convs} and {decoder_convs}.'
        )
    if any(type(n) is not int or n < 1 for items in lists for n in items):
        raise ValueError(
            'widths, num_convs and decoder_convs must be positive integers, '
            f'got {widths}, {num_convs} and {decoder_convs}.'
        )
    if type(kernel_size) is not int or kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(
            f'kernel_size must be a positive odd integer, got {kernel_size}.'
        )
