import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from segplug.evaluation.borders import VOID, dilate_bits, edges, inner_band

from . import scenes

maps = hnp.arrays(
    np.uint8,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
    elements=st.sampled_from([0, 1, 2, 19, VOID]),
)


def band_by_pixel(labels, width):
    """Mark where a window holds another class or reaches outside."""
    band = np.zeros(labels.shape, bool)
    height, wide = labels.shape
    for y, x in np.argwhere(labels != VOID):
        rows, columns = (y - width, y + width), (x - width, x + width)
        outside = rows[0] < 0 or columns[0] < 0
        outside |= rows[1] >= height or columns[1] >= wide
        window = labels[
            max(rows[0], 0) : rows[1] + 1, max(columns[0], 0) : columns[1] + 1
        ]
        other = (window != labels[y, x]) & (window != VOID)
        band[y, x] = outside or other.any()
    return band


@settings(max_examples=100, deadline=None)
@given(maps, st.integers(1, 4))
def test_band_looks_at_the_window_of_each_pixel(labels, width):
    np.testing.assert_array_equal(
        inner_band(labels, width), band_by_pixel(labels, width)
    )


def test_band_is_each_mask_minus_its_repeated_erosion():
    """The definition of Cheng et al., class by class, as they compute it."""
    labels = scenes.scene(np.random.default_rng(0), (90, 120), 19, 40)
    width = round(0.02 * np.hypot(90, 120))
    band = np.zeros(labels.shape, bool)
    for c in np.unique(labels):
        mask = (labels == c).astype(np.uint8)
        padded = cv2.copyMakeBorder(
            mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
        )
        eroded = cv2.erode(padded, np.ones((3, 3)), iterations=width)
        band |= (mask - eroded[1:-1, 1:-1]).astype(bool)
    np.testing.assert_array_equal(inner_band(labels, width), band)


def test_eroding_ids_would_be_wrong():
    labels = np.zeros((9, 9), np.uint8)
    labels[:, 3:6], labels[:, 6:] = 1, 2
    lowest = cv2.erode(labels, np.ones((3, 3)))
    ids_band = lowest != labels
    assert not ids_band[4, 2]  # the lower side of a border is overlooked
    assert inner_band(labels, 1)[4, 2]


@settings(max_examples=100, deadline=None)
@given(maps)
def test_edges_touch_another_class(labels):
    expected = np.zeros(labels.shape, bool)
    for y, x in np.argwhere(labels != VOID):
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            v, u = y + dy, x + dx
            if 0 <= v < labels.shape[0] and 0 <= u < labels.shape[1]:
                there = labels[v, u]
                expected[y, x] |= there not in (labels[y, x], VOID)
    np.testing.assert_array_equal(edges(labels), expected)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.uint8, (11, 13), elements=st.integers(0, 7)),
    st.sampled_from([1, 2, 4, 5.5, 9, 12.3, 30, 400]),
)
def test_dilation_is_by_a_euclidean_disc(bits, squared):
    found = dilate_bits(bits, squared)
    for c in range(3):
        marked = (bits >> c) & 1
        distance = np.full(bits.shape, np.inf)
        if marked.any():
            distance = ndimage.distance_transform_edt(marked == 0)
        near = np.rint(distance**2) <= squared
        np.testing.assert_array_equal((found >> c) & 1, near)


@pytest.mark.parametrize('shape', [(1, 1), (1, 7), (5, 1)])
def test_works_on_slivers(shape):
    labels = np.zeros(shape, np.uint8)
    assert inner_band(labels, 3).all()
    assert not edges(labels).any()
    assert not dilate_bits(labels, 9).any()
