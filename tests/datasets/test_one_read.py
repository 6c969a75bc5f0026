"""Images and labels are checked and decoded from one reading of the file."""

import builtins
import collections
import pickle
from concurrent.futures import ThreadPoolExecutor

import mmengine.fileio as fileio
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from mmengine.fileio import LocalBackend, register_backend
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from segplug.datasets import (
    ImageError,
    LabelError,
    LoadCheckedAnnotations,
    LoadCheckedImage,
)


class CountedBackend(LocalBackend):
    """Another storage than the local one."""


register_backend('counted', CountedBackend, force=True)


@pytest.fixture
def files(tmp_path):
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (6, 9, 3), np.uint8)
    Image.fromarray(image).save(tmp_path / 'image.png')
    Image.fromarray(image).save(tmp_path / 'image.jpg')
    label = random.integers(0, 7, (6, 9)).astype(np.uint8)
    Image.fromarray(label).save(tmp_path / 'label.png')
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    """Count how often each file is opened, by whichever library."""
    counts = collections.Counter()
    original = builtins.open

    def count(file, *args, **kwargs):
        counts[str(file)] += 1
        return original(file, *args, **kwargs)

    monkeypatch.setattr(builtins, 'open', count)
    return counts


def sample(folder, image='image.png'):
    return dict(
        img_path=str(folder / image),
        seg_map_path=str(folder / 'label.png'),
        reduce_zero_label=False,
        label_map=None,
        seg_fields=[],
        num_classes=7,
    )


def load(steps, results):
    for step in steps:
        results = step(results)
    return results


@pytest.mark.parametrize('image', ['image.png', 'image.jpg'])
@pytest.mark.parametrize('backend', [None, dict(backend='counted')])
def test_each_file_is_opened_once(files, opened, image, backend):
    steps = [
        LoadCheckedImage(backend_args=backend),
        LoadCheckedAnnotations(backend_args=backend),
    ]
    results = load(steps, sample(files, image))
    assert opened[results['img_path']] == opened[results['seg_map_path']] == 1
    load(steps, sample(files, image))
    assert set(opened.values()) == {2}
    assert [step.backend_args for step in steps] == [backend, backend]


@pytest.mark.parametrize('image', ['image.png', 'image.jpg'])
@pytest.mark.parametrize(
    'options',
    [
        {},
        dict(to_float32=True),
        dict(color_type='grayscale'),
        dict(imdecode_backend='pillow'),
    ],
)
def test_the_result_is_the_hosts(files, image, options):
    ours = load(
        [LoadCheckedImage(**options), LoadCheckedAnnotations()],
        sample(files, image),
    )
    theirs = load(
        [LoadImageFromFile(**options), LoadAnnotations()],
        sample(files, image),
    )
    assert list(ours) == list(theirs)
    for key, value in theirs.items():
        np.testing.assert_array_equal(ours[key], value)
        assert type(ours[key]) is type(value)
    assert ours['img'].dtype == theirs['img'].dtype


def test_a_bad_file_leaves_the_steps_as_they_were(files):
    """The next good one is read from the disk, not from what was held."""
    (files / 'bad.png').write_bytes(b'none')
    image, label = LoadCheckedImage(), LoadCheckedAnnotations()
    first = load([image, label], sample(files))
    with pytest.raises(ImageError, match='bad.png'):
        image(sample(files, 'bad.png'))
    with pytest.raises(LabelError, match='bad.png'):
        label({**sample(files), 'seg_map_path': str(files / 'bad.png')})
    again = load([image, label], sample(files))
    np.testing.assert_array_equal(again['img'], first['img'])
    np.testing.assert_array_equal(again['gt_seg_map'], first['gt_seg_map'])


def test_steps_go_to_other_processes(files):
    step = LoadCheckedImage(backend_args=dict(backend='local'))
    copy = pickle.loads(pickle.dumps(step))
    first, second = step(sample(files)), copy(sample(files))
    np.testing.assert_array_equal(first['img'], second['img'])
    assert fileio.get(str(files / 'image.png'))[1:4] == b'PNG'


def test_one_step_serves_several_threads(tmp_path):
    names = [str(tmp_path / f'{number}.png') for number in range(8)]
    for number, name in enumerate(names):
        Image.new('RGB', (8, 6), (number, 0, 0)).save(name)
    step = LoadCheckedImage()

    def red(name):
        return int(step(dict(img_path=name))['img'][0, 0, 2])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(red, names * 40))
    assert found == [*range(8)] * 40
