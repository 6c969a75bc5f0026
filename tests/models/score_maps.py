"""Logits and labels of many kinds, for the tests of the losses."""

import torch
import torch.nn.functional as F
from mmseg.models.losses import LovaszLoss

from segplug.models import LovaszSoftmaxLoss

KINDS = (
    'random',
    'right',
    'mixed',
    'wrong',
    'initial',
    'collapsed',
    'saturated',
    'one class',
    'rare',
)


def scene(kind, classes, batch=2, size=(160, 150), seed=0):
    """Return float32 logits (B, C, H, W) and labels with a void border."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(batch, classes, 6, 6, generator=generator)
    labels = F.interpolate(coarse, size, mode='bilinear').argmax(1)
    noise = torch.randn(batch, classes, *size, generator=generator)
    if kind == 'rare':
        labels[labels == 0] = 1
        labels[:, 20:22, 30:34] = 0
    truth = F.one_hot(labels, classes).movedim(-1, 1)
    logits = {
        'random': noise * 3,
        'right': truth * 12 + noise,
        'mixed': truth * 6 + noise * 4,
        'wrong': truth * -8 + noise * 3,
        'initial': noise * 0.01,
        'collapsed': noise * 0.3,
        'saturated': noise * 30,
        'one class': noise * 2,
        'rare': truth * 6 + noise * 2,
    }[kind]
    if kind == 'collapsed':
        logits[:, 0] += 6
    if kind == 'one class':
        labels[:] = classes - 1
    labels[:, :9] = 255
    return logits, labels


def value_and_gradient(loss, logits, labels, **kwargs):
    """Return the loss and the gradient of its sum, both float64."""
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, labels, **kwargs)
    (gradient,) = torch.autograd.grad(value.sum(), logits)
    return value.detach().double(), gradient.double()


def errors(result, truth):
    """Return the largest error of the losses, and the gradient's in L2."""
    difference = (result[0] - truth[0]).abs().max().item()
    relative = (result[1] - truth[1]).norm() / truth[1].norm()
    return difference, relative.item()


def exact(logits, labels, kind=LovaszSoftmaxLoss, **options):
    """Value and gradient by sorting in float64."""
    loss = kind(method='exact', **options)
    return value_and_gradient(loss, logits.double(), labels)


def hosts(logits, labels):
    """Value and gradient of MMSegmentation, which sorts in float32."""
    loss = LovaszLoss(reduction='none')
    return value_and_gradient(loss, logits, labels, ignore_index=255)


def counting(kind=LovaszSoftmaxLoss, **options):
    """A loss that counts sets of any size."""
    return kind(sort_up_to=0, **options)
