"""The Lovász extension of the Jaccard loss, as pure functions.

Reference: Berman, Triki and Blaschko, "The Lovász-Softmax loss" (CVPR 2018,
https://arxiv.org/abs/1705.08790); equation numbers are of that paper.

All functions work on groups: a group is the set of pixels over which one
Jaccard index is taken, an image or a whole batch. Pixels that are not valid
keep their place, so no shape depends on the data, but count nowhere.
"""

from __future__ import annotations

import torch
from torch import Tensor


def jaccard_gradient(foreground: Tensor, background: Tensor) -> Tensor:
    """Compute the weights g(m) of errors in descending order, equation 9.

    The Jaccard loss of a set of F wrong foreground and B wrong background
    pixels is J = 1 − (G − F)/(G + B), where G is the number of foreground
    pixels. One more foreground pixel changes it by 1/(G + B), one more
    background pixel by (G − F)/((G + B)(G + B + 1)): exact forms without the
    cancellation of a difference of two cumulative sums.

    Args:
        foreground: Whether each pixel is foreground, bool, (…, N), ordered
            by descending error along the last axis.
        background: Whether each is background, likewise. A pixel that is
            neither is void and gets 0.

    Returns:
        Weights, (…, N), float64. They sum to 1 in each row that has a valid
        pixel. Without foreground the largest error has all the weight.
    """
    f = foreground.cumsum(-1)
    b_before = background.cumsum(-1) - background.long()
    total = f[..., -1:]
    union = (total + b_before).double()
    rise = (total - f) / (union.clamp_min(1) * (union + 1))
    alone = (union == 0).to(union)  # no foreground, and the first pixel
    gradient = torch.where(background, rise + alone, 0.0)
    return torch.where(foreground, 1 / union.clamp_min(1), gradient)


def lovasz_extension(
    errors: Tensor, foreground: Tensor, background: Tensor
) -> Tensor:
    """Compute the Lovász extension of the Jaccard loss, equation 8.

    Args:
        errors: Errors of the pixels, (…, N), float; gradients flow back to
            them. Those of void pixels must be 0.
        foreground: Whether each pixel is foreground, bool, (…, N).
        background: Whether each pixel is background, bool, (…, N).

    Returns:
        Losses, (…), float64.
    """
    ordered, order = errors.sort(dim=-1, descending=True, stable=True)
    gradient = jaccard_gradient(
        foreground.gather(-1, order), background.gather(-1, order)
    )
    return (ordered * gradient).sum(-1)


def lovasz_softmax(probs: Tensor, labels: Tensor, valid: Tensor) -> Tensor:
    """Compute the Lovász-Softmax loss of every group and class, equation 10.

    Args:
        probs: Class probabilities in [0, 1], (G, C, N), float.
        labels: Class ids, (G, N), integer.
        valid: Whether a pixel counts, (G, N), bool.

    Returns:
        Losses, (G, C), float64.
    """
    classes = torch.arange(probs.shape[1], device=labels.device)
    is_class = labels[:, None] == classes[:, None]
    foreground = is_class & valid[:, None]
    background = ~is_class & valid[:, None]
    errors = torch.where(foreground, 1 - probs, probs)
    errors = errors.masked_fill(~valid[:, None], 0)
    return lovasz_extension(errors, foreground, background)


def lovasz_hinge(logits: Tensor, labels: Tensor, valid: Tensor) -> Tensor:
    """Compute the binary Lovász hinge of every group, section 3.

    Args:
        logits: Scores of the foreground, any real number, (G, N), float.
        labels: 1 for foreground, 0 for background, (G, N), integer.
        valid: Whether a pixel counts, (G, N), bool.

    Returns:
        Losses, (G,), float64.
    """
    foreground = (labels == 1) & valid
    background = (labels != 1) & valid
    errors = (1 - torch.where(foreground, logits, -logits)).relu()
    errors = errors.masked_fill(~valid, 0)
    return lovasz_extension(errors, foreground, background)


def precise(dtype: torch.dtype) -> torch.dtype:
    """Return the type to compute in: float32, or float64 for float64."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def class_labels(
    labels: Tensor, count: int, ignore_index: int | None
) -> tuple[Tensor, Tensor]:
    """Make labels into indices of classes.

    Args:
        labels: Class ids, any shape, integer.
        count: Number of classes, C.
        ignore_index: Label of void pixels; None for no void.

    Returns:
        Ids from 0 to C − 1, int64, and whether each is the pixel's class,
        bool, which it is not where the label is void or out of range.
    """
    label = labels.clamp(0, count - 1).long()
    is_class = label == labels
    if ignore_index is not None:
        is_class &= labels != ignore_index
    return label, is_class


def present_classes(labels: Tensor, valid: Tensor, count: int) -> Tensor:
    """Find the classes that have a valid pixel.

    Args:
        labels: Class ids, (G, N), integer.
        valid: Whether a pixel counts, (G, N), bool.
        count: Number of classes, C.

    Returns:
        Whether each class is present in each group, (G, C), bool.
    """
    classes = torch.arange(count, device=labels.device)
    is_class = labels[:, None] == classes[:, None]
    return (is_class & valid[:, None]).any(-1)


def class_coefficients(counted: Tensor, weight: Tensor | None) -> Tensor:
    """Compute the factors that average losses over classes.

    Args:
        counted: Which classes count in each group, (G, C), bool.
        weight: Weight of each class, (C,), float. The number of classes that
            count divides the weighted sum, not the sum of weights.

    Returns:
        Factors, (G, C), float64; zeros in a group where no class counts.
    """
    number = counted.sum(1, keepdim=True).clamp_min(1)
    coefficients = counted.double() / number
    return coefficients if weight is None else coefficients * weight
