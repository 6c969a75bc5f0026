"""Max-pooling that remembers where, and its inverse, at any size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def pool(x: Tensor) -> tuple[Tensor, Tensor]:
    """Take the maximum of every 2 × 2 window, of what there is of it.

    At an odd height or width the last window is cut off by the border, as in
    Caffe; no pixel is left out.

    Args:
        x: Features, B × C × H × W.

    Returns:
        The maxima, B × C × ⌈H/2⌉ × ⌈W/2⌉, and their places as int64 indices
        into the flattened H × W map.
    """
    return F.max_pool2d(x, 2, 2, ceil_mode=True, return_indices=True)


def unpool(x: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
    """Put values back where the maxima came from, zero elsewhere.

    Windows do not overlap, so no place is written twice: the result does not
    depend on the order, on any device.

    Args:
        x: Values, B × C × h × w.
        indices: Places as :func:`pool` returns them, of the same shape.
        size: Height and width (H, W) before pooling, in feature pixels.

    Returns:
        Sparse features, B × C × H × W.
    """
    height, width = size
    flat = x.new_zeros((*x.shape[:2], height * width))
    flat = flat.scatter(2, indices.flatten(2), x.flatten(2))
    return flat.unflatten(2, (height, width))


def enlarge(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Double a map by repeating its pixels, cut to the size before pooling.

    Args:
        x: Features, B × C × ⌈H/2⌉ × ⌈W/2⌉.
        size: Height and width (H, W) wanted, in feature pixels.

    Returns:
        Features, B × C × H × W: pixel (i, j) is that of (⌊i/2⌋, ⌊j/2⌋).
    """
    doubled = F.interpolate(x, scale_factor=2, mode='nearest')
    return doubled[..., : size[0], : size[1]]
