from dataclasses import replace

import numpy as np
import pytest

from segplug.synthetic.canvas import Canvas
from segplug.synthetic.lighting import sample_light
from segplug.synthetic.people.figure import figure_solids
from segplug.synthetic.people.parts import PART_ID, PART_NAMES
from segplug.synthetic.people.person import Person
from segplug.synthetic.people.skeleton import forward, rot_y, sample_body
from segplug.synthetic.people.wardrobe import sample_outfit
from segplug.synthetic.solids import Studio, View
from segplug.synthetic.textures import NoiseField

SHAPE = (240, 160)
FACE = ('leye', 'reye', 'lebrow', 'rebrow', 'mouth', 'nose')
APART = {f'{s}_elevation': 25.0 for s in 'lr'} | {
    f'{s}_abduction': 10.0 for s in 'lr'
}


@pytest.fixture(scope='module')
def outfit():
    drawn = sample_outfit(np.random.default_rng(5))
    return replace(
        drawn, hair='short', hat=None, bag=None, bottom='trousers',
        length=2.0, glasses=False, beard=False,
    )  # fmt: skip


def draw(outfit, yaw=0.0, pose=APART, seed=0):
    rng = np.random.default_rng(seed)
    studio = Studio(SHAPE, sample_light(rng, 'overcast'), NoiseField(rng))
    body = sample_body(np.random.default_rng(2))[0]
    skeleton = forward(body, pose).turned(rot_y(yaw))
    view = View(200.0, np.array([80.0, 115.0]), 4.0)
    canvas = Canvas(np.zeros((*SHAPE, 3)))
    for solid in figure_solids(Person(view, skeleton, body, outfit), rng):
        for layer in solid.layers(studio):
            canvas.paint(layer, 1)
    return canvas


def shown(canvas):
    ids = np.union1d(canvas.part, canvas.detail)
    return {PART_NAMES[i - 1] for i in ids if i}


def column(canvas, name):
    number = PART_ID[name]
    hit = (canvas.part == number) | (canvas.detail == number)
    return np.nonzero(hit)[1].mean()


def test_a_frontal_figure_shows_every_part(outfit):
    assert shown(draw(outfit)) == set(PART_NAMES)


@pytest.mark.parametrize('stem', ['eye', 'ebrow', 'ear', 'uarm', 'larm',
                                  'hand', 'uleg', 'lleg', 'foot'])  # fmt: skip
def test_left_is_at_the_right_of_a_frontal_view(outfit, stem):
    canvas = draw(outfit)
    assert column(canvas, f'l{stem}') > 80 > column(canvas, f'r{stem}')


@pytest.mark.parametrize('stem', ['uarm', 'larm', 'hand', 'uleg', 'lleg'])
def test_left_is_at_the_left_of_a_back_view(outfit, stem):
    canvas = draw(outfit, 180.0)
    assert column(canvas, f'l{stem}') < 80 < column(canvas, f'r{stem}')


def test_a_back_view_has_no_face_but_hair(outfit):
    names = shown(draw(outfit, 180.0))
    assert not names & set(FACE)
    assert {'hair', 'head', 'torso'} <= names


def test_the_near_arm_hides_the_far_one_in_a_side_view(outfit):
    canvas = draw(outfit, 90.0, {})
    near = np.count_nonzero(canvas.part == PART_ID['ruarm'])
    far = np.count_nonzero(canvas.part == PART_ID['luarm'])
    assert near > 5 * far


def test_details_lie_on_the_head(outfit):
    canvas = draw(outfit)
    on = canvas.part[canvas.detail > 0]
    assert on.size > 50
    assert set(on) == {PART_ID['head']}


def test_an_arm_before_the_trunk_is_drawn_in_front(outfit):
    folded = {'l_elevation': 30, 'l_azimuth': 70, 'l_twist': -58,
              'l_elbow': 108}  # fmt: skip
    front, back = draw(outfit, 0, folded), draw(outfit, 180, folded)
    lower = PART_ID['llarm']
    seen = np.count_nonzero(front.part == lower)
    assert seen > 3 * np.count_nonzero(back.part == lower)


@pytest.mark.parametrize('kind', ['skirt', 'dress', 'coat'])
def test_a_skirt_is_labelled_by_the_bones_below_it(outfit, kind):
    dressed = replace(outfit, bottom=kind, length=1.5, bottom_ease=0.02)
    canvas, plain = draw(dressed), draw(outfit)
    for name in ('luleg', 'ruleg', 'llleg', 'rlleg'):
        number = PART_ID[name]
        area = np.count_nonzero(canvas.part == number)
        assert area > 0.8 * np.count_nonzero(plain.part == number)
    assert column(canvas, 'luleg') > column(canvas, 'ruleg')


def test_a_bag_belongs_to_the_person_but_to_no_part(outfit):
    canvas = draw(replace(outfit, bag='backpack'), 180.0)
    bare = (canvas.owner == 1) & (canvas.part == 0)
    assert np.count_nonzero(bare) > 200


def test_clothes_do_not_change_where_limbs_begin(outfit):
    long = draw(replace(outfit, sleeve=2.0, ease=0.0))
    short = draw(replace(outfit, sleeve=0.2, ease=0.0))
    same = (long.part == short.part).mean()
    assert same > 0.995
    arm = np.isin(long.part, [PART_ID['luarm'], PART_ID['llarm']])
    assert np.abs(long.rgb - short.rgb)[arm].mean() > 0.02
