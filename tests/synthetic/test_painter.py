"""Faces on the canvas against rays cast through every pixel."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.synthetic import raster
from segplug.synthetic.canvas import Canvas
from segplug.synthetic.lighting import Light
from segplug.synthetic.models import cars, heavy
from segplug.synthetic.models.air import Air
from segplug.synthetic.models.camera import NEAR, Camera
from segplug.synthetic.models.faces import (
    Face,
    Model,
    Part,
    box,
    extrude,
    normals,
    quad,
)
from segplug.synthetic.models.painter import Painter, clip
from segplug.synthetic.solids import Studio
from segplug.synthetic.textures import NoiseField

SHAPE = (60, 80)
UP = np.array([0.0, 1.0, 0.0])
LIGHT = Light(UP, 0.5, 0.5, np.ones(3, np.float32))


def painter_at(camera):
    canvas = Canvas(np.zeros((*camera.shape, 3), np.float32))
    noise = NoiseField(np.random.default_rng(0))
    air = Air(np.ones(3, np.float32), 0.0)
    studio = Studio(camera.shape, LIGHT, noise)
    return Painter(canvas, camera, studio, air, {'none': 0, 'thing': 7})


def cast(camera, model):
    """Return which pixels see any face, by one ray through each."""
    height, width = camera.shape
    hit = np.zeros(camera.shape, bool)
    corners, start = model.corners(), 0
    for part in model.parts:
        for face in part.faces:
            count = len(face.points)
            points = camera.local(corners[start : start + count])
            start += count
            for k in range(1, count - 1):
                hit |= _triangle(camera, points[[0, k, k + 1]], height, width)
    return hit


def _triangle(camera, points, height, width):
    """Solve ray = barycentric combination of three corners."""
    y, x = np.mgrid[:height, :width].astype(float)
    rays = np.stack(
        [(x - (width - 1) / 2) / camera.focal,
         (camera.horizon - y) / camera.focal, np.ones_like(x)],
        axis=-1,
    )  # fmt: skip
    if abs(np.linalg.det(points)) < 1e-12:
        return np.zeros((height, width), bool)
    weights = rays @ np.linalg.inv(points)
    return (weights >= 0).all(axis=-1)


@pytest.mark.parametrize('heading', [0.0, 0.7, 2.5, -1.6])
@pytest.mark.parametrize('make', [cars.car, heavy.bus, heavy.truck,
                                  heavy.caravan])  # fmt: skip
def test_a_model_covers_the_pixels_whose_rays_hit_it(make, heading):
    camera = Camera(SHAPE, 70.0, 28.0, (0.5, 1.4, -2.0), 0.1)
    model = make(np.random.default_rng(1)).placed((1.0, 0, 13.0), heading)
    painter = painter_at(camera)
    painter.model(model, 'thing', 3)
    expected = cast(camera, model)
    found = painter.canvas.part == 7
    assert expected.sum() > 60
    # Coverage and the ray through the centre may differ at the rim.
    square = np.ones((3, 3), np.uint8)
    surely = cv2.erode(expected.astype(np.uint8), square) > 0
    maybe = cv2.dilate(expected.astype(np.uint8), square) > 0
    # Where three faces meet, none of them may cover half of a pixel.
    assert (surely & ~found).sum() <= 1
    assert not (found & ~maybe).any()
    assert (found ^ expected).sum() <= 0.2 * expected.sum()
    np.testing.assert_array_equal(painter.canvas.owner == 3, found)


def test_of_two_boxes_the_nearer_one_is_seen():
    camera = Camera(SHAPE, 70.0, 28.0, (0.0, 1.0, 0.0))
    red, blue = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    near = Part(box((-1, 0, 6), (1, 2, 7), red))
    far = Part(box((-1, 0, 9), (1, 2, 10), blue))
    for parts in ((near, far), (far, near)):
        painter = painter_at(camera)
        painter.model(Model(parts), 'thing')
        pixel = camera.project(camera.local(np.array([0.0, 1.0, 6.0])))
        x, y = np.rint(pixel).astype(int)
        rgb = painter.canvas.rgb[y, x]
        assert rgb[0] > 0.3 and rgb[2] == 0


def test_normals_point_out_of_boxes_and_profiles():
    profile = np.array([[-2.0, 0.3], [2, 0.3], [1.5, 1.5], [-2, 1.5]])
    bodies = (
        box((-1, 0, -2), (1, 1, 2), np.ones(3)),
        extrude(profile, np.full(4, 0.8), [np.ones(3)] * 4, np.ones(3)),
    )
    for faces in bodies:
        points = [f.points for f in faces]
        starts = np.cumsum([0] + [len(p) for p in points[:-1]])
        found = normals(np.concatenate(points), starts)
        centre = np.concatenate(points).mean(axis=0)
        for face, normal in zip(points, found):
            assert normal @ (face.mean(axis=0) - centre) > 0
            assert np.linalg.norm(normal) == pytest.approx(1)
            # It is perpendicular to every edge.
            np.testing.assert_allclose((face - face[0]) @ normal, 0,
                                       atol=1e-9)  # fmt: skip


def test_a_shader_is_told_metres_along_and_up():
    camera = Camera(SHAPE, 70.0, 28.0, (0.2, 1.3, 0.0), 0.15)
    told = {}

    def shader(along, up, size):
        told.update(along=along, up=up, size=size)
        return np.broadcast_to(np.float32(1), (*along.shape, 3)).copy()

    corner, wide, tall = np.array([-1.0, 0.2, 8.0]), 3.0, 2.0
    painter = painter_at(camera)
    painter.face(quad(corner, (wide, 0, 0.5), (0, tall, 0), shader), 'thing')
    along = np.array([wide, 0, 0.5]) / np.hypot(wide, 0.5)
    rows, columns = np.nonzero(painter.canvas.part == 7)
    top, left = rows.min(), columns.min()
    place = corner + 1.1 * along + 0.9 * UP
    pixel = camera.project(camera.local(place))
    column, row = np.rint(pixel).astype(int)
    # The window starts a pixel or more before the face.
    offsets = [(row - top + a, column - left + b)
               for a in range(3) for b in range(3)]  # fmt: skip
    near = [abs(told['along'][o] - 1.1) + abs(told['up'][o] - 0.9)
            for o in offsets]  # fmt: skip
    assert min(near) < 2 * told['size'].max()
    depth = camera.local(place)[2]
    assert told['size'].mean() == pytest.approx(depth / 70, rel=0.2)


def test_what_lies_behind_the_camera_is_cut_off():
    ahead = np.array([[0.0, 0, 2], [1, 0, 2], [1, 1, 2]])
    np.testing.assert_array_equal(clip(ahead), ahead)
    assert clip(ahead - [0, 0, 9]) is None
    crossing = np.array([[0.0, -1, -5], [0, -1, 5], [2, -1, 5], [2, -1, -5]])
    cut = clip(crossing)
    assert cut[:, 2].min() == pytest.approx(NEAR)
    assert set(np.round(cut[:, 0], 6)) == {0.0, 2.0}


def test_a_face_is_not_seen_from_behind_unless_it_has_two_sides():
    camera = Camera(SHAPE, 70.0, 28.0, (0.0, 1.0, 0.0))
    points = np.array([[-1.0, 0, 5], [1, 0, 5], [1, 2, 5], [-1, 2, 5]])
    for two_sided, seen in ((False, False), (True, True)):
        painter = painter_at(camera)
        face = Face(points[::-1], np.ones(3), two_sided=two_sided)
        painter.face(face, 'thing')
        assert (painter.canvas.part == 7).any() == seen


def test_haze_takes_the_share_of_the_law_of_extinction():
    air = Air(np.array([0.8, 0.8, 0.8], np.float32), 0.02)
    veiled = air.veil(np.zeros(3, np.float32), np.float32(50))
    np.testing.assert_allclose(veiled, 0.8 * (1 - np.exp(-1)), rtol=1e-5)


def test_a_halo_shows_only_while_its_lamp_does():
    camera = Camera(SHAPE, 70.0, 28.0, (0.0, 1.0, 0.0))
    painter = painter_at(camera)
    lamp = quad((-0.5, 1, 9), (1, 0, 0), (0, 1, 0), np.ones(3))
    painter.face(lamp, 'thing', 4)
    painter.glow((0, 1.5, 9), 0.5, np.ones(3), 'thing', 4)
    assert painter.glows[0].shows(painter.canvas)
    screen = quad((-2, 0, 5), (4, 0, 0), (0, 4, 0), np.ones(3))
    painter.face(screen, 'thing', 5)
    assert not painter.glows[0].shows(painter.canvas)


corner = st.floats(-50, 150, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(corner, corner), min_size=3, max_size=8))
def test_a_polygon_is_filled_as_by_the_general_routine(points):
    points = np.array(points)
    planes = []
    for patch in (
        raster.polygon(SHAPE, points),
        raster.fill(SHAPE, [points], convex=False),
    ):
        plane = np.zeros(SHAPE)
        if patch is not None:
            plane[patch.window] = patch.coverage
        planes.append(plane)
    # The two round vertices in different precision: a sample may flip.
    assert np.abs(planes[0] - planes[1]).max() <= 0.26
    assert np.abs(planes[0] - planes[1]).mean() < 0.004
