import numpy as np
import pytest
from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS
from PIL import Image

from segplug.datasets import (
    DatasetFilesError,
    DownsampledCityscapesDataset,
)
from segplug.labels import cityscapes as labels
from tests.prepared_data import write_manifest

KINDS = {
    'DownsampledCityscapesDataset': 'data/cityscapes256',
    'PreparedCityscapesDataset': 'data/cityscapes',
}


def build(root, kind='DownsampledCityscapesDataset', **kwargs):
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
    label = np.arange(40, dtype=np.uint8).reshape(5, 8)
    label[label >= len(classes)] = 255
    for folder in ('images', 'labels'):
        (root / folder).mkdir(parents=True)
    Image.fromarray(label).save(root / 'labels/a.png')
    Image.fromarray(np.stack([label] * 3, 2)).save(root / 'images/a.png')
    write_manifest(root, {'a': label}, {'train': ['a']}, classes)
    return label


def test_classes_and_colours_are_those_of_mmsegmentation():
    dataset = DownsampledCityscapesDataset(lazy_init=True)
    theirs = CityscapesDataset.METAINFO
    assert dataset.metainfo['classes'] == theirs['classes']
    assert dataset.metainfo['palette'] == theirs['palette']


def test_the_thirty_classes():
    # The definitions page of the data set lists them by group: flat 4,
    # human 2, vehicle 8, construction 6, object 4, nature 2, sky 1, void 3.
    groups = [label.category for label in labels.ANNOTATED]
    sizes = {group: groups.count(group) for group in groups}
    assert sizes == {
        **dict(void=3, flat=4, construction=6, object=4, nature=2),
        **dict(sky=1, human=2, vehicle=8),
    }
    assert all(n.id == i + 4 for i, n in enumerate(labels.ANNOTATED))
    dataset = DownsampledCityscapesDataset(num_classes=30, lazy_init=True)
    assert dataset.metainfo['classes'] == labels.ANNOTATED_CLASSES
    assert len(dataset.metainfo['palette']) == 30
    assert dataset.label_map is None


@pytest.mark.parametrize('number', [19, 30])
def test_labels_are_read_as_they_were_prepared(tmp_path, number):
    classes = {19: labels.CLASSES, 30: labels.ANNOTATED_CLASSES}[number]
    label = write(tmp_path, classes)
    dataset = build(tmp_path, num_classes=number)
    np.testing.assert_array_equal(dataset[0]['gt_seg_map'], label)
    other = 49 - number
    with pytest.raises(DatasetFilesError) as caught:
        build(tmp_path, num_classes=other)
    assert f'prepared with {number} classes' in str(caught.value)
    assert f'with the {other} ' in str(caught.value)
    assert ('--classes 30' in str(caught.value)) == (other == 30)


def test_a_manifest_of_somebody_else_says_nothing(tmp_path):
    write(tmp_path, labels.CLASSES)
    for text in ('', '[]', '{}', '{"splits": {}}', '{"splits": {"a": 1}}'):
        (tmp_path / 'manifest.json').write_text(text)
        assert len(build(tmp_path)) == 1


def test_some_of_the_classes(tmp_path):
    write(tmp_path, labels.CLASSES)
    dataset = build(tmp_path, metainfo=dict(classes=('car', 'road')))
    assert set(np.unique(dataset[0]['gt_seg_map'])) == {0, 1, 255}
    with pytest.raises(ValueError, match='not both'):
        build(tmp_path, num_classes=30, metainfo=dict(classes=('car',)))


def test_another_number_of_classes():
    with pytest.raises(ValueError, match='num_classes=20; choose 19 or 30'):
        DownsampledCityscapesDataset(num_classes=20, lazy_init=True)


@pytest.mark.parametrize('kind', KINDS)
def test_absent_data_give_both_roads(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    root = KINDS[kind]
    with pytest.raises(DatasetFilesError) as caught:
        build(root, kind, num_classes=30)
    message = str(caught.value)
    assert 'make_synthetic.py cityscapes --out data/cityscapes_raw' in message
    assert message.count('prepare_data.py cityscapes --images') == 2
    assert message.count('--classes 30') == 2
    assert message.count('--size 256x512') == 2 * ('Down' in kind)
    assert message.endswith(f'--out {root}')
