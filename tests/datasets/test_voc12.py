import numpy as np
import pytest
from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import CheckedPascalVOCDataset, DatasetFilesError
from segplug.labels.voc import CLASSES, PALETTE

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadCheckedAnnotations')]


@pytest.fixture
def root(tmp_path):
    """A prepared data set of two images."""
    for folder in ('images', 'labels', 'splits'):
        (tmp_path / folder).mkdir()
    for name in ('a', 'b'):
        pixels = np.full((6, 8, 3), ord(name), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f'images/{name}.jpg')
        label = np.arange(48, dtype=np.uint8).reshape(6, 8) % 21
        label[0, 0] = 255
        Image.fromarray(label).save(tmp_path / f'labels/{name}.png')
    (tmp_path / 'splits/val.txt').write_text('b\na\n')
    return tmp_path


def build(root, kind='CheckedPascalVOCDataset', **kwargs):
    config = dict(
        type=kind,
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/val.txt',
        pipeline=LOAD,
    )
    return DATASETS.build({**config, **kwargs})


def test_it_is_mmsegmentations_dataset(root):
    ours, theirs = build(root), build(root, 'PascalVOCDataset')
    assert isinstance(ours, PascalVOCDataset)
    assert ours.metainfo == theirs.metainfo
    assert tuple(ours.metainfo['classes']) == CLASSES
    assert ours.metainfo['palette'] == [list(colour) for colour in PALETTE]
    assert len(ours) == len(theirs) == 2
    for mine, other in zip(ours, theirs):
        assert mine['img_path'] == other['img_path']
        np.testing.assert_array_equal(mine['gt_seg_map'], other['gt_seg_map'])
    assert ours.get_data_info(0)['num_classes'] == 21


@pytest.mark.parametrize('lazy_init', [False, True])
def test_absent_data_give_the_remedy(tmp_path, lazy_init):
    with pytest.raises(DatasetFilesError) as caught:
        build(tmp_path / 'nothing', lazy_init=lazy_init)
    message = str(caught.value)
    assert str(tmp_path / 'nothing') in message
    assert 'tools/prepare_data.py voc12 --devkit' in message
    assert 'tools/make_synthetic.py voc12 --out' in message


def test_absent_list(root):
    with pytest.raises(DatasetFilesError, match='no split list .*aug.txt'):
        build(root, ann_file='splits/trainaug.txt')


def test_missing_label(root):
    (root / 'labels/a.png').unlink()
    with pytest.raises(DatasetFilesError, match='a.png'):
        build(root)


def test_label_out_of_range(root):
    Image.fromarray(np.full((6, 8), 21, np.uint8)).save(root / 'labels/b.png')
    with pytest.raises(ValueError, match=r'b.png: 48 pixels .*\[21\]'):
        build(root)[0]


def test_defaults_are_the_layout_that_is_prepared(root):
    dataset = CheckedPascalVOCDataset(
        ann_file=str(root / 'splits/val.txt'),
        data_prefix=dict(img_path=str(root / 'images')),
        lazy_init=True,
    )
    assert (dataset.img_suffix, dataset.seg_map_suffix) == ('.jpg', '.png')
    assert dataset.ignore_index == 255
    assert not dataset.reduce_zero_label
