"""The Lovász-Softmax loss as a module for MMSegmentation's heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.losses.utils import get_class_weight
from mmseg.registry import MODELS
from torch import Tensor

from .arguments import (
    Backend,
    Classes,
    LossType,
    Method,
    Reduction,
    check_bins,
    check_choice,
    check_class_weight,
    check_classes,
    check_no_pixel_weight,
    check_score,
    check_sort_up_to,
    check_weight_count,
)
from .base import NamedLoss
from .lovasz.hinge_binned import lovasz_hinge_binned
from .lovasz.softmax_binned import lovasz_softmax_binned
from .lovasz.sorted import (
    class_coefficients,
    lovasz_hinge,
    lovasz_softmax,
    precise,
    present_classes,
)


@MODELS.register_module()
class LovaszSoftmaxLoss(NamedLoss):
    """Surrogate of the mean intersection over union for training.

    The Lovász-Softmax loss of `Berman et al. (CVPR 2018)
    <https://arxiv.org/abs/1705.08790>`_. Takes the arguments of
    MMSegmentation's ``LovaszLoss`` and gives its values where that one works;
    beyond that

    * it counts errors in bins instead of sorting them, which is many
      times faster and deterministic (``docs/lovasz.md``);
    * its defaults can be built;
    * a batch or an image of void pixels only gives a zero that is connected
      to the graph, and a single valid pixel is no special case;
    * under autocast it computes in float32, sums in float64;
    * there is no loop over classes, and no wait for the device.

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
        method (str): ``'binned'`` counts, ``'exact'`` sorts. Defaults to
            ``'binned'``.
        bins (int, optional): Number of bins, even, at most 32768. Defaults to
            8192, twice as many for sets of more than 2²¹ pixels, and four
            times for more than 2²³.
        sort_up_to (int): Sets of no more pixels are sorted, by either method
            and in float64: there a loss that sorts in float32 may have the
            closer gradient than bins. With 0 all sets are counted, which is
            several times faster. Defaults to 65536.
        backend (str): What passes over the probabilities when counting.
            ``'torch'``: PyTorch's operations, which always can. ``'numba'``:
            compiled loops on a CPU, in half the time; the package comes with
            ``segplug[fast]``, and the first loss of a process takes some
            seconds to compile. ``'triton'``: kernels for accelerators, which
            have been compared with PyTorch's results in Triton's interpreter,
            but not measured on a device yet. Where these cannot work
            (float64 logits, ``torch.compile``, another device, the package is
            not there, more than 256 classes for Triton) PyTorch does. Defaults
            to ``'auto'``: Numba where it can work, else PyTorch.

    Raises:
        ValueError: If an argument is not one of those named above.
    """

    def __init__(
        self,
        *,
        loss_type: LossType = 'multi_class',
        classes: Classes = 'present',
        per_image: bool = False,
        reduction: Reduction = 'mean',
        class_weight: Sequence[float] | str | None = None,
        loss_weight: float = 1.0,
        loss_name: str = 'loss_lovasz',
        method: Method = 'binned',
        bins: int | None = None,
        sort_up_to: int = 65536,
        backend: Backend = 'auto',
    ) -> None:
        super().__init__(reduction, loss_weight, loss_name)
        self.loss_type = check_choice(
            'loss_type', loss_type, ('multi_class', 'binary')
        )
        self.classes = check_classes(classes)
        self.per_image = per_image
        self.method = check_choice('method', method, ('binned', 'exact'))
        self.bins = check_bins(bins)
        self.sort_up_to = check_sort_up_to(sort_up_to)
        self.backend = check_choice(
            'backend', backend, ('auto', 'torch', 'numba', 'triton')
        )
        # Buffers, so that no step copies them to the device.
        weight = get_class_weight(class_weight)
        if weight is not None:
            weight = check_class_weight(weight)
        self.register_buffer('class_weight', weight, persistent=False)
        listed = None
        if not isinstance(self.classes, str):
            listed = torch.tensor(self.classes)
        self.register_buffer('listed', listed, persistent=False)

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
        check_no_pixel_weight(weight)
        score = check_score(cls_score, label, self.loss_type)
        reduction = self.reduction_or(reduction_override)
        label = label.flatten(1).long()  # ignore_index may not fit it
        with torch.autocast(score.device.type, enabled=False):
            if self.loss_type == 'binary':
                losses = self._hinge(score, label, ignore_index)
            else:
                losses = self._softmax(score.flatten(2), label, ignore_index)
        if self.per_image:
            losses = _reduce(losses, reduction, avg_factor)
        else:
            losses = losses[0]
        return self.loss_weight * losses.to(precise(score.dtype))

    def _hinge(
        self, score: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return the hinge of each group, (G,)."""
        label = self._group(label)
        score = score.reshape(label.shape).to(self._dtype(score, label))
        valid = _valid(label, ignore_index)
        if self._counts(label):
            bins = 4 * self._number_of_bins(label)
            return lovasz_hinge_binned(score, label, valid, bins)
        return lovasz_hinge(score, label, valid)

    def _softmax(
        self, score: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return the loss of each group, (G,), from B × C × N logits."""
        if self._counts(label):
            return self._binned(score, label, ignore_index)
        score = without_void(score, label, ignore_index)
        probs = score.softmax(1, dtype=self._dtype(score, label))
        return self._sorted(probs, label, ignore_index)

    def _binned(
        self,
        score: Tensor,
        label: Tensor,
        ignore_index: int | None,
        entropy_weight: Tensor | None = None,
    ) -> Tensor:
        """Return the loss of each group, (G,), by counting."""
        count, device = score.shape[1], score.device
        return lovasz_softmax_binned(
            score,
            label,
            chosen=self._chosen(count, device),
            class_weight=self._average_weight(count, device),
            entropy_weight=entropy_weight,
            only_present=self.classes == 'present',
            per_image=self.per_image,
            ignore_index=ignore_index,
            bins=self._number_of_bins(label),
            backend=self.backend,
        )

    def _sorted(
        self, probs: Tensor, label: Tensor, ignore_index: int | None
    ) -> Tensor:
        """Return the loss of each group, (G,), by sorting."""
        count, device = probs.shape[1], probs.device
        if not self.per_image:
            probs = probs.transpose(0, 1).flatten(1)[None]
        label = self._group(label)
        valid = _valid(label, ignore_index)
        losses = lovasz_softmax(probs, label, valid)
        counted = self._chosen(count, device).expand(losses.shape)
        if self.classes == 'present':
            counted = present_classes(label, valid, count)
        weight = self._average_weight(count, device)
        return (losses * class_coefficients(counted, weight)).sum(1)

    def _group(self, label: Tensor) -> Tensor:
        """Return labels (G, N), one row per set of pixels."""
        return label if self.per_image else label.reshape(1, -1)

    def _is_small(self, label: Tensor) -> bool:
        """Tell whether there are so few pixels that they are sorted."""
        return self._group(label).shape[1] <= self.sort_up_to

    def _counts(self, label: Tensor) -> bool:
        """Tell whether the pixels are counted, not sorted."""
        return self.method == 'binned' and not self._is_small(label)

    def _number_of_bins(self, label: Tensor) -> int:
        if self.bins is not None:
            return self.bins
        pixels = self._group(label).shape[1]
        return 8192 << (pixels > 2**21) + (pixels > 2**23)

    def _dtype(self, score: Tensor, label: Tensor) -> torch.dtype:
        """Return the type to sort in."""
        small = self._is_small(label)
        return torch.float64 if small else precise(score.dtype)

    def _chosen(self, count: int, device: torch.device) -> Tensor:
        """Return which of the classes may count, (C,), bool."""
        if isinstance(self.classes, str):
            return torch.ones(count, dtype=torch.bool, device=device)
        if max(self.classes) >= count:
            raise ValueError(
                f'classes={list(self.classes)} names a class that a head '
                f'with {count} channels does not have.'
            )
        ids = torch.arange(count, device=device)
        return (ids[:, None] == self.listed.to(device)).any(1)

    def _class_weight(self, count: int, device: torch.device) -> Tensor | None:
        """Return the weights of the classes, (C,)."""
        if self.class_weight is None:
            return None
        return check_weight_count(self.class_weight, count).to(device)

    def _average_weight(
        self, count: int, device: torch.device
    ) -> Tensor | None:
        """Return the factors of the classes in their average, (C,)."""
        return self._class_weight(count, device)


def _valid(label: Tensor, ignore_index: int | None) -> Tensor:
    if ignore_index is None:
        return torch.ones_like(label, dtype=torch.bool)
    return label != ignore_index


def without_void(
    score: Tensor, label: Tensor, ignore_index: int | None
) -> Tensor:
    """Set the logits of void, which may be NaN, to 0.

    Args:
        score: B × C × N, float.
        label: B × N, integer.
        ignore_index: Label of void pixels; None for no void.
    """
    if ignore_index is None:
        return score
    return torch.where(_valid(label, ignore_index)[:, None], score, 0)


def _reduce(
    losses: Tensor, reduction: Reduction, avg_factor: float | None
) -> Tensor:
    if reduction == 'none':
        return losses
    if reduction == 'sum':
        return losses.sum()
    return losses.mean() if avg_factor is None else losses.sum() / avg_factor
