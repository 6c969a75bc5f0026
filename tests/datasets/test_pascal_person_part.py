import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import DatasetFilesError, PascalPersonPartDataset

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadCheckedAnnotations')]


@pytest.fixture
def root(tmp_path):
    """A prepared data set of two images."""
    for folder in ('images', 'labels', 'splits'):
        (tmp_path / folder).mkdir()
    for name in ('a', 'b'):
        pixels = np.zeros((6, 8, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f'images/{name}.jpg')
        label = np.arange(48, dtype=np.uint8).reshape(6, 8) % 7
        Image.fromarray(label).save(tmp_path / f'labels/{name}.png')
    (tmp_path / 'splits/train.txt').write_text('a\nb\n')
    return tmp_path


def build(root, **kwargs):
    config = dict(
        type='PascalPersonPartDataset',
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        pipeline=LOAD,
    )
    return DATASETS.build({**config, **kwargs})


def test_samples_and_meta(root):
    dataset = build(root)
    assert len(dataset) == 2
    assert dataset.metainfo['classes'][0] == 'background'
    assert len(dataset.metainfo['palette']) == 7
    sample = dataset[1]
    assert sample['img_path'].endswith('b.jpg')
    assert sample['gt_seg_map'].tolist()[0] == [0, 1, 2, 3, 4, 5, 6, 0]


def test_absent_data_give_both_roads(tmp_path):
    with pytest.raises(DatasetFilesError) as caught:
        build(tmp_path / 'nothing')
    message = str(caught.value)
    assert f'--out {tmp_path}/nothing\n' in message  # not the usual folder
    assert f'--parts {tmp_path}/nothing_raw' in message
    assert 'tools/prepare_data.py pascal_part' in message
    assert 'tools/make_synthetic.py pascal_part' in message


def test_absent_split_list(root):
    with pytest.raises(DatasetFilesError, match='no split list .*val.txt'):
        build(root, ann_file='splits/val.txt')


def test_empty_split(root):
    (root / 'splits/train.txt').write_text('')
    with pytest.raises(DatasetFilesError, match='train.txt names no image'):
        build(root)


def test_missing_files_are_counted_and_ten_are_named(root):
    names = [f'gone_{i:02d}' for i in range(12)]
    (root / 'splits/train.txt').write_text('\n'.join(['a', *names]))
    for name in names:
        (root / f'images/{name}.jpg').touch()
    with pytest.raises(DatasetFilesError) as caught:
        build(root)
    message = str(caught.value)
    assert '12 files' in message and '… and 2 more' in message
    assert 'gone_00.png' in message and 'gone_09.png' in message
    assert 'gone_10.png' not in message


def test_a_subset_of_classes_is_counted(root):
    dataset = build(root, metainfo=dict(classes=('head', 'torso')))
    assert dataset.get_data_info(0)['num_classes'] == 2
    labels = dataset[0]['gt_seg_map']
    assert set(np.unique(labels)) == {0, 1, 255}


def test_defaults_are_the_layout_that_is_prepared():
    dataset = PascalPersonPartDataset(lazy_init=True)
    assert (dataset.img_suffix, dataset.seg_map_suffix) == ('.jpg', '.png')
    assert dataset.ignore_index == 255
