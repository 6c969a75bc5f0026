import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from segplug.evaluation import FullSizeMetric, cityscapes
from segplug.evaluation.full_size_metric import FullSizeLabelError
from segplug.evaluation.label_files import LabelFileError
from segplug.labels.cityscapes import ANNOTATED_CLASSES, CLASSES

from . import scenes

SUFFIXES = {
    'label_suffix': '_gtFine_labelIds.png',
    'img_suffix': '_leftImg8bit.png',
}


@pytest.fixture
def case(tmp_path):
    """Return logits at a quarter of the size, and the full-size label ids."""
    rng = np.random.default_rng(0)
    label = scenes.scene(rng, (64, 128), 34, 40)
    folder = tmp_path / 'gtFine' / 'ulm'
    folder.mkdir(parents=True)
    Image.fromarray(label).save(folder / 'ulm_1_gtFine_labelIds.png')
    logits = torch.from_numpy(rng.normal(size=(19, 16, 32)))
    sample = {
        'img_path': 'small/ulm_1_leftImg8bit.png',
        'seg_logits': {'data': logits},
        'pred_sem_seg': {'data': logits.argmax(0, keepdim=True)},
    }
    return tmp_path, sample, label


def build(folder, **options):
    metric = FullSizeMetric(
        label_dir=folder, ids='cityscapes', **SUFFIXES, **options
    )
    metric.dataset_meta = {'classes': CLASSES}
    return metric


def truth_of(folder, image, classes):
    metric = build(folder)
    metric.dataset_meta = {'classes': classes}
    return metric.label_of(image)


def test_label_ids_become_the_classes_of_the_data_set(case):
    folder, sample, label = case
    path = sample['img_path']
    expected = np.full(label.shape, 255)
    expected[label >= 4] = label[label >= 4] - 4
    thirty = truth_of(folder, path, ANNOTATED_CLASSES)
    np.testing.assert_array_equal(thirty, expected)
    nineteen = truth_of(folder, path, CLASSES)
    np.testing.assert_array_equal(nineteen, cityscapes.label_table()[label])
    with pytest.raises(FullSizeLabelError, match='19 or 30 .* not for 7'):
        truth_of(folder, path, CLASSES[:7])


@pytest.mark.parametrize('classes', [CLASSES, ANNOTATED_CLASSES])
def test_labels_prepared_with_other_classes_are_refused(tmp_path, classes):
    """They would all be valid numbers of the 30."""
    (tmp_path / 'labels').mkdir()
    label = np.full((4, 8), 3, np.uint8)
    Image.fromarray(label).save(tmp_path / 'labels/a.png')
    pixels = dict.fromkeys([*CLASSES, 'ignore'], 0)
    content = {'splits': {'val': {'pixels': pixels}}}
    (tmp_path / 'manifest.json').write_text(json.dumps(content))
    metric = FullSizeMetric(
        label_dir=tmp_path / 'labels', label_suffix='.png', img_suffix='.png'
    )
    metric.dataset_meta = {'classes': classes}
    if classes == CLASSES:
        np.testing.assert_array_equal(metric.label_of('x/a.png'), label)
        return
    with pytest.raises(
        FullSizeLabelError, match='19 classes, not with the 30'
    ):
        metric.label_of('x/a.png')


def test_enlarges_the_logits_before_the_argmax(case):
    folder, sample, label = case
    metric = build(folder)
    metric.process(None, [sample])
    scores = metric.evaluate(1)
    assert 'full_size/mIoU' in scores
    logits = sample['seg_logits']['data'][None].float()
    large = functional.interpolate(
        logits, (64, 128), mode='bilinear', align_corners=False
    )[0].argmax(0)
    truth = cityscapes.label_table()[label]
    expected = scenes.confusion(large.numpy(), truth, 19)
    np.testing.assert_array_equal(metric.result.matrix, expected)
    small = sample['pred_sem_seg']['data'][0].numpy().repeat(4, 0).repeat(4, 1)
    other = scenes.confusion(small, truth, 19)
    assert not np.array_equal(metric.result.matrix, other)


def test_names_the_missing_label(case):
    folder, sample, _ = case
    sample['img_path'] = 'small/ulm_2_leftImg8bit.png'
    with pytest.raises(FullSizeLabelError, match='no label ulm_2_gtFine'):
        build(folder).process(None, [sample])


def test_labels_of_equal_names_are_told_apart_by_subfolders(case):
    folder, sample, label = case
    other = folder / 'gtFine' / 'bonn' / 'ulm_1_gtFine_labelIds.png'
    other.parent.mkdir()
    Image.fromarray(label[::-1].copy()).save(other)
    metric, table = build(folder / 'gtFine'), cityscapes.label_table()
    for city, ids in (('ulm', label), ('bonn', label[::-1])):
        found = metric.label_of(f'small/{city}/ulm_1_leftImg8bit.png')
        np.testing.assert_array_equal(found, table[ids])
    with pytest.raises(FullSizeLabelError, match='could be .* or '):
        metric.process(None, [sample])


def test_refuses_logits_that_are_not_the_predictions(case):
    folder, sample, _ = case
    sample['pred_sem_seg']['data'] = sample['pred_sem_seg']['data'].flip(-1)
    with pytest.raises(FullSizeLabelError, match='test-time augmentation'):
        build(folder).process(None, [sample])


def test_refuses_labels_in_colour(case):
    folder, sample, label = case
    path = folder / 'gtFine' / 'ulm' / 'ulm_1_gtFine_labelIds.png'
    Image.fromarray(np.stack([label] * 3, -1)).save(path)
    with pytest.raises(LabelFileError, match='mode RGB'):
        build(folder).process(None, [sample])


def test_refuses_unknown_ids(tmp_path):
    with pytest.raises(ValueError, match="'cityscapes'"):
        FullSizeMetric(label_dir=tmp_path, ids='coco', **SUFFIXES)
