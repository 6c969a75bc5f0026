"""What the losses check of their arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Union

import torch
from torch import Tensor

from segplug.errors import SegplugError

Backend = Literal['auto', 'torch', 'numba', 'triton']
Classes = Union[Literal['present', 'all'], Sequence[int]]
LossType = Literal['multi_class', 'binary']
Method = Literal['binned', 'exact']
Reduction = Literal['none', 'mean', 'sum']
REDUCTIONS = ('none', 'mean', 'sum')


class ClassWeightError(SegplugError, ValueError):
    """Class weights do not fit the classes or are not known."""


def check_choice(name: str, value: Any, choices: Sequence[str]) -> Any:
    """Return a value that must be one of the choices.

    Raises:
        ValueError: If it is not.
    """
    if value not in choices:
        raise ValueError(
            f'{name} must be one of {", ".join(map(repr, choices))}, got '
            f'{value!r}.'
        )
    return value


def check_classes(classes: Any) -> Any:
    """Return which classes to average over, a list as a tuple.

    Raises:
        ValueError: If it is neither a known word nor a list of ids.
    """
    if isinstance(classes, str) and classes in ('present', 'all'):
        return classes
    listed = isinstance(classes, (list, tuple)) and len(classes) > 0
    if not listed or not all(isinstance(c, int) and c >= 0 for c in classes):
        raise ValueError(
            "classes must be 'present', 'all' or a list of class ids, got "
            f'{classes!r}.'
        )
    return tuple(classes)


def check_class_weight(weight: Any) -> Tensor:
    """Return the weights of the classes as a tensor, (C,), float32.

    Raises:
        ClassWeightError: If they are no list of numbers from 0 up.
    """
    try:
        tensor = torch.as_tensor(weight, dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ClassWeightError(
            f'class_weight must be a list of numbers, got {weight!r}.'
        ) from error
    fits = tensor.dim() == 1 and len(tensor) > 0
    if not fits or not ((tensor >= 0) & tensor.isfinite()).all():
        raise ClassWeightError(
            'class_weight must be a list of finite numbers that are not '
            f'negative, got {weight!r}.'
        )
    return tensor


def check_weight_count(weight: Tensor, classes: int) -> Tensor:
    """Return class weights of which there must be one for each class.

    Raises:
        ClassWeightError: If there are more or fewer.
    """
    if len(weight) != classes:
        raise ClassWeightError(
            f'class_weight has {len(weight)} weights, the head has {classes} '
            'classes: give one per class.'
        )
    return weight


def check_sort_up_to(pixels: Any) -> int:
    """Return the number of pixels up to which sets are sorted.

    Raises:
        ValueError: If it is no number from 0 up.
    """
    if not isinstance(pixels, int) or pixels < 0:
        raise ValueError(
            'sort_up_to must be a whole number of pixels, 0 to sort none, '
            f'got {pixels!r}.'
        )
    return pixels


def check_bins(bins: Any) -> int | None:
    """Return the number of bins; None for one that fits the pixels.

    Raises:
        ValueError: If it is odd or out of range.
    """
    if bins is None:
        return None
    if not isinstance(bins, int) or not 4 <= bins <= 32768 or bins % 2:
        raise ValueError(
            f'bins must be an even number from 4 to 32768, got {bins!r}.'
        )
    return bins


def check_score(score: Tensor, label: Tensor, loss_type: LossType) -> Tensor:
    """Check the shapes, and return logits that fit the kind of loss.

    Returns:
        B × C × H × W, or B × H × W for the binary loss.

    Raises:
        ValueError: If the shapes fit neither the loss nor each other, or
            there is no pixel.
    """
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
    if not label.numel():
        raise ValueError(
            f'The loss got labels {tuple(label.shape)}: there is no pixel.'
        )
    if loss_type == 'multi_class' and score.shape[1] == 1:
        raise ValueError(
            'The softmax over one channel is constant: use '
            "LovaszSoftmaxLoss(loss_type='binary') for one-class heads."
        )
    return score


def check_no_pixel_weight(weight: Tensor | None) -> None:
    """Refuse weights of pixels, which a loss on sets cannot have.

    Raises:
        ValueError: If there are weights.
    """
    if weight is not None:
        raise ValueError(
            'The Lovász loss has no pixel weights: its value depends on sets '
            'of pixels. Use it in a head without a pixel sampler.'
        )
