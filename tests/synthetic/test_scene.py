import numpy as np
import pytest

from segplug.synthetic.pascal_part import CLASS_INDEX
from segplug.synthetic.people.parts import PART_ID
from segplug.synthetic.scene import people_scene


@pytest.fixture(scope='module')
def scenes():
    return [people_scene(np.random.default_rng(i), (96, 128))
            for i in range(25)]  # fmt: skip


def test_labels_are_consistent(scenes):
    for scene in scenes:
        assert scene.image.shape == (96, 128, 3)
        assert scene.image.dtype == np.uint8
        assert set(scene.objects) <= set(CLASS_INDEX)
        assert scene.owner.max() <= len(scene.objects)
        people = [
            k for k, name in enumerate(scene.objects, 1) if name == 'person'
        ]
        assert people
        assert np.isin(scene.owner[scene.part > 0], people).all()
        assert (scene.part[scene.detail > 0] == PART_ID['head']).all()


def test_people_fill_about_a_quarter_of_the_pictures(scenes):
    share = np.mean([(scene.part > 0).mean() for scene in scenes])
    assert 0.1 < share < 0.4


def test_a_scene_depends_on_its_stream_alone(scenes):
    again = people_scene(np.random.default_rng(3), (96, 128))
    np.testing.assert_array_equal(again.image, scenes[3].image)
    np.testing.assert_array_equal(again.part, scenes[3].part)
    assert (scenes[3].image != scenes[4].image).mean() > 0.5


@pytest.mark.parametrize('shape', [(32, 32), (33, 47), (32, 150), (150, 32)])
def test_any_small_size_renders(shape):
    for seed in range(8):
        scene = people_scene(np.random.default_rng(seed), shape)
        assert scene.image.shape == (*shape, 3)
        assert scene.image.std() > 1


def test_easy_scenes_show_one_whole_person():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        scene = people_scene(rng, (96, 80), easy=True)
        assert scene.objects == ('person',)
        rows = np.flatnonzero((scene.owner == 1).any(1))
        assert len(rows) > 0.6 * 96
