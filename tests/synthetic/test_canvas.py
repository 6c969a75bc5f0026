import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.synthetic.canvas import Canvas, Layer, grow
from segplug.synthetic.raster import Patch, box

SHAPE = (12, 16)
layer = st.tuples(
    st.integers(0, 11), st.integers(0, 15), st.integers(1, 12),
    st.integers(1, 16), st.sampled_from([0.2, 0.49, 0.5, 1.0]),
    st.integers(0, 24), st.integers(0, 3),
)  # fmt: skip


def paint(canvas, top, left, height, width, cover, part, owner, **kwargs):
    height, width = min(height, 12 - top), min(width, 16 - left)
    coverage = np.full((height, width), cover, np.float32)
    patch = Patch(top, left, coverage)
    rgb = np.full(3, part / 24, np.float32)
    canvas.paint(Layer(patch, rgb, part, **kwargs), owner)


@settings(max_examples=50, deadline=None)
@given(st.lists(layer, max_size=8))
def test_the_last_layer_that_covers_half_a_pixel_owns_it(layers):
    canvas = Canvas(np.zeros((*SHAPE, 3)))
    for values in layers:
        paint(canvas, *values)
    for y in range(12):
        for x in range(16):
            want, shade = (0, 0), 0.0
            for top, left, height, width, cover, part, owner in layers:
                if top <= y < top + height and left <= x < left + width:
                    shade += cover * (part / 24 - shade)
                    want = (part, owner) if cover >= 0.5 else want
            assert (canvas.part[y, x], canvas.owner[y, x]) == want
            np.testing.assert_allclose(canvas.rgb[y, x], shade, atol=1e-5)


def test_covering_a_detail_removes_it():
    canvas = Canvas(np.zeros((*SHAPE, 3)))
    paint(canvas, 0, 0, 12, 16, 1.0, 1, 1, detail=10)
    paint(canvas, 0, 0, 12, 8, 1.0, 11, 1)
    assert (canvas.detail[:, :8] == 0).all()
    assert (canvas.detail[:, 8:] == 10).all()


def test_contact_darkens_the_surroundings_only():
    canvas = Canvas(np.ones((40, 40, 3)))
    patch = box((40, 40), 10, 10, 20, 20)
    rgb = np.ones(3, np.float32)
    canvas.paint(Layer(patch, rgb, contact=0.5, reach=3), 1)
    assert canvas.rgb[15, 15, 0] == 1
    assert canvas.rgb[15, 22, 0] < 0.95
    assert canvas.rgb[15, 30, 0] == 1


def test_a_weld_fades_on_its_own_object_but_not_on_the_background():
    canvas = Canvas(np.zeros((40, 40, 3)))
    canvas.paint(Layer(box((40, 40), 0, 20, 39, 39), np.zeros(3)), 1)
    patch = box((40, 40), 10, 10, 30, 30)
    welds = np.array([[20.0, 20.0, 40.0, 5.0], [20.0, 20.0, 40.0, 0.0]])
    white = np.ones(3, np.float32)
    canvas.paint(Layer(patch, white, 7, reach=3, welds=welds), 1)
    assert canvas.rgb[11, 20, 0] == 1  # An edge on the background is sharp.
    assert canvas.rgb[29, 20, 0] < 0.5  # One on the same object fades.
    assert canvas.part[29, 20] == 7  # The label does not.


def test_growing_stops_at_the_border():
    patch = grow(Patch(1, 2, np.ones((3, 4), np.float32)), 4, (10, 20))
    assert (patch.top, patch.left, patch.coverage.shape) == (0, 0, (8, 10))
    assert patch.coverage.sum() == patch.coverage[1:4, 2:6].sum() == 12
