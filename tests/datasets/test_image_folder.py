from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import (
    ImageError,
    ImageFolderDataset,
    ImageFolderError,
)

CONFIGS = Path(__file__).parents[2] / 'configs'


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 5, 3), np.uint8)).save(path)


@pytest.fixture
def root(tmp_path):
    for name in ('train/dog/b.png', 'train/cat/a.jpg', 'train/cat/x/c.PNG'):
        write(tmp_path / name)
    for name in ('train/owl/d.png', 'val/owl/e.png', 'val/dog/f.png'):
        write(tmp_path / name)
    (tmp_path / 'train/cat/readme.txt').touch()
    (tmp_path / 'train/cat/.hidden.png').touch()
    (tmp_path / 'train/.cache').mkdir()
    return tmp_path


def listed(dataset):
    folder = dataset.folder
    return {
        sample['img_path'][len(str(folder)) + 1 :]: sample['gt_label']
        for sample in map(dataset.get_data_info, range(len(dataset)))
    }


def test_classes_are_the_folders_in_order(root):
    dataset = ImageFolderDataset(str(root))
    assert dataset.metainfo['classes'] == ('cat', 'dog', 'owl')
    expected = {'cat/a.jpg': 0, 'cat/x/c.PNG': 0, 'dog/b.png': 1}
    assert listed(dataset) == {**expected, 'owl/d.png': 2}


def test_a_class_that_validation_lacks_shifts_no_other(root):
    config = dict(type='ImageFolderDataset', data_root=str(root), split='val')
    dataset = DATASETS.build(config)
    assert listed(dataset) == {'dog/f.png': 1, 'owl/e.png': 2}


def test_images_are_loaded(root):
    pipeline = [dict(type='LoadImageFromFile')]
    dataset = ImageFolderDataset(str(root), pipeline=pipeline)
    assert dataset[1]['img'].shape == (4, 5, 3)


def test_a_damaged_image_is_named(root):
    fragment = CONFIGS / '_base_/datasets/pretrain.py'
    pipeline = Config.fromfile(fragment).train_pipeline[:1]
    (root / 'train/dog/b.png').write_bytes(b'\x89PNG none')
    dataset = ImageFolderDataset(str(root), pipeline=pipeline)
    assert dataset[0]['img'].shape == (4, 5, 3)
    with pytest.raises(ImageError, match='dog/b.png'):
        dataset[2]


@pytest.mark.parametrize(
    ('change', 'options', 'message'),
    [
        (lambda root: None, dict(split='test'), 'no folder .*test'),
        (lambda root: None, dict(num_classes=2), 'has 3 folders'),
        (lambda root: None, dict(classes_of='train/cat'), 'has 1 folders'),
        (lambda root: (root / 'train/ant').mkdir(), {}, 'ant has no image'),
        (
            lambda root: write(root / 'val/ant/a.png'),
            dict(split='val'),
            'val/ant is of a class that the training images do not have',
        ),
    ],
)
def test_bad_folders(root, change, options, message):
    change(root)
    with pytest.raises(ImageFolderError, match=message):
        ImageFolderDataset(str(root), **options)
