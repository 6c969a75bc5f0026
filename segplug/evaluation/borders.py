"""Borders of label maps: bands, edges and dilations of all classes at once.

A label map is an 8-bit array of shape (H, W) whose value ``VOID`` marks
pixels that belong to no class. Void pixels make no border: what lies beyond
them is unknown.
"""

from __future__ import annotations

import cv2
import numpy as np

VOID = 255

_ALL, _HEAD, _TAIL = slice(None), slice(None, -1), slice(1, None)
#: Pairs of views of a map in which neighbours have the same place.
SIDES = (((_ALL, _HEAD), (_ALL, _TAIL)), ((_HEAD, _ALL), (_TAIL, _ALL)))
CORNERS = (((_HEAD, _HEAD), (_TAIL, _TAIL)), ((_HEAD, _TAIL), (_TAIL, _HEAD)))


def inner_band(labels: np.ndarray, width: int) -> np.ndarray:
    """Mark the pixels within ``width`` of the contour of their own class.

    This is the band of Boundary IoU (Cheng et al., CVPR 2021, equation 1):
    each class's mask minus its erosion by a square of side 2 ``width`` + 1,
    where the outside of the image counts as another class, as in the
    authors' code. A pixel survives the erosion of its class exactly when all
    valid pixels of its window have one label, so the smallest label of the
    window must equal the largest; one pass serves all classes.

    Args:
        labels: Label map, shape (H, W), uint8.
        width: Reach of the window in pixels, at least 1.

    Returns:
        Band, shape (H, W), bool; False on void pixels.
    """
    void = labels == VOID
    size = (2 * width + 1,) * 2
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, size)
    border = {'borderType': cv2.BORDER_CONSTANT, 'borderValue': 0}
    raised = labels + np.uint8(1)  # void becomes 0, the first class 1
    highest = cv2.dilate(raised, kernel, **border)
    raised[void] = VOID
    lowest = cv2.erode(raised, kernel, **border)  # 0 at the image's edge
    return (lowest != highest) & ~void


def edges(labels: np.ndarray) -> np.ndarray:
    """Mark the pixels that touch another class on one of four sides.

    Both sides of a border are marked. The edge of the image and void pixels
    make no border.

    Args:
        labels: Label map, shape (H, W), uint8.

    Returns:
        Edges, shape (H, W), bool.
    """
    marked = np.zeros(labels.shape, bool)
    valid = labels != VOID
    for first, second in SIDES:
        differ = labels[first] != labels[second]
        differ &= valid[first]
        differ &= valid[second]
        marked[first] |= differ
        marked[second] |= differ
    return marked


def dilate_bits(bits: np.ndarray, squared_radius: float) -> np.ndarray:
    """Unite the bit sets of all pixels within a Euclidean distance.

    Dilates the masks of all classes by a disc at once: rows are united for
    growing half widths, and each is shifted up and down to where the disc
    has that half width.

    Args:
        bits: Bit sets, shape (H, W), unsigned integers.
        squared_radius: Square of the distance, in pixels.

    Returns:
        Bit sets, shape (H, W).
    """
    radius = int(np.sqrt(squared_radius))
    heights = np.arange(radius, -1, -1)  # widest rows of the disc come last
    halves = np.sqrt(squared_radius - heights**2).astype(int)
    row, done, out = bits.copy(), 0, np.zeros_like(bits)
    for height, half in zip(heights.tolist(), halves.tolist()):
        for shift in range(done + 1, half + 1):
            _unite(row, bits, shift, axis=1)
        done = half
        _unite(out, row, height, axis=0)
    return out


def _unite(out: np.ndarray, bits: np.ndarray, shift: int, axis: int) -> None:
    """Or ``bits``, moved by ``shift`` both ways along an axis, into out."""
    if shift >= bits.shape[axis]:
        return
    head, tail = [slice(None)] * 2, [slice(None)] * 2
    head[axis] = slice(None, bits.shape[axis] - shift)
    tail[axis] = slice(shift, None)
    for to, source in ((head, tail), (tail, head)):
        view = out[tuple(to)]
        np.bitwise_or(view, bits[tuple(source)], out=view)
