import numpy as np
import pytest
from mmseg.datasets import BDD100KDataset
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import (
    BDD100KFullDataset,
    CheckedBDD100KDataset,
    DatasetFilesError,
)
from segplug.labels import bdd100k as labels
from tests.prepared_data import write_manifest


def build(root, kind='BDD100KFullDataset', **kwargs):
    config = dict(
        type=kind,
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        pipeline=[dict(type='LoadCheckedAnnotations')],
    )
    return DATASETS.build({**config, **kwargs})


def write(root, classes):
    """Write one image whose label has every class."""
    label = np.arange(42, dtype=np.uint8).reshape(6, 7)
    label[label >= len(classes)] = 255
    for folder in ('images', 'labels'):
        (root / folder).mkdir(parents=True)
    Image.fromarray(label).save(root / 'labels/a.png')
    Image.fromarray(np.stack([label] * 3, 2)).save(root / 'images/a.jpg')
    write_manifest(root, {'a': label}, {'train': ['a']}, classes)
    return label


def test_the_names_are_those_of_the_report():
    dataset = BDD100KFullDataset(lazy_init=True)
    names = dataset.metainfo['classes']
    assert len(names) == 41
    by_id = {0: 'unlabeled', 7: 'road', 27: 'traffic sign frame', 40: 'truck'}
    assert {i: names[i] for i in by_id} == by_id
    assert len({tuple(c) for c in dataset.metainfo['palette']}) == 37


def test_the_40_classes(tmp_path):
    label = write(tmp_path, labels.ALL_CLASSES)
    dataset = build(tmp_path, num_classes=40)
    assert dataset.metainfo['classes'] == labels.ALL_CLASSES[1:]
    assert dataset.get_data_info(0)['num_classes'] == 40
    expected = np.where(label == 255, 255, label.astype(int) - 1) % 256
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'], expected)


def test_the_19_classes_are_those_of_mmsegmentation(tmp_path):
    write(tmp_path, labels.ALL_CLASSES)
    dataset = build(tmp_path, num_classes=19)
    theirs = BDD100KDataset.METAINFO
    assert dataset.metainfo['classes'] == theirs['classes']
    assert dataset.metainfo['palette'] == theirs['palette']
    made = dataset[0]['gt_seg_map']
    for number, name in enumerate(theirs['classes']):
        (where,) = zip(*np.nonzero(made == number))
        assert where[0] * 7 + where[1] == labels.ALL_CLASSES.index(name)
    assert (made == 255).sum() == 42 - 19


def test_official_masks_are_told_from_the_41_labels(tmp_path):
    label = write(tmp_path, labels.CLASSES)
    dataset = build(tmp_path, 'CheckedBDD100KDataset')
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'], label)
    for number in (41, 40, 19):
        with pytest.raises(DatasetFilesError, match='with 19 classes'):
            build(tmp_path, num_classes=number)
    write(tmp_path / 'full', labels.ALL_CLASSES)
    with pytest.raises(DatasetFilesError, match='with 41 classes'):
        build(tmp_path / 'full', 'CheckedBDD100KDataset')


def test_another_number_of_classes():
    with pytest.raises(ValueError, match='choose 41 or 40 or 19'):
        BDD100KFullDataset(num_classes=42, lazy_init=True)
    with pytest.raises(ValueError, match='not both'):
        BDD100KFullDataset(
            num_classes=40, metainfo=dict(classes=('car',)), lazy_init=True
        )


@pytest.mark.parametrize(
    'kind, root, options',
    [
        ('BDD100KFullDataset', 'data/bdd100k', ''),
        ('CheckedBDD100KDataset', 'data/bdd100k_19', '--classes 19 '),
    ],
)
def test_absent_data_give_both_roads(
    tmp_path, monkeypatch, kind, root, options
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatasetFilesError) as caught:
        build(root, kind)
    message = str(caught.value)
    assert 'make_synthetic.py bdd100k --out data/bdd100k_raw' in message
    assert message.count('prepare_data.py bdd100k --images') == 2
    assert message.endswith(f'{options}--out {root}')


def test_defaults_are_the_layout_that_is_prepared():
    for kind in (BDD100KFullDataset, CheckedBDD100KDataset):
        dataset = kind(lazy_init=True)
        assert (dataset.img_suffix, dataset.seg_map_suffix) == (
            *('.jpg', '.png'),
        )
        assert dataset.ignore_index == 255
