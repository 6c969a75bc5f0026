import cv2
import numpy as np
import pytest

from segplug.labels.voc import CLASSES
from segplug.synthetic.canvas import Canvas
from segplug.synthetic.lighting import Light
from segplug.synthetic.models.air import Air
from segplug.synthetic.models.camera import Camera
from segplug.synthetic.models.painter import Painter
from segplug.synthetic.objects.cast import ROLES
from segplug.synthetic.objects.scene import object_scene
from segplug.synthetic.solids import Studio
from segplug.synthetic.textures import NoiseField

SHAPE = (75, 100)
KINDS = {name: number for number, name in enumerate(CLASSES)}
KINDS.update(rider=KINDS['person'], motorcycle=KINDS['motorbike'])


def test_there_is_a_role_for_every_class():
    assert set(ROLES) == set(CLASSES[1:])


def alone(name, seed):
    """Paint one object on green that no shadow can change in hue."""
    extent = ROLES[name].extent
    camera = Camera(SHAPE, 90.0, 30.0, (0.0, 0.5 * extent, 0.0))
    canvas = Canvas(np.zeros((*SHAPE, 3), np.float32))
    canvas.rgb[..., 1] = 0.5
    light = Light(np.array([0.5, 0.7, 0.5]), 0.6, 0.5,
                  np.ones(3, np.float32))  # fmt: skip
    noise = NoiseField(np.random.default_rng(0))
    air = Air(np.ones(3, np.float32), 0.0)
    painter = Painter(canvas, camera, Studio(SHAPE, light, noise), air, KINDS)
    rng = np.random.default_rng(seed)
    ROLES[name].draw(rng, painter, (0.0, 0.0, 2.2 * extent), 1.2)
    return canvas


@pytest.mark.parametrize('name', CLASSES[1:])
def test_the_picture_changes_where_the_label_is_and_nowhere_else(name):
    for seed in range(2):
        canvas = alone(name, seed)
        labelled = canvas.owner > 0
        assert labelled.sum() > 60
        # Shadows leave red and blue at nothing.
        changed = canvas.rgb[..., [0, 2]].max(axis=-1) > 0.004
        near = cv2.dilate(labelled.astype(np.uint8), np.ones((3, 3))) > 0
        assert not (changed & ~near).any()
        if name not in ('bicycle', 'motorbike'):  # Wheels show what is behind.
            assert (labelled & ~changed).sum() <= 0.02 * labelled.sum()
        kinds = set(np.unique(canvas.part[labelled]))
        riders = {KINDS['person']} if 'bi' in name or name == 'person' else ()
        assert KINDS[name] in kinds
        assert kinds <= {KINDS[name], *riders}


def test_scenes_are_consistent_and_depend_on_their_stream_alone():
    for name in ('car', 'cat', 'boat', 'bottle'):
        views = [
            object_scene(np.random.default_rng(4), SHAPE, name)
            for _ in range(2)
        ]
        for plane in ('image', 'labels', 'owner'):
            first, second = (getattr(v, plane) for v in views)
            np.testing.assert_array_equal(first, second)
        view = views[0]
        assert view.image.shape == (*SHAPE, 3)
        np.testing.assert_array_equal(view.owner > 0, view.labels > 0)


def test_easy_scenes_show_one_large_object():
    for seed, name in enumerate(('bus', 'dog', 'chair', 'sheep')):
        view = object_scene(
            np.random.default_rng(seed), SHAPE, name, easy=True
        )
        assert set(np.unique(view.labels)) == {0, CLASSES.index(name)}
        assert (view.labels > 0).mean() > 0.03


def test_an_unknown_class_is_an_error():
    with pytest.raises(KeyError, match='unicorn'):
        object_scene(np.random.default_rng(0), SHAPE, 'unicorn')
