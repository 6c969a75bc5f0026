"""The Lovász losses from their definition on sets, pixel by pixel.

Equation numbers are of Berman, Triki and Blaschko (CVPR 2018).
"""

import math


def jaccard_loss(wrong, foreground):
    """Jaccard loss of a set of wrong pixels, from its definition on sets."""
    pixels = range(len(foreground))
    truth = {i for i in pixels if foreground[i]}
    predicted = {i for i in pixels if foreground[i] != (i in wrong)}
    union = truth | predicted
    return 1 - len(truth & predicted) / len(union) if union else 0.0


def extension_by_definition(errors, foreground):
    """Equations 8 and 9: sets grow by descending error."""
    order = sorted(range(len(errors)), key=lambda i: -errors[i])
    total, grown = 0.0, set()
    for i in order:
        before = jaccard_loss(grown, foreground)
        grown = grown | {i}
        total += errors[i] * (jaccard_loss(grown, foreground) - before)
    return total


def softmax_loss_by_definition(
    logits, labels, classes='present', weight=None, ignore_index=255
):
    """Equations 5 and 10, of one set of pixels.

    Args:
        logits: Numbers of each pixel, one for each class.
        labels: Class ids of the pixels.
        classes: ``'present'``, ``'all'`` or ids.
        weight: Factor of each class.
        ignore_index: Label of void.
    """
    pixels = [i for i, label in enumerate(labels) if label != ignore_index]
    count = len(logits[0])
    counted = range(count) if isinstance(classes, str) else classes
    if classes != 'all':
        present = {labels[i] for i in pixels}
        counted = [c for c in counted if c in present or classes != 'present']
    total = 0.0
    for c in counted:
        truth = [labels[i] == c for i in pixels]
        errors = []
        for i, is_class in zip(pixels, truth):
            exponentials = [math.exp(x) for x in logits[i]]
            p = exponentials[c] / sum(exponentials)
            errors.append(1 - p if is_class else p)
        factor = 1 if weight is None else weight[c]
        total += factor * extension_by_definition(errors, truth)
    return total / max(len(counted), 1)


def hinge_by_definition(scores, labels, ignore_index=255):
    """Section 3, of one set of pixels.

    Args:
        scores: A number of each pixel.
        labels: 1 for foreground.
        ignore_index: Label of void.
    """
    pixels = [i for i, label in enumerate(labels) if label != ignore_index]
    truth = [labels[i] == 1 for i in pixels]
    errors = [
        max(0.0, 1 - (scores[i] if is_class else -scores[i]))
        for i, is_class in zip(pixels, truth)
    ]
    return extension_by_definition(errors, truth)
