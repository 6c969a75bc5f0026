"""Small label maps and the samples that metrics receive."""

import cv2
import numpy as np
import torch

VOID = 255


def scene(rng, shape, classes, blobs=12):
    """Draw ellipses of random classes on class 0."""
    height, width = shape
    labels = np.zeros(shape, np.uint8)
    for _ in range(blobs):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = rng.integers(2, max(3, min(shape) // 3), 2).tolist()
        angle, fill = int(rng.integers(180)), int(rng.integers(classes))
        cv2.ellipse(labels, centre, axes, angle, 0, 360, fill, -1)
    return labels


def pair(seed, shape=(24, 31), classes=5, void=0.1, wrong=0.2):
    """Return a prediction and its truth, with void and wrong pixels."""
    rng = np.random.default_rng(seed)
    label = scene(rng, shape, classes)
    pred = np.roll(label, 1, axis=1)
    noise = rng.random(shape) < wrong
    pred[noise] = rng.integers(0, classes, noise.sum())
    label[rng.random(shape) < void] = VOID
    return pred, label


def sample(pred, label, name='image.png', **extra):
    """Return what MMEngine's evaluator hands to a metric."""
    return {
        'pred_sem_seg': {'data': torch.from_numpy(pred)[None].long()},
        'gt_sem_seg': {'data': torch.from_numpy(label)[None].long()},
        'img_path': name,
        'ori_shape': label.shape,
        **extra,
    }


def confusion(pred, label, classes):
    """Count pixel by pixel, shape (C, C)."""
    matrix = np.zeros((classes, classes), np.int64)
    for true, made in zip(label.ravel().tolist(), pred.ravel().tolist()):
        if true < classes and made < classes:
            matrix[true, made] += 1
    return matrix


def class_names(number):
    return tuple(f'class {i}' for i in range(number))
