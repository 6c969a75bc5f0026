import numpy as np
import pytest
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import CamVidDataset, DatasetFilesError
from segplug.labels.camvid import PALETTE

LOAD = [dict(type='LoadImageFromFile'), dict(type='LoadCheckedAnnotations')]


@pytest.fixture(params=['.png', '.jpg'])
def root(request, tmp_path):
    """A prepared data set of two images, PNG or JPEG."""
    for folder in ('images', 'labels', 'splits'):
        (tmp_path / folder).mkdir()
    for name in ('a', 'b'):
        pixels = np.full((6, 8, 3), ord(name), np.uint8)
        Image.fromarray(pixels).save(
            tmp_path / f'images/{name}{request.param}'
        )
        label = np.arange(48, dtype=np.uint8).reshape(6, 8) % 11
        label[0, 0] = 255
        Image.fromarray(label).save(tmp_path / f'labels/{name}.png')
    (tmp_path / 'splits/test.txt').write_text('b\na\n')
    return tmp_path


def build(root, **kwargs):
    config = dict(
        type='CamVidDataset',
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/test.txt',
        pipeline=LOAD,
    )
    return DATASETS.build({**config, **kwargs})


def test_samples_of_either_kind_of_image(root):
    dataset = build(root)
    assert len(dataset) == 2
    sample = dataset[0]
    assert (sample['img'] == ord('b')).all()
    assert sample['num_classes'] == 11
    labels = sample['gt_seg_map']
    assert labels[0].tolist() == [255, 1, 2, 3, 4, 5, 6, 7]


def test_classes_and_colours(root):
    meta = build(root).metainfo
    assert (len(meta['classes']), meta['classes'][10]) == (11, 'bicyclist')
    assert meta['palette'] == [list(colour) for colour in PALETTE]


def test_the_suffix_can_be_given(root):
    present = next((root / 'images').iterdir()).suffix
    assert len(build(root, img_suffix=present)) == 2
    other = {'.png': '.jpg', '.jpg': '.png'}[present]
    with pytest.raises(DatasetFilesError, match='2 files'):
        build(root, img_suffix=other)


def test_the_label_of_the_source_is_out_of_range(root):
    Image.fromarray(np.full((6, 8), 11, np.uint8)).save(root / 'labels/a.png')
    with pytest.raises(ValueError, match=r'a.png: 48 pixels .*\[11\]'):
        build(root)[1]


def test_absent_data_give_the_remedy(tmp_path):
    with pytest.raises(DatasetFilesError) as caught:
        build(tmp_path / 'nothing')
    message = str(caught.value)
    assert str(tmp_path / 'nothing') in message
    assert 'tools/prepare_data.py camvid --source' in message
    assert 'tools/make_synthetic.py camvid --out' in message


def test_no_images(root):
    for path in (root / 'images').iterdir():
        path.unlink()
    with pytest.raises(DatasetFilesError, match='2 files .* are missing'):
        build(root)


def test_defaults_are_the_layout_that_is_prepared():
    dataset = CamVidDataset(lazy_init=True)
    assert (dataset.img_suffix, dataset.seg_map_suffix) == (None, '.png')
    assert dataset.ignore_index == 255
    assert not dataset.reduce_zero_label
