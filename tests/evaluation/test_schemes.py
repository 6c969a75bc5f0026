from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.datasets import BDD100KFullDataset, CamVidDataset
from segplug.evaluation.schemes import UnknownDatasetError, scheme
from segplug.labels import bdd100k, cityscapes


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
    np.testing.assert_array_equal(found.label_table, np.arange(256))
    assert scheme('camvid', 11).classes == scheme('camvid').classes


@pytest.mark.parametrize('classes', [19, 40])
def test_forms_read_the_label_files_as_their_data_set_does(classes, tmp_path):
    """All 41 values of BDD100K, once through MMSegmentation's loading."""
    values = np.arange(41, dtype=np.uint8)[None].repeat(2, axis=0)
    for name, pixels in (
        ('images', np.stack([values] * 3, 2)),
        ('labels', values),
    ):
        (tmp_path / name).mkdir()
        Image.fromarray(pixels).save(tmp_path / f'{name}/a.png')
    dataset = BDD100KFullDataset(
        data_root=str(tmp_path),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        img_suffix='.png',
        num_classes=classes,
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
        ],
    )
    files = scheme('bdd100kfull', classes)
    np.testing.assert_array_equal(
        files.label_table[values], dataset[0]['gt_seg_map']
    )
    assert len(files.classes) == classes
    assert len(files.label_classes) == 41


@pytest.mark.parametrize(
    ('name', 'prepared', 'found', 'classes'),
    [
        ('bdd100k', bdd100k.ALL_CLASSES, 'BDD100KFullDataset', 41),
        ('cityscapes', cityscapes.CLASSES, 'PreparedCityscapesDataset', 19),
        ('camvid', CamVidDataset.METAINFO['classes'], 'CamVidDataset', 11),
    ],
)
def test_names_of_prepared_folders_come_first_for_their_labels(
    name, prepared, found, classes
):
    files = scheme(name, prepared=prepared)
    assert files.name == found
    assert len(files.classes) == classes


def test_labels_prepared_with_other_classes_are_refused():
    told = 'prepared with 11 classes .* not with the 7 .* PascalPersonPart'
    prepared = CamVidDataset.METAINFO['classes']
    with pytest.raises(UnknownDatasetError, match=told):
        scheme('pascal_part', prepared=prepared)


@pytest.mark.parametrize('form', [40, 19])
def test_forms_renumber_the_labels_as_the_dataset_does(form):
    """Label files hold 0 to 40; predictions the form's own numbers."""
    found = scheme('bdd100kfull', form)
    assert len(found.classes) == len(found.palette) == form
    wanted = np.arange(256)
    for value, label in enumerate(bdd100k.LABELS):
        number = label.train_id if form == 19 else (value or 256) - 1
        wanted[value] = number
        if number != 255:
            assert found.classes[number] == label.name
    np.testing.assert_array_equal(found.label_table, wanted)
    np.testing.assert_array_equal(found.pred_table, np.arange(256))


def test_label_ids_of_the_30_annotated_classes():
    found = scheme('cityscapes_ids', 30)
    assert scheme('cityscapes_ids', 19).classes[0] == 'road'
    for label in cityscapes.LABELS:
        number = label.id - 4 if label.id >= 4 else 255
        assert found.label_table[label.id] == number
        assert found.pred_table[label.id] == number
        assert number == 255 or found.classes[number] == label.name
    assert len(found.palette) == 30 and found.groups is None
    assert (found.label_table[34], found.pred_table[34]) == (254, 255)


@pytest.mark.parametrize(
    ('name', 'message'),
    [
        ('preparedcityscapes', 'no form of 5 classes'),
        ('cityscapes_ids', 'no form of 5 classes'),
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
