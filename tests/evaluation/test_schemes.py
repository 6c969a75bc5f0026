from pathlib import Path

import numpy as np
import pytest

from segplug.evaluation.schemes import UnknownDatasetError, scheme


@pytest.mark.parametrize(
    'name', ['CityscapesDataset', 'cityscapes', 'Cityscapes_Dataset']
)
def test_finds_registered_data_sets(name):
    found = scheme(name)
    assert found.name == 'CityscapesDataset'
    assert found.classes[0] == 'road'
    assert found.label_suffix == '_gtFine_labelTrainIds.png'
    np.testing.assert_array_equal(found.label_table, np.arange(256))


@pytest.mark.parametrize(
    'file',
    [
        'ulm_1_leftImg8bit.png',
        'ulm_1_gtFine_labelIds.png',
        'ulm_1.png',
    ],
)
def test_images_labels_and_predictions_share_a_key(file):
    assert scheme('cityscapes_ids').key(Path('any') / file) == 'ulm_1'


def test_zero_label_is_reduced_in_both():
    found = scheme('ade20k')
    assert found.label_table[[0, 1, 150, 255]].tolist() == [255, 0, 149, 255]
    assert found.pred_table[[0, 1, 150]].tolist() == [255, 0, 149]


def test_cityscapes_ids_follow_the_official_table():
    labels = pytest.importorskip('cityscapesscripts.helpers.labels').labels
    found = scheme('cityscapes_ids')
    for label in labels:
        if label.id >= 0:
            assert found.label_table[label.id] == label.trainId
        if not label.ignoreInEval:
            assert found.classes[label.trainId] == label.name
            assert label.name in found.groups[label.category]
    assert found.label_table[34] == 254


def test_data_sets_have_forms():
    assert len(scheme('preparedcityscapes').classes) == 19
    found = scheme('preparedcityscapes', 30)
    assert found.classes[3] == 'road'
    assert len(found.classes) == len(found.palette) == 30
    assert len(scheme('bdd100kfull', 40).classes) == 40
    assert scheme('camvid', 11).classes == scheme('camvid').classes


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('preparedcityscapes', 'no form of 5 classes'),
        ('pascalpersonpart', 'one form, of 7 classes; leave --num-classes'),
        ('camvid', 'one form, of 11 classes'),
    ],
)
def test_refuses_forms_that_do_not_exist(name, message):
    with pytest.raises(UnknownDatasetError, match=message):
        scheme(name, 5)


def test_lists_what_there_is():
    with pytest.raises(UnknownDatasetError, match='pascalpersonpart'):
        scheme('cityscape')


@pytest.mark.parametrize(
    ('folder', 'name'),
    [
        ('pascal_part', 'PascalPersonPartDataset'),
        ('cityscapes256', 'DownsampledCityscapesDataset'),
        ('voc12', 'CheckedPascalVOCDataset'),
        ('bdd100k', 'BDD100KDataset'),  # a registered name comes first
    ],
)
def test_names_of_prepared_folders(folder, name):
    assert scheme(folder).name == name
