"""Scale every image to [−1, 1]."""

from __future__ import annotations

from typing import Any, Literal

import torch
from mmseg.models import SegDataPreProcessor
from mmseg.registry import MODELS
from torch import Tensor

from .losses.arguments import check_choice

Scaling = Literal['min_max', 'full_range']


@MODELS.register_module()
class SampleScalingDataPreProcessor(SegDataPreProcessor):
    """Scale every image to [−1, 1] in place of subtracting a mean.

    Each image is scaled by itself, before images are padded and stacked, so
    neither the batch nor the padding changes it; training and testing do the
    same. Padding (``pad_val``, by default 0) is mid-grey of that range.

    Args:
        scaling (str): ``'min_max'`` maps the smallest value of the image,
            over all pixels and channels, to −1 and the largest to 1; an
            image of one value becomes 0. ``'full_range'`` maps 0 to −1 and
            255 to 1 (2x/255 − 1), whatever the image holds. Defaults to
            ``'min_max'``.
        kwargs: As for :class:`mmseg.models.SegDataPreProcessor`, without
            ``mean`` and ``std``.

    Raises:
        ValueError: If ``scaling`` is unknown, or ``mean`` or ``std`` given.
    """

    def __init__(self, *, scaling: Scaling = 'min_max', **kwargs: Any) -> None:
        check_choice('scaling', scaling, ('min_max', 'full_range'))
        for name in ('mean', 'std'):
            if kwargs.get(name) is not None:
                raise ValueError(
                    f'SampleScalingDataPreProcessor has no {name} '
                    f'({kwargs[name]!r}): it scales every image to [−1, 1]. '
                    f'Set {name}=None.'
                )
        super().__init__(**kwargs)
        self.scaling = scaling

    def forward(
        self, data: dict[str, Any], training: bool = False
    ) -> dict[str, Any]:
        """Scale the images, then pad and stack them as MMSegmentation does.

        Args:
            data: ``inputs``, images of shape (3, H, W) with values in
                [0, 255], and ``data_samples``.
            training: Whether labels are padded too.

        Returns:
            ``inputs``, float32, (B, 3, H, W), and ``data_samples``.
        """
        data = self.cast_data(data)
        scale = to_full_range if self.scaling == 'full_range' else to_min_max
        inputs = [scale(image) for image in data['inputs']]
        return super().forward({**data, 'inputs': inputs}, training)


def to_full_range(image: Tensor) -> Tensor:
    """Map [0, 255] to [−1, 1]; the result is float32."""
    return image.float() / 127.5 - 1


def to_min_max(image: Tensor) -> Tensor:
    """Map the image's own range to [−1, 1]; the result is float32.

    An image of one value becomes 0 everywhere.
    """
    image = image.float()
    low, high = image.aminmax()
    width = high - low
    scaled = 2 * (image - low) / width.where(width > 0, 1) - 1
    return torch.where(width > 0, scaled, 0)
