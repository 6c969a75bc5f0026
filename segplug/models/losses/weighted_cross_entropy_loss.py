"""Class-weighted cross-entropy that void pixels cannot harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Union

import torch
import torch.nn.functional as F
from mmseg.models.losses.utils import get_class_weight
from mmseg.registry import MODELS
from torch import Tensor

from .arguments import (
    ClassWeightError,
    Reduction,
    check_choice,
    check_class_weight,
    check_weight_count,
)
from .base import NamedLoss
from .lovasz.sorted import precise

#: Stands in place of weights that are counted when training starts.
MEDIAN_FREQUENCY = 'median_frequency'
ClassWeight = Union[Sequence[float], str, None]
Divisor = Literal['weights', 'valid', 'all']


@MODELS.register_module()
class WeightedCrossEntropyLoss(NamedLoss):
    """Cross-entropy with class weights and void pixels.

    MMSegmentation's ``CrossEntropyLoss(class_weight=…)`` looks up the weight
    of label 255 and dies of an index error. This one has the values of
    ``torch.nn.functional.cross_entropy``: with weights w, labels y and
    pixels' losses l, the mean over the pixels that are not void is
    Σ w[y]·l / Σ w[y]. Beyond that

    * a batch of void pixels only gives a zero that is connected to the graph;
    * under autocast it computes in float32;
    * it takes MMSegmentation's pixel weights and reduction overrides, so it
      works with ``OHEMPixelSampler``.

    Args:
        class_weight (Sequence[float] | str, optional): Weight of each class,
            at least 0; a file with them (.json, .yaml, .pkl, .npy); or
            ``'median_frequency'``: then
            :class:`~segplug.engine.ClassWeightHook` counts them from the
            training data. Defaults to None, all 1.
        divisor (str): What the sum over the pixels is divided by:
            ``'weights'``, the sum of the pixels' class weights, as PyTorch
            and MMSegmentation do; ``'valid'``, the number of pixels that are
            not void, as the Caffe version that SegNet was published with;
            ``'all'``, the number of pixels, as MMSegmentation without class
            weights. Defaults to ``'weights'``.
        reduction (str): ``'none'``, ``'mean'`` or ``'sum'`` over the pixels.
            Defaults to ``'mean'``.
        loss_weight (float): Factor of the loss. Defaults to 1.0.
        loss_name (str): Name in the log; a name that starts with ``loss_``
            is trained on. Defaults to ``'loss_ce'``.

    Raises:
        ValueError: If an argument is not one of those named above.
        ClassWeightError: If a weight is negative or not finite.
    """

    def __init__(
        self,
        *,
        class_weight: ClassWeight = None,
        divisor: Divisor = 'weights',
        reduction: Reduction = 'mean',
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce',
    ) -> None:
        super().__init__(reduction, loss_weight, loss_name)
        self.divisor = check_choice(
            'divisor', divisor, ('weights', 'valid', 'all')
        )
        #: Name of the rule by which the weights are yet to be counted.
        self.pending: str | None = None
        # No buffer: a buffer that comes once the training data are counted
        # would shift those that an EMA hook has paired by their order.
        self.class_weight: Tensor | None = None
        if class_weight == MEDIAN_FREQUENCY:
            self.pending = MEDIAN_FREQUENCY
        elif class_weight is not None:
            self.set_class_weight(get_class_weight(class_weight))

    def extra_repr(self) -> str:
        """Return the options that change the value."""
        return f'divisor={self.divisor!r}, reduction={self.reduction!r}'

    def set_class_weight(self, weight: Sequence[float]) -> None:
        """Set the weight of each class.

        Raises:
            ClassWeightError: If they are no list of numbers from 0 up.
        """
        self.class_weight = check_class_weight(weight)
        self.pending = None

    def forward(
        self,
        cls_score: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | None = None,
        reduction_override: Reduction | None = None,
        ignore_index: int | None = 255,
        **kwargs: Any,
    ) -> Tensor:
        """Compute the loss.

        Args:
            cls_score: Logits, B × C × …, float.
            label: Class ids, B × …, integer.
            weight: Factors of the pixels' losses, shaped like ``label``;
                they do not enter the divisor.
            avg_factor: Divisor of the reduction ``'mean'`` in place of that
                of the module.
            reduction_override: Reduction in place of the module's.
            ignore_index: Label of void pixels; None for no void.
            kwargs: Ignored.

        Returns:
            Scalar, or shaped like ``label`` with the reduction ``'none'``;
            float32 (float64 for float64 logits).

        Raises:
            ClassWeightError: If there is not one weight for each class, or
                the weights are yet to be counted.
        """
        reduction = self.reduction_or(reduction_override)
        ignore = -100 if ignore_index is None else ignore_index
        label = label.long()
        class_weight = self._weight(cls_score)
        with torch.autocast(cls_score.device.type, enabled=False):
            losses = F.cross_entropy(
                cls_score.to(precise(cls_score.dtype)),
                label,
                class_weight,
                ignore_index=ignore,
                reduction='none',
            )
        if weight is not None:
            losses = losses * weight
        if reduction == 'none':
            return self.loss_weight * losses
        total = self.loss_weight * losses.sum()
        if reduction == 'sum':
            return total
        if avg_factor is not None:
            return total / max(avg_factor, 1e-12)
        return total / self._divisor(label, class_weight, ignore)

    def _weight(self, score: Tensor) -> Tensor | None:
        """Return the class weights in the type of the computation, (C,)."""
        if self.pending is not None:
            raise ClassWeightError(
                f'class_weight={self.pending!r} has not been counted: add '
                "class_weights=dict(type='ClassWeightHook') to default_hooks."
            )
        if self.class_weight is None:
            return None
        weight = check_weight_count(self.class_weight, score.shape[1])
        self.class_weight = weight.to(score.device)  # once
        return self.class_weight.to(precise(score.dtype))

    def _divisor(
        self, label: Tensor, class_weight: Tensor | None, ignore: int
    ) -> Tensor | int:
        """Return the divisor of the mean, over 0 whatever the labels."""
        if self.divisor == 'all':
            return label.numel()
        valid = label != ignore
        if self.divisor == 'valid' or class_weight is None:
            return valid.sum().clamp_min(1)
        known = class_weight[label.where(valid, 0)]
        return known.where(valid, 0).sum().clamp_min(1e-12)
