import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from segplug.evaluation.contours import LENGTH_UNIT, outlines

from . import scenes


def blocked(labels):
    """Mark pixels that touch void or the edge, eight neighbours."""
    void = np.pad(labels == scenes.VOID, 1, constant_values=True)
    return ndimage.binary_dilation(void, np.ones((3, 3)))[1:-1, 1:-1]


def by_point(labels, c, smoothing):
    """Measure the contours of one class, point by point."""
    stop = blocked(labels)
    mask = (labels == c).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    length = smooth = 0
    for contour in contours:
        points = [complex(*p[0]) for p in contour]
        number = len(points)
        reach = max(0, min(smoothing, (number // 2 - 1) // 2))
        windows = [
            [points[(i + k) % number] for k in range(-reach, reach + 1)]
            for i in range(number)
        ]
        means = [sum(window) / len(window) for window in windows]
        for i in range(number):
            here, there = points[i], points[(i + 1) % number]
            used = {*windows[i], *windows[(i + 1) % number]}
            if not any(stop[int(p.imag), int(p.real)] for p in used):
                length += round(abs(there - here) / LENGTH_UNIT)
                step = means[(i + 1) % number] - means[i]
                smooth += round(abs(step) / LENGTH_UNIT)
    parts = ndimage.label(mask, np.ones((3, 3)))[1]
    return length, smooth, parts


@pytest.mark.parametrize(
    ('seed', 'smoothing', 'wrong'),
    [(0, 1, 0.02), (1, 5, 0.02), (2, 9, 0.02), (3, 5, 0.1), (4, 5, 0.9)],
)
def test_equals_measuring_point_by_point(seed, smoothing, wrong):
    pred, label = scenes.pair(seed, (60, 70), 6, void=0.003, wrong=wrong)
    for labels in (pred, label):
        classes = sorted(set(np.unique(labels).tolist()) - {scenes.VOID})
        found = outlines(labels, classes, smoothing)
        for c in classes:
            assert found[c][2] == by_point(labels, c, smoothing)[2]
            np.testing.assert_allclose(
                found[c], by_point(labels, c, smoothing), atol=2
            )


@settings(max_examples=80, deadline=None)
@given(data=st.data(), smoothing=st.integers(1, 7))
def test_every_pattern_of_pixels_is_measured(data, smoothing):
    """Specks side by side, at the edge and beside void, are special cases."""
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=9))
    values = st.sampled_from([0, 0, 0, 1, 2, scenes.VOID])
    labels = data.draw(hnp.arrays('uint8', shape, elements=values))
    classes = sorted(set(np.unique(labels).tolist()) - {scenes.VOID})
    for c, found in outlines(labels, classes, smoothing).items():
        expected = by_point(labels, c, smoothing)
        assert found.parts == expected[2]
        np.testing.assert_allclose(found, expected, atol=1)


def disc(radius, teeth=0):
    """Draw a disc, with every other pixel of its rim cut when toothed."""
    y, x = np.mgrid[-50:51, -50:51]
    angle = np.arctan2(y, x)
    limit = radius + 2 * (np.floor(angle * teeth / np.pi) % 2)
    return (np.hypot(y, x) <= limit).astype(np.uint8)


def roughness(labels):
    length, smooth, _ = outlines(labels, [1], 5)[1]
    return length / smooth


def test_ragged_borders_are_rougher():
    smooth, ragged = roughness(disc(35)), roughness(disc(35, teeth=40))
    assert 1 <= smooth < 1.12
    assert ragged > smooth + 0.2


def test_straight_borders_are_perfectly_smooth():
    labels = np.zeros((40, 40), np.uint8)
    labels[:, 20:] = 1  # ends at the image's edge, which is left out
    assert roughness(labels) == 1
    length = outlines(labels, [1], 5)[1].length * LENGTH_UNIT
    assert length == 27  # of 38 free rows, 5 at either end see a corner


def test_specks_are_parts_and_do_not_vanish_when_smoothed():
    labels = np.zeros((30, 30), np.uint8)
    labels[5, 5] = labels[10:12, 10:12] = labels[20:25, 20:25] = 1
    found = outlines(labels, [1], 5)[1]
    assert found.parts == 3
    assert 0.5 < found.smooth / found.length < 1


def test_a_class_of_specks_only_is_counted():
    labels = np.zeros((20, 20), np.uint8)
    labels[5, 5], labels[9, 7], labels[0, 0] = 3, 3, 3
    found = outlines(labels, [0, 3], 5)
    assert found[3] == (0, 0, 3)
    hole = 4 * 2**0.5 / LENGTH_UNIT
    assert found[0].length == found[0].smooth == pytest.approx(2 * hole, abs=8)


def test_no_classes_no_outlines():
    assert outlines(np.full((3, 3), 255, np.uint8), [], 5) == {}
