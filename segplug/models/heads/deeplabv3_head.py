"""The head of DeepLabV3 as its paper and torchvision have it."""

from __future__ import annotations

from typing import Any

from mmseg.registry import MODELS
from torch import nn

from .configurable_aspp_head import ConfigurableASPPHead


@MODELS.register_module()
class DeepLabV3Head(ConfigurableASPPHead):
    """ASPP merged by a 1 × 1 projection.

    MMSegmentation's ``ASPPHead`` merges the branches with a 3 × 3
    convolution, five times as many weights as all else behind the branches.
    `The paper <https://arxiv.org/abs/1706.05587>`_ (section 3.3) projects
    them with 1 × 1 (``num_convs=0, project_dropout=0``); torchvision's
    ``DeepLabHead`` adds dropout and one 3 × 3 convolution, the default here.

    Args:
        project_dropout (float): Share of elements, between 0 and 1, that are
            zeroed after the projection in training. Defaults to 0.5.
        num_convs (int): 3 × 3 convolutions between the projection and the
            classifier. Defaults to 1.
        kwargs: As for :class:`ConfigurableASPPHead`, without its decoder;
            ``dropout_ratio``, before the classifier, defaults to 0.

    Raises:
        ValueError: If ``project_dropout`` or ``num_convs`` is out of range
            or a decoder is asked for.
    """

    def __init__(
        self,
        *,
        project_dropout: float = 0.5,
        num_convs: int = 1,
        **kwargs: Any,
    ) -> None:
        if not 0 <= project_dropout < 1:
            raise ValueError(
                f'project_dropout must be in [0, 1), got {project_dropout}.'
            )
        if type(num_convs) is not int or num_convs < 0:
            raise ValueError(
                f'num_convs must be an integer from 0, got {num_convs}.'
            )
        if kwargs.get('c1_in_channels') or kwargs.get('c1_channels'):
            raise ValueError(
                'DeepLabV3Head has no decoder: use ConfigurableASPPHead with '
                'c1_in_channels.'
            )
        super().__init__(**{'dropout_ratio': 0, **kwargs})
        branches = len(self.dilations) + (self.image_pool is not None)
        self.bottleneck = nn.Sequential(
            self._plain(branches * self.channels, 1),
            nn.Dropout(project_dropout),
        )
        convolution = self._separable if self.separable else self._plain
        self.sep_bottleneck = nn.Sequential(
            *(
                convolution(self.channels, 3, padding=1)
                for _ in range(num_convs)
            )
        )
