import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.prepare.errors import BadItemError, OtherDatasetError
from segplug.prepare.part_masks import (
    paint_people,
    part_values,
    read_objects,
)

from .official import (
    PARTS,
    VALUES,
    brute_force,
    random_mask,
    random_objects,
    write_mat,
)

SHAPE = (12, 16)


def paint(path, neck='head', shape=SHAPE):
    return paint_people(read_objects(path), shape, neck=neck, path=path)


def box(left, right):
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, left:right] = 1
    return mask


def test_all_24_parts_have_a_class():
    assert part_values() == {**VALUES, 'neck': 1}
    assert part_values('torso') == {**VALUES, 'neck': 2}
    assert len(part_values()) == len(PARTS) == 24


def test_objects_are_read_as_written(tmp_path):
    written = random_objects(np.random.default_rng(5))
    write_mat(tmp_path / 'a.mat', written)
    read = read_objects(tmp_path / 'a.mat')
    assert [item.number for item in read] == [1, 2, 3, 4]
    for item, (name, mask, parts) in zip(read, written):
        assert item.name == name
        np.testing.assert_array_equal(item.mask, mask)
        assert [part.name for part in item.parts] == [n for n, _ in parts]
        for part, (_, part_mask) in zip(item.parts, parts):
            np.testing.assert_array_equal(part.mask, part_mask)


def test_golden_paint_order(tmp_path):
    # The second person covers the first, an arm the torso before it, the
    # lower arm the upper arm; the car does not count although it is last.
    first = [('head', box(0, 16)), ('torso', box(2, 16))]
    second = [
        ('torso', box(4, 14)),
        ('neck', box(5, 6)),
        ('luarm', box(6, 14)),
        ('llarm', box(8, 14)),
        ('ruleg', box(10, 14)),
        ('rlleg', box(12, 13)),
        ('reye', box(13, 14)),
    ]
    objects = [
        ('person', box(0, 16), first),
        ('person', box(4, 14), second),
        ('car', box(0, 16), [('wheel_1', box(0, 16))]),
    ]
    write_mat(tmp_path / 'a.mat', objects)
    golden = [0 + 1, 1, 2, 2, 2, 1, 3, 3, 4, 4, 5, 5, 6, 1, 2, 2]
    assert (paint(tmp_path / 'a.mat') == golden).all()
    golden[5] = 2
    assert (paint(tmp_path / 'a.mat', 'torso') == golden).all()
    write_mat(tmp_path / 'a.mat', objects[::-1])
    assert (paint(tmp_path / 'a.mat') == [1, 1, *[2] * 14]).all()


@settings(deadline=None)
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(0, 3),
    neck=st.sampled_from(['head', 'torso']),
)
def test_painting_equals_brute_force(tmp_path_factory, seed, people, neck):
    objects = random_objects(np.random.default_rng(seed), people=people)
    path = tmp_path_factory.mktemp('mat') / 'a.mat'
    write_mat(path, objects)
    label = paint(path, neck)
    assert label.dtype == np.uint8
    expected = brute_force(objects, {'head': 1, 'torso': 2}[neck])
    np.testing.assert_array_equal(label, expected)


def test_people_and_pictures_without_parts(tmp_path):
    person = ('person', box(0, 9), [])
    write_mat(tmp_path / 'a.mat', [person, ('boat', box(1, 2), [])])
    assert not paint(tmp_path / 'a.mat').any()
    write_mat(tmp_path / 'a.mat', [])
    assert read_objects(tmp_path / 'a.mat') == []
    assert not paint(tmp_path / 'a.mat').any()


def test_logical_masks(tmp_path):
    part = ('torso', box(0, 5).astype(bool))
    write_mat(tmp_path / 'a.mat', [('person', box(0, 9) * 1.0, [part])])
    assert (paint(tmp_path / 'a.mat') == box(0, 5) * 2).all()


def test_unknown_part_is_named(tmp_path):
    parts = [('head', box(0, 4)), ('tail', box(0, 4))]
    objects = [
        ('dog', box(0, 4), [('muzzle', box(0, 4))]),
        ('person', box(0, 4), parts),
    ]
    write_mat(tmp_path / 'a.mat', objects)
    with pytest.raises(BadItemError) as caught:
        paint(tmp_path / 'a.mat')
    assert (
        f"{tmp_path}/a.mat: object 2 (person), part 2: unknown part 'tail'"
    ) in str(caught.value)
    write_mat(tmp_path / 'a.mat', objects[:1])
    assert not paint(tmp_path / 'a.mat').any()


def test_masks_of_two_sizes(tmp_path):
    small = random_mask(np.random.default_rng(0), (11, 16))
    write_mat(
        tmp_path / 'a.mat',
        [
            ('boat', box(0, 4), []),
            ('person', box(0, 4), [('head', box(0, 4)), ('torso', small)]),
        ],
    )
    with pytest.raises(BadItemError, match='object 2.*torso.*11, 16.*12, 16'):
        read_objects(tmp_path / 'a.mat')
    write_mat(tmp_path / 'a.mat', [('boat', np.zeros((2, 2, 2)), [])])
    with pytest.raises(BadItemError, match='object 1.*2, 2, 2'):
        read_objects(tmp_path / 'a.mat')


OTHER = {
    'context': {'LabelMap': np.zeros((4, 4), np.uint16)},
    'boundaries': {'GTcls': np.zeros((4, 4))},
}


@pytest.mark.parametrize('name', OTHER)
def test_other_data_sets(tmp_path, name):
    scipy.io.savemat(tmp_path / 'a.mat', OTHER[name])
    words = {
        'context': 'PASCAL-Context.*trainval',
        'boundaries': 'holds GTcls',
    }
    with pytest.raises(OtherDatasetError, match=f'a.mat.*{words[name]}'):
        read_objects(tmp_path / 'a.mat')


@pytest.mark.parametrize(
    'anno',
    [
        np.zeros((0, 0)),
        np.zeros((3, 3)),
        'text',
        {'imname': 'a'},
        {'imname': 'a', 'objects': np.ones((1, 2))},
        {'imname': 'a', 'objects': 'text'},
        {'imname': 'a', 'objects': {'class': 'person', 'mask': 1}},
        {'imname': 'a', 'objects': {'class': '', 'mask': 1, 'parts': []}},
        {
            'imname': 'a',
            'objects': {'class': 'person', 'mask': 1, 'parts': 'text'},
        },
    ],
    ids=range(9),
)
def test_other_structures(tmp_path, anno):
    scipy.io.savemat(tmp_path / 'a.mat', {'anno': anno})
    with pytest.raises(BadItemError, match="a.mat: its variable 'anno'"):
        read_objects(tmp_path / 'a.mat')


def test_sparse_mask(tmp_path):
    sparse = scipy.sparse.csc_matrix(box(0, 4).astype(float))
    write_mat(tmp_path / 'a.mat', [('boat', sparse, [])])
    with pytest.raises(BadItemError, match='a.mat: object 1'):
        read_objects(tmp_path / 'a.mat')
