import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from segplug.datasets import LabelError, LoadCheckedAnnotations

MAPS = hnp.arrays(
    np.uint8,
    st.tuples(st.integers(2, 9), st.integers(2, 9)),
    elements=st.integers(0, 6) | st.just(255),
)


def load(path, step=None, **facts):
    results = dict(
        seg_map_path=str(path),
        reduce_zero_label=False,
        label_map=None,
        seg_fields=[],
        num_classes=7,
        ignore_index=255,
    )
    results.update(facts)
    return (step or LoadCheckedAnnotations())(results)['gt_seg_map']


def save(path, array, palette=False):
    image = Image.fromarray(array)
    if palette:
        image.putpalette(np.random.default_rng(0).bytes(768))
    image.save(path)
    return path


@settings(max_examples=30, deadline=None)
@given(labels=MAPS, palette=st.booleans())
def test_valid_maps_load_as_in_mmsegmentation(
    tmp_path_factory, labels, palette
):
    path = tmp_path_factory.mktemp('maps') / 'a.png'
    save(path, labels, palette)
    loaded = load(path, ori_shape=labels.shape)
    assert loaded.dtype == np.uint8
    assert (loaded == labels).all()
    assert (loaded == load(path, LoadAnnotations())).all()


@pytest.mark.parametrize(
    ('array', 'mode'),
    [
        (np.zeros((4, 5, 3), np.uint8), 'RGB'),
        (np.zeros((4, 5, 4), np.uint8), 'RGBA'),
        (np.zeros((4, 5), bool), '1'),
        (np.full((4, 5), 26000, np.uint16), 'I;16'),
    ],
)
def test_other_modes_are_refused(tmp_path, array, mode):
    path = save(tmp_path / 'wrong.png', array)
    with pytest.raises(LabelError, match=f'wrong.png.* mode {mode}'):
        load(path)


def test_palette_through_opencv_is_named(tmp_path):
    path = save(tmp_path / 'p.png', np.zeros((4, 5), np.uint8), palette=True)
    with pytest.raises(LabelError, match='p.png'):
        load(path, LoadCheckedAnnotations(imdecode_backend='cv2'))


def test_size_must_be_the_images(tmp_path):
    path = save(tmp_path / 'small.png', np.zeros((4, 5), np.uint8))
    with pytest.raises(LabelError, match='small.png.*4×5.*8×10'):
        load(path, ori_shape=(8, 10))


def test_ids_out_of_range_are_counted_and_named(tmp_path):
    labels = np.array([[0, 7, 7], [38, 6, 255]], np.uint8)
    path = save(tmp_path / 'ids.png', labels)
    with pytest.raises(LabelError, match=r'ids.png: 3 pixels.*\[7, 38\]'):
        load(path)


def test_range_can_be_given_or_left_open(tmp_path):
    path = save(tmp_path / 'a.png', np.full((2, 2), 18, np.uint8))
    assert load(path, LoadCheckedAnnotations(num_classes=19)).max() == 18
    assert load(path, num_classes=None).max() == 18
    with pytest.raises(ValueError, match='got 300'):
        LoadCheckedAnnotations(num_classes=300)


def test_reduced_zero_label_is_checked_after_the_shift(tmp_path):
    path = save(tmp_path / 'a.png', np.array([[0, 7]], np.uint8))
    assert load(path, reduce_zero_label=True).tolist() == [[255, 6]]


@pytest.mark.parametrize('keep', [0, 20, 60])
def test_broken_files_are_named(tmp_path, keep):
    labels = np.random.default_rng(0).integers(0, 7, (64, 64))
    path = save(tmp_path / 'broken.png', labels.astype(np.uint8))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(LabelError, match='broken.png'):
        load(path)
