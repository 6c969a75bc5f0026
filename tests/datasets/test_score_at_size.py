import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.registry import init_default_scope
from mmseg.datasets.transforms import Resize
from mmseg.registry import TRANSFORMS

from segplug.datasets import ScoreAtSize

SIDES = st.tuples(st.integers(1, 12), st.integers(1, 12))


def sample(label):
    image = np.zeros((*label.shape, 3), np.uint8)
    return dict(
        img=image,
        gt_seg_map=label,
        seg_fields=['gt_seg_map'],
        img_shape=label.shape,
        ori_shape=label.shape,
    )


@settings(max_examples=50, deadline=None)
@given(shape=SIDES, size=SIDES, seed=st.integers(0, 99))
def test_labels_are_those_of_training(shape, size, seed):
    """As MMSegmentation's Resize, which resizes them for training."""
    label = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    resize = Resize(scale=size[::-1], keep_ratio=False)
    expected = resize(sample(label.copy()))['gt_seg_map']
    results = ScoreAtSize(size=size)(sample(label))
    np.testing.assert_array_equal(results['gt_seg_map'], expected)
    assert results['gt_seg_map'].shape == results['ori_shape'] == size


def test_nearest_by_hand():
    label = np.array([[0, 1, 2, 3], [4, 5, 6, 255]], np.uint8)
    results = ScoreAtSize(size=(4, 2))(sample(label))
    expected = [[0, 2], [0, 2], [4, 6], [4, 6]]
    assert results['gt_seg_map'].tolist() == expected


def test_none_leaves_the_original_size():
    label = np.arange(12, dtype=np.uint8).reshape(3, 4)
    results = ScoreAtSize(size=None)(sample(label.copy()))
    np.testing.assert_array_equal(results['gt_seg_map'], label)
    assert results['ori_shape'] == (3, 4)


@pytest.mark.parametrize('size', [(256,), (0, 256), (256.0, 256), 'ab'])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match='height and width in px'):
        ScoreAtSize(size=size)


def test_it_is_registered():
    init_default_scope('mmseg')
    step = TRANSFORMS.build(dict(type='ScoreAtSize', size=[4, 5]))
    assert step.size == (4, 5)
