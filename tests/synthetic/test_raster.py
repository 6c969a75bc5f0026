import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.synthetic import raster

SHAPE = (60, 80)


def full(patch, shape=SHAPE):
    image = np.zeros(shape, np.float32)
    if patch is not None:
        image[patch.window] = patch.coverage
    return image


def capsule_distance(a, b, shape=SHAPE):
    """Distance of every pixel centre to a segment, in float64."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    points = np.stack([x, y], axis=-1)
    line = b - a
    t = np.clip((points - a) @ line / (line @ line), 0, 1)
    return np.linalg.norm(points - a - t[..., None] * line, axis=-1)


coordinate = st.floats(-40, 110).map(lambda value: round(value, 2))


@settings(max_examples=60, deadline=None)
@given(coordinate, coordinate, coordinate, coordinate, st.floats(2, 20))
def test_tube_covers_what_lies_within_its_radius(ax, ay, bx, by, radius):
    a, b = np.array([ax, ay]), np.array([bx + 200 * (ax == bx), by])
    mask = full(raster.tube(SHAPE, np.stack([a, b]), np.full(2, radius)))
    distance = capsule_distance(a, b)
    # Sixteen chords lie up to 2 % of the radius inside the circle, and the
    # anti-aliased edge reaches about a pixel to both sides.
    assert (mask[distance < 0.98 * radius - 1.2] == 1).all()
    assert (mask[distance > radius + 1.7] == 0).all()


def test_tapered_tube_has_the_area_of_its_hull():
    centres = np.array([[20.0, 30.0], [60.0, 30.0]])
    mask = full(raster.tube(SHAPE, centres, np.array([12.0, 6.0])))
    lean = np.arcsin(6 / 40)
    sides = 18 * 40 * np.cos(lean)
    caps = 144 * (np.pi / 2 + lean) + 36 * (np.pi / 2 - lean)
    assert mask.sum() == pytest.approx(sides + caps, rel=0.05)


def test_box_covers_its_pixels_exactly_once():
    mask = full(raster.box(SHAPE, 10, 5, 30, 25))
    assert (mask[6:25, 11:30] == 1).all()
    assert mask[:4].max() == mask[:, 32:].max() == 0


def test_cutting_by_the_frame_does_not_change_what_is_inside():
    centres, radii = np.array([[5.0, 50.0], [70.0, -6.0]]), np.array([9, 14])
    small = full(raster.tube(SHAPE, centres, radii))
    shift = np.array([20.0, 20.0])
    large = full(raster.tube((100, 120), centres + shift, radii), (100, 120))
    inside = large[20:80, 20:100]
    # A vertex may round to the neighbouring sample: two of sixteen.
    np.testing.assert_allclose(small, inside, atol=0.13)
    assert np.abs(small - inside).mean() < 1e-3


def test_nothing_outside_of_the_image():
    centres = np.array([[-50.0, -50.0], [-20.0, -30.0]])
    assert raster.tube(SHAPE, centres, np.full(2, 5.0)) is None


def test_any_polygon_keeps_its_notch_and_the_hull_fills_it():
    notched = np.array([[10, 10], [50, 10], [50, 50], [30, 20], [10, 50]])
    assert full(raster.fill(SHAPE, [notched], convex=False))[40, 30] == 0
    assert full(raster.fill(SHAPE, [notched], convex=True))[40, 30] == 1


def test_ellipse_has_the_area_of_its_axes():
    axes = np.array([[20.0, 5.0], [0.0, 8.0]])
    mask = full(raster.ellipse(SHAPE, np.array([40.0, 30.0]), axes))
    assert mask.sum() == pytest.approx(np.pi * 160, rel=0.06)
