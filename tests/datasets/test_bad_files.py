import re

import numpy as np
import pytest
from mmseg.registry import DATASETS, TRANSFORMS
from PIL import Image
from torch.utils.data import DataLoader

from segplug.datasets import (
    ImageError,
    LabelError,
    LoadCheckedImage,
    TooManyBadFilesError,
)
from segplug.datasets.bad_files import BadFiles
from tests.engine import toy

LOAD = [
    dict(type='LoadCheckedImage'),
    dict(type='LoadCheckedAnnotations'),
    dict(type='PackSegInputs'),
]


def picture(path, size=(40, 30)):
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path


def load(path):
    return LoadCheckedImage().transform({'img_path': str(path)})


@pytest.mark.parametrize('suffix', ['.png', '.jpg', '.bmp'])
def test_whole_images_are_loaded_as_by_mmcv(tmp_path, suffix):
    path = picture(tmp_path / f'a{suffix}')
    host = TRANSFORMS.build(dict(type='LoadImageFromFile'))
    expected = host.transform({'img_path': str(path)})
    assert np.array_equal(load(path)['img'], expected['img'])


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
@pytest.mark.parametrize('share', [0.1, 0.5, 0.9, 0.99])
def test_images_cut_short_are_named(tmp_path, suffix, share):
    path = picture(tmp_path / f'a{suffix}')
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ImageError, match=f'{re.escape(str(path))}.*cut short'):
        load(path)


@pytest.mark.parametrize('content', [b'', b'no picture', None])
def test_other_files_are_named(tmp_path, content):
    if content is not None:
        (tmp_path / 'a.jpg').write_bytes(content)
    with pytest.raises(
        ImageError,
        match='a.jpg: (is no image|cannot be decoded|cannot be read)',
    ):
        load(tmp_path / 'a.jpg')


def dataset(root, **options):
    return DATASETS.build(
        dict(
            type='ToyDataset',
            data_root=str(root),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            img_suffix='.png',
            seg_map_suffix='.png',
            reduce_zero_label=False,
            pipeline=LOAD,
            **options,
        )
    )


@pytest.fixture
def damaged(tmp_path):
    """Ten samples, of which two are bad."""
    root = toy.draw(tmp_path / 'data')
    (root / 'images/3.png').write_bytes(b'no picture')
    Image.new('L', (24, 20), 77).save(root / 'labels/5.png')
    return root


def test_a_bad_file_stops_by_default(damaged):
    data = dataset(damaged)
    with pytest.raises(ImageError, match='3.png'):
        data[3]
    with pytest.raises(LabelError, match='5.png'):
        data[5]


@pytest.mark.parametrize('workers', [0, 2])
def test_allowed_ones_are_replaced_and_counted(damaged, workers):
    data = dataset(damaged, max_bad_files=2)
    loader = DataLoader(data, num_workers=workers, collate_fn=list)
    seen = [sample['data_samples'].img_path for [sample] in loader]
    assert len(seen) == 10
    bad = {str(damaged / f'images/{i}.png') for i in (3, 5)}
    assert not bad & set(seen)
    assert list(data.bad_files.indices()) == [3, 5]


def test_one_more_than_allowed_stops(damaged):
    data = dataset(damaged, max_bad_files=1)
    with pytest.raises(TooManyBadFilesError, match='2 files.*1 are allowed'):
        [data[i] for i in range(10)]


def test_a_test_set_never_goes_without(damaged):
    data = dataset(damaged, max_bad_files=5, test_mode=True)
    with pytest.raises(ImageError, match='3.png'):
        data[3]


def test_a_file_counts_once():
    bad = BadFiles(4, allowed=1)
    bad.add(2, ValueError())
    bad.add(2, ValueError())
    assert len(bad) == 1


def test_negative_numbers_are_refused(damaged):
    with pytest.raises(ValueError, match='max_bad_files'):
        dataset(damaged, max_bad_files=-1)
