import shutil
import signal

import numpy as np
import pytest
from mmseg.registry import METRICS

from segplug.fileio import sha256
from segplug.labels.cityscapes import CLASSES

from .official import times, tree, write_image
from .official_streets import (
    CITIES,
    CITY_NAMES,
    SHAPE,
    RawCityscapes,
    expected_city_label,
    read,
)
from .results import dataset, manifest
from .test_runner import killed_at, linux
from .test_shrink import by_hand


@pytest.fixture
def raw(tmp_path):
    return RawCityscapes(tmp_path)


@pytest.mark.parametrize('classes', [19, 30])
@pytest.mark.parametrize('size', [(4, 8), (8, 8), (5, 7)])
def test_reduced(raw, size, classes):
    options = '--size', f'{size[0]}x{size[1]}', '--classes', classes
    assert raw.run(*options) == 0
    for name in (CITY_NAMES[0], CITY_NAMES[6], CITY_NAMES[-1]):
        whole = expected_city_label(raw.ids[name], classes)
        made, _ = read(raw.out / f'labels/{name}.png')
        np.testing.assert_array_equal(made, by_hand(whole, size))
        small, mode = read(raw.out / f'images/{name}.png')
        assert (small.shape, mode) == ((*size, 3), 'RGB')
        if size == (4, 8):
            blocks = read(raw.image(name))[0].reshape(4, 4, 8, 4, 3)
            means = blocks.astype(float).mean((1, 3))
            np.testing.assert_array_equal(small, np.floor(means + 0.5))
    facts = manifest(raw.out)['files'][CITY_NAMES[0]]
    assert facts['source'] == sha256(raw.image(CITY_NAMES[0]))
    assert facts['image'] == sha256(raw.out / f'images/{CITY_NAMES[0]}.png')


def test_reduced_by_the_centre(raw):
    assert raw.run('--size', '4x8', '--labels-by', 'nearest') == 0
    for name, ids in raw.ids.items():
        made, _ = read(raw.out / f'labels/{name}.png')
        np.testing.assert_array_equal(
            made, expected_city_label(ids)[2::4, 2::4]
        )
    assert manifest(raw.out)['options'] == {
        **{'classes': 19, 'size': [4, 8], 'labels_by': 'nearest'}
    }


def test_a_changed_image_is_reduced_again(raw, capsys):
    raw.run('--size', '4x8')
    before = times(raw.out)
    assert raw.run('--size', '4x8') == 0
    assert times(raw.out) == before
    write_image(raw.image(CITY_NAMES[0]), SHAPE, seed=99)
    victim = raw.out / f'images/{CITY_NAMES[1]}.png'
    whole = victim.read_bytes()
    victim.write_bytes(b'x')
    assert raw.run('--size', '4x8') == 0
    assert '2 new or changed, 11 unchanged' in capsys.readouterr().out
    assert victim.read_bytes() == whole
    assert raw.run('--size', '8x8') == 0
    assert '13 new or changed' in capsys.readouterr().out


@pytest.mark.parametrize('workers', [2, 3])
def test_any_number_of_workers_gives_the_same(raw, tmp_path, workers):
    raw.run('--size', '4x8')
    again = tmp_path / 'data/again'
    raw.run('--size', '4x8', '--workers', workers, out=again)
    assert tree(again) == tree(raw.out)


def test_the_raw_labels_can_be_scored_without_preparing_them(raw):
    raw.run('--size', '4x8')
    metric = METRICS.build(
        dict(
            type='FullSizeMetric',
            label_dir=str(raw.root / 'gtFine'),
            label_suffix='_gtFine_labelIds.png',
            img_suffix='.png',
            ids='cityscapes',
        )
    )
    metric.dataset_meta = {'classes': CLASSES}
    for name in CITY_NAMES:
        np.testing.assert_array_equal(
            metric.label_of(str(raw.out / f'images/{name}.png')),
            expected_city_label(raw.ids[name]),
        )


@pytest.mark.parametrize('classes', [19, 30])
def test_the_dataset_finds_what_was_prepared(raw, classes):
    raw.run('--size', '4x8', '--classes', classes)
    samples = dataset(
        'DownsampledCityscapesDataset', raw.out, num_classes=classes
    )
    assert len(samples.metainfo['classes']) == classes
    assert len(samples) == len(CITIES['train'])
    for sample, name in zip(samples, CITIES['train'][:2]):
        assert sample['img'].shape == (4, 8, 3)
        expected = by_hand(expected_city_label(raw.ids[name], classes), (4, 8))
        np.testing.assert_array_equal(sample['gt_seg_map'], expected)


@linux
def test_killed_at_any_point_between_links_and_reduced_images(tmp_path):
    raw = RawCityscapes(
        tmp_path, {'train': ('a_1_1', 'a_2_1'), 'val': ('b_1_1',)}
    )
    options = '--size', '4x8'
    raw.run(*options)
    target = tree(raw.out)
    shutil.rmtree(raw.out)
    raw.run()
    before, sources = tree(raw.out), tree(raw.root)
    saved = tmp_path / 'saved'
    raw.out.rename(saved)
    for step in range(1000):
        shutil.copytree(saved, raw.out, symlinks=True)
        status = killed_at(step, raw, *options)
        for path in raw.out.glob('[il]*/[!.]*.png'):
            name = str(path.relative_to(raw.out))
            assert path.read_bytes() in (before[name], target[name])
        assert raw.run(*options) == 0
        assert tree(raw.out) == target
        shutil.rmtree(raw.out)
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert step > 10
    assert tree(raw.root) == sources
