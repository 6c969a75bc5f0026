"""The Lovász-Softmax loss as a module for MMSegmentation's heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Union

import torch
from mmseg.models.losses.utils import get_class_weight
from mmseg.registry import MODELS
from torch import Tensor, nn

from .lovasz import lovasz_hinge, lovasz_softmax

Classes = Union[Literal['present', 'all'], Sequence[int]]
Reduction = Literal['none', 'mean', 'sum']
_REDUCTIONS = ('none', 'mean', 'sum')


@MODELS.register_module()
class LovaszSoftmaxLoss(nn.Module):
    """Surrogate of the mean intersection over union for training.

    The Lovász-Softmax loss of `Berman et al. (CVPR 2018)
    <https://arxiv.org/abs/1705.08790>`_.

    Takes the arguments of
    MMSegmentation's ``LovaszLoss`` and gives its values where that one works;
    beyond that

    * its defaults can be built;
    * a batch or an image of void pixels only gives a zero that is connected
      to the graph, and a single valid pixel is no special case;
    * under autocast it computes in float32, sums in float64;
    * there is no loop over classes or images.

    Args:
        loss_type (str): ``'multi_class'`` for the softmax over C classes, or
            ``'binary'`` for the hinge on one channel. Defaults to
            ``'multi_class'``.
        classes (str | Sequence[int]): Classes to average over: those
            ``'present'`` in the labels, ``'all'``, or a list of ids.
            Defaults to ``'present'``.
        per_image (bool): Whether the loss is computed for each image and
            then reduced, or for the batch as one set. Defaults to False.
        reduction (str): ``'none'``, ``'mean'`` or ``'sum'`` over the images;
            matters with ``per_image`` only. Defaults to ``'mean'``.
        class_weight (Sequence[float] | str, optional): Weight of each class,
            or a file with them. The weighted losses are averaged over the
            number of classes. Defaults to None.
        loss_weight (float): Factor of the loss. Defaults to 1.0.
        loss_name (str): Name in the log; a name that starts with ``loss_``
            is trained on. Defaults to ``'loss_lovasz'``.

    Raises:
        ValueError: If an argument is not one of those named above.
    """

    def __init__(
        self,
        *,
        loss_type: Literal['multi_class', 'binary'] = 'multi_class',
        classes: Classes = 'present',
        per_image: bool = False,
        reduction: Reduction = 'mean',
        class_weight: Sequence[float] | str | None = None,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_lovasz',
    ) -> None:
        super().__init__()
        if loss_type not in ('multi_class', 'binary'):
            raise ValueError(
                "loss_type must be 'multi_class' or 'binary', got "
                f'{loss_type!r}.'
            )
        self.loss_type = loss_type
        self.classes = _check_classes(classes)
        self.per_image = per_image
        self.reduction = _check_reduction(reduction)
        self.class_weight = get_class_weight(class_weight)
        self.loss_weight = loss_weight
        self._loss_name = loss_name

    @property
    def loss_name(self) -> str:
        """Name of the loss in the log."""
        return self._loss_name

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
            cls_score: Logits, B × C × H × W, float; for the binary loss
                B × 1 × H × W or B × H × W.
            label: Class ids, B × H × W, integer. An id that is neither a
                class nor ``ignore_index`` counts as background of every
                class.
            weight: Weights of pixels, which this loss cannot have.
            avg_factor: Divisor in place of the number of images, with
                ``per_image`` and the reduction ``'mean'``.
            reduction_override: Reduction in place of the module's.
            ignore_index: Label of void pixels; None for no void.
            kwargs: Ignored.

        Returns:
            Scalar, or (B,) with ``per_image`` and the reduction ``'none'``;
            float32 (float64 for float64 logits).

        Raises:
            ValueError: If the shapes do not fit, or ``weight`` is given.
        """
        if weight is not None:
            raise ValueError(
                'LovaszSoftmaxLoss has no pixel weights: its value depends '
                'on sets of pixels. Use it without a pixel sampler.'
            )
        score = _check_score(cls_score, label, self.loss_type)
        with torch.autocast(score.device.type, enabled=False):
            score = score if score.dtype == torch.float64 else score.float()
            losses = self._group_losses(score, label, ignore_index)
        reduction = _check_reduction(reduction_override or self.reduction)
        loss = _reduce(losses, reduction, avg_factor, self.per_image)
        return self.loss_weight * loss.to(score.dtype)

    def _group_losses(
        self, score: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return one loss per group: per image, or one for the batch."""
        groups = len(label) if self.per_image else 1
        labels = label.reshape(groups, -1)
        valid = torch.ones_like(labels, dtype=torch.bool)
        if ignore_index is not None:
            valid = labels != ignore_index
        if self.loss_type == 'binary':
            return lovasz_hinge(score.reshape(groups, -1), labels, valid)
        probs = score.softmax(dim=1).flatten(2)
        if not self.per_image:
            probs = probs.transpose(0, 1).flatten(1)[None]
        losses = lovasz_softmax(probs, labels, valid)
        return self._average(losses, labels, valid)

    def _average(
        self, losses: Tensor, labels: Tensor, valid: Tensor
    ) -> Tensor:
        """Average the losses (G, C) over the chosen classes."""
        counted = self._counted(losses, labels, valid).to(losses)
        number = counted.sum(1).clamp_min(1)
        if self.class_weight is not None:
            counted = counted * losses.new_tensor(self.class_weight)
        return (losses * counted).sum(1) / number

    def _counted(
        self, losses: Tensor, labels: Tensor, valid: Tensor
    ) -> Tensor:
        """Return which classes count in each group, (G, C), bool."""
        count = losses.shape[1]
        classes = torch.arange(count, device=labels.device)
        if self.classes == 'present':
            is_class = labels[:, None] == classes[:, None]
            return (is_class & valid[:, None]).any(-1)
        if self.classes == 'all':
            return torch.ones_like(losses, dtype=torch.bool)
        if max(self.classes) >= count:
            raise ValueError(
                f'classes={list(self.classes)} names a class that a head '
                f'with {count} channels does not have.'
            )
        chosen = torch.tensor(self.classes, device=labels.device)
        return torch.isin(classes, chosen).expand(losses.shape)


def _reduce(
    losses: Tensor,
    reduction: Reduction,
    avg_factor: float | None,
    per_image: bool,
) -> Tensor:
    if not per_image:
        return losses[0]
    if reduction == 'none':
        return losses
    if reduction == 'mean' and avg_factor is not None:
        return losses.sum() / avg_factor
    return losses.mean() if reduction == 'mean' else losses.sum()


def _check_score(score: Tensor, label: Tensor, loss_type: str) -> Tensor:
    """Check the shapes and return logits that fit the kind of loss."""
    if loss_type == 'binary' and score.dim() == 4 and score.shape[1] == 1:
        score = score[:, 0]
    shape = score.shape[:1] + score.shape[-2:]
    dimensions = 3 if loss_type == 'binary' else 4
    if score.dim() != dimensions or shape != label.shape:
        raise ValueError(
            f'The {loss_type} loss got logits {tuple(score.shape)} and labels '
            f'{tuple(label.shape)}; it needs B×C×H×W (binary: B×1×H×W) and '
            'B×H×W of the same size.'
        )
    if loss_type == 'multi_class' and score.shape[1] == 1:
        raise ValueError(
            'The softmax over one channel is constant: use '
            "LovaszSoftmaxLoss(loss_type='binary') for one-class heads."
        )
    return score


def _check_classes(classes: Any) -> Any:
    if classes in ('present', 'all'):
        return classes
    listed = isinstance(classes, (list, tuple)) and len(classes) > 0
    if not listed or not all(isinstance(c, int) and c >= 0 for c in classes):
        raise ValueError(
            "classes must be 'present', 'all' or a list of class ids, got "
            f'{classes!r}.'
        )
    return tuple(classes)


def _check_reduction(reduction: Any) -> Any:
    if reduction not in _REDUCTIONS:
        raise ValueError(
            f'reduction must be one of {_REDUCTIONS}, got {reduction!r}.'
        )
    return reduction
