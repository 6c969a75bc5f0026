"""What is advised when data are not where a config looks for them."""

import json

import pytest

from segplug.datasets import CamVidDataset
from segplug.datasets.checked import DatasetFilesError
from segplug.labels.pascal_person_part import CLASSES

USUAL = '--out data/camvid'
PREFIX = dict(img_path='images', seg_map_path='labels')


def refusal(root, ann_file='splits/train.txt'):
    with pytest.raises(DatasetFilesError) as caught:
        CamVidDataset(
            data_root=str(root),
            data_prefix=dict(PREFIX),
            ann_file=ann_file,
            pipeline=[],
        )
    return str(caught.value)


def prepare(root, classes):
    """Make what a prepared data set has, without any image."""
    for name in ('images', 'labels', 'splits'):
        (root / name).mkdir(parents=True)
    pixels = dict.fromkeys([*classes, 'ignore'], 0)
    manifest = {'splits': {'train': {'pixels': pixels}}}
    (root / 'manifest.json').write_text(json.dumps(manifest))


def test_a_root_that_is_not_there_is_where_data_are_prepared(tmp_path):
    assert f'--out {tmp_path}/gone' in refusal(tmp_path / 'gone')


def test_other_prepared_data_are_not_overwritten(tmp_path):
    prepare(tmp_path / 'parts', CLASSES)
    (tmp_path / 'parts/splits/train.txt').touch()
    told = refusal(tmp_path / 'parts')
    assert 'prepared with 7 classes' in told
    assert USUAL in told and f'--out {tmp_path}' not in told


def test_raw_data_are_not_overwritten(tmp_path):
    (tmp_path / 'raw/train').mkdir(parents=True)
    told = refusal(tmp_path / 'raw')
    assert f'no folder {tmp_path}/raw/images' in told
    assert USUAL in told and f'--out {tmp_path}' not in told


def test_a_mistyped_list_is_answered_with_those_there_are(tmp_path):
    prepare(tmp_path / 'camvid', CamVidDataset.METAINFO['classes'])
    for name in ('val', 'train'):
        (tmp_path / f'camvid/splits/{name}.txt').touch()
    told = refusal(tmp_path / 'camvid', 'splits/trian.txt')
    assert told.endswith('splits has: train.txt, val.txt.')
    assert 'prepare_data' not in told
