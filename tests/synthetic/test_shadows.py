import numpy as np

from segplug.synthetic.canvas import Canvas
from segplug.synthetic.lighting import Light
from segplug.synthetic.shadows import cast_shadow, thrown


def light_from(x):
    direction = np.array([x, 1.0, 0.5])
    direction /= np.linalg.norm(direction)
    return Light(direction, 0.4, 0.7, np.ones(3, np.float32))


def post():
    """A post that stands on row 60 of an 80x100 image."""
    mask = np.zeros((80, 100), bool)
    mask[20:60, 48:52] = True
    return mask


def test_a_shadow_starts_at_the_foot_and_falls_away_from_the_light():
    for x, sign in ((0.8, -1), (-0.8, 1)):
        flat = thrown(post(), 60, 0.3, light_from(x))
        rows, columns = np.nonzero(flat > 0.5)
        assert rows.max() <= 61
        assert 60 - 0.3 * 40 - 3 < rows.min() < 60 - 0.3 * 40 + 3
        assert abs(columns[rows >= 59].mean() - 50) < 3
        tip = columns[rows <= rows.min() + 1].mean()
        assert sign * (tip - 50) > 4


def test_a_negative_squash_throws_it_toward_the_camera():
    flat = thrown(post(), 60, -0.3, light_from(0.0))
    rows, _ = np.nonzero(flat > 0.5)
    assert rows.min() >= 59 and rows.max() > 68


def test_objects_and_walls_stay_bright():
    canvas = Canvas(np.ones((80, 100, 3)))
    canvas.owner[post()] = 1
    canvas.owner[:, 70:] = 2
    rng = np.random.default_rng(0)
    for _ in range(5):
        cast_shadow(rng, canvas, light_from(0.8), 1, 60, 50)
    assert (canvas.rgb[:50] == 1).all()
    assert (canvas.rgb[canvas.owner > 0] == 1).all()
    assert canvas.rgb[50:].min() < 0.9
