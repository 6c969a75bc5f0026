"""Cross-entropy and the Lovász-Softmax loss from one softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .arguments import Backend, Classes, Method
from .lovasz.sorted import class_labels
from .lovasz_softmax_loss import LovaszSoftmaxLoss, without_void


@MODELS.register_module()
class CrossEntropyLovaszLoss(LovaszSoftmaxLoss):
    """Weighted sum of cross-entropy and the Lovász-Softmax loss.

    Has the value and the gradient of MMSegmentation's ``CrossEntropyLoss``
    plus :class:`LovaszSoftmaxLoss`, but takes the softmax and its derivative
    once for both.

    Args:
        ce_weight (float): Factor of the cross-entropy. Defaults to 1.0.
        lovasz_weight (float): Factor of the Lovász-Softmax loss, which with
            ``per_image`` is averaged over the images. Defaults to 1.0.
        avg_non_ignore (bool): Whether the cross-entropy is averaged over the
            pixels that are not void, or over all, as in MMSegmentation.
            Defaults to False.
        class_weight (Sequence[float] | str, optional): Weight of each class
            in both losses, or a file with them. As in MMSegmentation, the
            sum of the pixels' weights divides the cross-entropy then; void
            pixels weigh nothing. Defaults to None.
        classes (str | Sequence[int]): As for :class:`LovaszSoftmaxLoss`.
        per_image (bool): The same. Does not concern the cross-entropy.
        method (str): The same.
        bins (int, optional): The same.
        sort_up_to (int): The same.
        backend (str): The same.
        loss_weight (float): Factor of the sum. Defaults to 1.0.
        loss_name (str): Name in the log. Defaults to ``'loss_ce_lovasz'``.

    Raises:
        ValueError: As :class:`LovaszSoftmaxLoss`.
    """

    def __init__(
        self,
        *,
        ce_weight: float = 1.0,
        lovasz_weight: float = 1.0,
        avg_non_ignore: bool = False,
        class_weight: Sequence[float] | str | None = None,
        classes: Classes = 'present',
        per_image: bool = False,
        method: Method = 'binned',
        bins: int | None = None,
        sort_up_to: int = 65536,
        backend: Backend = 'auto',
        loss_weight: float = 1.0,
        loss_name: str = 'loss_ce_lovasz',
    ) -> None:
        super().__init__(
            class_weight=class_weight,
            classes=classes,
            per_image=per_image,
            method=method,
            bins=bins,
            sort_up_to=sort_up_to,
            backend=backend,
            loss_weight=loss_weight,
            loss_name=loss_name,
        )
        self.ce_weight = ce_weight
        self.lovasz_weight = lovasz_weight
        self.avg_non_ignore = avg_non_ignore

    def forward(
        self,
        cls_score: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        ignore_index: int | None = 255,
        **kwargs: Any,
    ) -> Tensor:
        """Compute the loss.

        Args:
            cls_score: Logits, B × C × H × W, float.
            label: Class ids, B × H × W, integer. An id that is neither a
                class nor ``ignore_index`` has no cross-entropy and is
                background of every class.
            weight: Weights of pixels, which this loss cannot have.
            ignore_index: Label of void pixels; None for no void.
            kwargs: Ignored.

        Returns:
            Scalar, float32 (float64 for float64 logits).

        Raises:
            ValueError: If the shapes do not fit, or ``weight`` is given.
        """
        return super().forward(
            cls_score, label, weight, ignore_index=ignore_index
        )

    def _softmax(
        self, score: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return the loss of each group, (G,), from B × C × N logits.

        The mean over the groups is the sum of both losses.
        """
        weight = self._entropy_weight(score, label, ignore_index)
        if self._counts(label):
            return self._binned(score, label, ignore_index, weight)
        score = without_void(score, label, ignore_index)
        log_probs = score.log_softmax(1, dtype=self._dtype(score, label))
        losses = self._sorted(log_probs.exp(), label, ignore_index)
        label, is_class = class_labels(label, score.shape[1], ignore_index)
        entropy = -log_probs.gather(1, label[:, None])[:, 0] * weight[label]
        entropy = torch.where(is_class, entropy, 0)
        return losses + entropy.view(len(losses), -1).sum(1)

    def _entropy_weight(
        self, score: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return the factor of a pixel's cross-entropy by class, (C,)."""
        count, dtype = score.shape[1], self._dtype(score, label)
        groups = len(label) if self.per_image else 1
        weight = self._class_weight(count, label.device)
        factor = self.ce_weight * groups
        if weight is None and not self.avg_non_ignore:
            share = factor / label.numel()
            return score.new_full((count,), share, dtype=dtype)
        label, is_class = class_labels(label, count, ignore_index)
        if weight is None:
            weight = score.new_ones(count)
        weight = weight.to(dtype)
        number = torch.where(is_class, weight[label], 0).sum()
        return weight * factor / number.clamp_min(1e-12)

    def _average_weight(
        self, count: int, device: torch.device
    ) -> Tensor | None:
        weight = self._class_weight(count, device)
        if weight is None:
            weight = torch.ones(count, device=device)
        return weight * self.lovasz_weight
