from collections import Counter
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from segplug.prepare.shrink import area_sums, shrink_image, shrink_label

RNG = np.random.default_rng(0)


def overlap(place, length, count, i):
    """Return how much of pixel ``place`` lies in stretch ``i``."""
    low, high = Fraction(i * length, count), Fraction((i + 1) * length, count)
    return max(Fraction(0), min(high, place + 1) - max(low, place))


def weights(shape, size, y, x):
    """Yield each pixel of an area and how much of it is inside."""
    for row in range(shape[0]):
        for column in range(shape[1]):
            inside = overlap(row, shape[0], size[0], y) * overlap(
                column, shape[1], size[1], x
            )
            if inside:
                yield (row, column), inside


def by_hand(label, size):
    """Vote pixel by pixel with fractions."""
    result = np.zeros(size, np.uint8)
    for y in range(size[0]):
        for x in range(size[1]):
            votes = Counter()
            for place, inside in weights(label.shape, size, y, x):
                votes[int(label[place])] += inside
            most = max(votes.values())
            best = [v for v, count in votes.items() if count == most]
            row = int((y + 0.5) * label.shape[0] / size[0])
            column = int((x + 0.5) * label.shape[1] / size[1])
            centre = int(label[row, column])
            result[y, x] = centre if centre in best else min(best)
    return result


SIZES = [
    ((16, 32), (4, 8)),  # that of Cityscapes, in small
    ((16, 32), (8, 8)),
    ((9, 15), (3, 5)),
    ((7, 11), (3, 4)),
    ((5, 9), (7, 4)),  # one side grows
    ((6, 4), (6, 4)),
    ((13, 8), (1, 1)),
]


@pytest.mark.parametrize('shape, size', SIZES)
@pytest.mark.parametrize('values', [(0, 1), (0, 3, 7, 255), range(30)])
def test_majority_is_that_of_fractions(shape, size, values):
    for _ in range(3):
        label = RNG.choice(np.array([*values], np.uint8), shape)
        np.testing.assert_array_equal(
            shrink_label(label, size), by_hand(label, size)
        )


@given(arrays(np.uint8, (4, 8), elements=st.sampled_from([0, 1, 2, 255])))
def test_any_block_votes_as_by_hand(label):
    np.testing.assert_array_equal(
        shrink_label(label, (1, 2)), by_hand(label, (1, 2))
    )


def test_ties_go_to_the_centre_then_to_the_lowest():
    # The centre of a 4×4 block is the pixel in row and column 2.
    block = np.array([[5] * 4, [5] * 4, [3] * 4, [3] * 4], np.uint8)
    assert shrink_label(block, (1, 1)) == 3
    assert shrink_label(block[::-1].copy(), (1, 1)) == 5
    block = np.full((4, 4), 200, np.uint8)
    block[0], block[1] = 9, 4
    block[2:] = np.arange(8).reshape(2, 4) + 100
    assert shrink_label(block, (1, 1)) == 4
    block = np.array([[255, 255], [0, 0]], np.uint8)  # void votes too
    assert shrink_label(block, (1, 1)) == 0
    assert shrink_label(block[::-1].copy(), (1, 1)) == 255


def test_large_blocks_do_not_overflow():
    label = np.zeros((32, 32), np.uint8)
    label[:15] = 7
    assert shrink_label(label, (1, 1)) == 0
    label[:17] = 7
    assert shrink_label(label, (1, 1)) == 7


def test_centres_are_those_of_the_exact_nearest_neighbour():
    label = RNG.integers(0, 34, (64, 128), 'uint8')
    for size in ((16, 32), (32, 32), (64, 128)):
        expected = cv2.resize(
            label, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT
        )
        made = shrink_label(label, size, by='nearest')
        np.testing.assert_array_equal(made, expected)
    thin = np.tile(np.arange(16, dtype=np.uint8), (4, 1))
    assert shrink_label(thin, (1, 4), by='nearest').tolist() == [
        [2, 6, 10, 14]
    ]


@pytest.mark.parametrize('shape, size', SIZES)
def test_images_are_means_rounded_half_up(shape, size):
    pixels = RNG.integers(0, 256, (*shape, 3), 'uint8')
    made = shrink_image(pixels, size)
    for y in range(size[0]):
        for x in range(size[1]):
            for channel in range(3):
                total, area = Fraction(0), Fraction(0)
                for place, inside in weights(shape, size, y, x):
                    total += inside * int(pixels[(*place, channel)])
                    area += inside
                expected = int(total / area + Fraction(1, 2))
                assert made[y, x, channel] == expected


def test_a_thin_line_does_not_vanish():
    pixels = np.zeros((4, 16, 3), np.uint8)
    pixels[:, 4] = 255
    assert shrink_image(pixels, (1, 4))[0, :, 0].tolist() == [0, 64, 0, 0]


def test_agrees_with_opencv():
    pixels = RNG.integers(0, 256, (64, 128, 3), 'uint8')
    expected = cv2.resize(pixels, (32, 16), interpolation=cv2.INTER_AREA)
    difference = shrink_image(pixels, (16, 32)).astype(int) - expected
    assert np.abs(difference).max() <= 1  # it rounds halves to even
    same = Image.fromarray(pixels).resize((128, 64), Image.Resampling.BOX)
    np.testing.assert_array_equal(shrink_image(pixels, (64, 128)), same)


@given(
    arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 2)),
    st.tuples(*[st.integers(1, 9)] * 2),
)
def test_nothing_is_lost_in_the_sums(values, size):
    made = area_sums(values, size)
    assert made.shape == size
    assert made.sum() == int(values.sum()) * size[0] * size[1]
    area = area_sums(np.ones_like(values), size)
    assert (area == values.size).all()
