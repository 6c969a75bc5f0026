import logging

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.logging import MMLogger
from mmengine.structures import PixelData
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample
from PIL import Image

from segplug.errors import SegplugError
from segplug.evaluation import ConfusionMatrixMetric, predictions
from segplug.evaluation.accumulating_metric import SampleError
from segplug.evaluation.predictions import output_name

from . import scenes

CLASSES = 5


def metric(**options):
    built = ConfusionMatrixMetric(**options)
    built.dataset_meta = {'classes': scenes.class_names(CLASSES)}
    return built


@pytest.fixture
def log(caplog):
    """Return the log of the current MMEngine logger."""
    logger = MMLogger.get_instance('evaluation-test')
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, logger.name)
    yield caplog
    logger.removeHandler(caplog.handler)


def test_scores_what_mmengine_hands_over():
    pred, label = scenes.pair(0)
    data = SegDataSample(metainfo={'img_path': 'a.png', 'ori_shape': (24, 31)})
    data.pred_sem_seg = PixelData(data=torch.from_numpy(pred)[None].long())
    data.gt_sem_seg = PixelData(data=torch.from_numpy(label)[None])
    evaluator = Evaluator(METRICS.build({'type': 'ConfusionMatrixMetric'}))
    evaluator.dataset_meta = {'classes': scenes.class_names(CLASSES)}
    evaluator.process([data], None)
    scores = evaluator.evaluate(1)
    matrix = scenes.confusion(pred, label, CLASSES)
    accuracy = np.trace(matrix) / matrix.sum() * 100
    assert scores['aAcc'] == pytest.approx(accuracy)
    assert evaluator.metrics[0].result.void == (label == 255).sum()


def test_starts_afresh_after_each_evaluation():
    subject = metric()
    for seed in (0, 1):
        pred, label = scenes.pair(seed)
        subject.process(None, [scenes.sample(pred, label)])
        subject.evaluate(1)
        expected = scenes.confusion(pred, label, CLASSES)
        np.testing.assert_array_equal(subject.result.matrix, expected)


def test_logs_the_classes_and_the_convention(log):
    subject = metric(absent='zero')
    subject.process(None, [scenes.sample(*scenes.pair(0))])
    subject.evaluate(1)
    assert 'class 4' in log.text
    assert "5 of 5 classes (absent='zero')" in log.text
    assert 'WARNING' not in log.text


def test_stray_labels_are_reported_and_leave_the_union_alone(log):
    pred, label = scenes.pair(0)
    stray = label.astype(np.int64)
    stray[:2], stray[2, :4], stray[3, :3] = 9, 300, -4
    clean = label.copy()
    clean[:2], clean[2, :4], clean[3, :3] = 255, 255, 255
    dirty, tidy = metric(), metric()
    dirty.process(None, [scenes.sample(pred, stray)])
    tidy.process(None, [scenes.sample(pred, clean)])
    assert dirty.evaluate(1) == tidy.evaluate(1)
    assert dirty.result.out_of_range == {9: 2 * 31, -1: 7}
    assert tidy.result.out_of_range == {}
    assert '69 pixels have labels' in log.text
    assert '9 (62), other (7)' in log.text.replace(
        'other (7), 9 (62)', '9 (62), other (7)'
    )


def test_predictions_of_no_class_are_misses():
    label = np.zeros((2, 4), np.uint8)
    pred = np.array([[0, 0, 0, 9], [1, 9, 0, 0]], np.uint8)
    subject = metric()
    subject.process(None, [scenes.sample(pred, label)])
    subject.evaluate(1)
    assert subject.result.unassigned.tolist() == [2, 0, 0, 0, 0]
    assert subject.result.iou()[0] == 5 / 8
    assert subject.result.precision()[0] == 1


def test_ignores_another_index():
    pred, label = scenes.pair(0, void=0)
    subject = metric(ignore_index=2)
    subject.process(None, [scenes.sample(pred, label)])
    subject.evaluate(1)
    assert subject.result.void == (label == 2).sum()
    assert subject.result.truth[2] == 0
    assert subject.result.pixels == (label != 2).sum()


def test_writes_predictions(tmp_path):
    pred, label = scenes.pair(0)
    subject = metric(output_dir=tmp_path / 'out', keep_results=True)
    names = ['city/a_leftImg8bit.png', 'city/b.jpg']
    samples = [scenes.sample(pred, label, name) for name in names]
    samples[1]['reduce_zero_label'] = True
    subject.process(None, samples)
    with Image.open(tmp_path / 'out' / 'a_leftImg8bit.png') as image:
        assert image.mode == 'L'
        np.testing.assert_array_equal(np.array(image), pred)
    with Image.open(tmp_path / 'out' / 'b.png') as image:
        np.testing.assert_array_equal(np.array(image), pred + 1)
    assert len(list((tmp_path / 'out').iterdir())) == 2
    with pytest.raises(ValueError, match=r'other/b\.jpg would both'):
        subject.process(None, [scenes.sample(pred, label, 'other/b.jpg')])


def test_predictions_keep_the_subfolders_of_their_images(tmp_path):
    subject = metric(output_dir=tmp_path)
    samples = []
    for i, city in enumerate(('ulm', 'bonn')):
        paths = {
            'name': f'data/images/{city}/1.jpg',
            'seg_map_path': f'data/labels/{city}/1.png',
        }
        samples.append(scenes.sample(*scenes.pair(i), **paths))
    subject.process(None, samples)
    for i, city in enumerate(('ulm', 'bonn')):
        with Image.open(tmp_path / city / '1.png') as image:
            np.testing.assert_array_equal(np.array(image), scenes.pair(i)[0])


def test_an_image_beside_its_label_has_no_subfolder():
    assert output_name('a/b/1.jpg', 'a/b/1.png') == '1.png'
    assert output_name('a/b/1.jpg') == '1.png'
    assert output_name('i/x/b/1.jpg', 'l/y/b/1.png') == 'b/1.png'


def test_processes_do_not_overwrite_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(
        predictions,
        'all_gather_object',
        lambda own: [own, {'1.png': 'bonn/1.jpg'}],
    )
    subject = metric(output_dir=tmp_path)
    sample = scenes.sample(*scenes.pair(0), 'ulm/1.jpg')
    subject.process(None, [sample])
    with pytest.raises(predictions.PredictionError, match='bonn/1.jpg would'):
        subject.evaluate(2)


def test_refuses_to_write_ids_beyond_8_bits(tmp_path):
    pred = np.full((2, 2), 300)
    subject = metric(output_dir=tmp_path, format_only=True)
    with pytest.raises(ValueError, match='300'):
        subject.process(None, [scenes.sample(pred, pred)])
    assert not list(tmp_path.iterdir())


def test_format_only_needs_no_truth(tmp_path):
    subject = metric(format_only=True, output_dir=tmp_path)
    sample = scenes.sample(*scenes.pair(0))
    del sample['gt_sem_seg']
    subject.process(None, [sample])
    assert subject.evaluate(1) == {}
    assert (tmp_path / 'image.png').is_file()


def test_prefix():
    subject = metric(prefix='val')
    subject.process(None, [scenes.sample(*scenes.pair(0))])
    assert 'val/mIoU' in subject.evaluate(1)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'ignore_index': -1}, r'in \[0, 255\]'),
        ({'ignore_index': 2.5}, 'whole number'),
        ({'ignore_index': None}, 'whole number'),
        ({'absent': 'drop'}, 'exclude'),
        ({'format_only': True}, 'output_dir'),
    ],
)
def test_refuses_options(options, message):
    with pytest.raises(SegplugError, match=message):
        ConfusionMatrixMetric(**options)


def test_names_the_image_whose_sizes_differ():
    pred, label = scenes.pair(0)
    with pytest.raises(ValueError, match=r'image\.png.*\(12, 31\)'):
        metric().process(None, [scenes.sample(pred[:12], label)])


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'gt_sem_seg': None}, 'no gt_sem_seg. Load the annotations'),
        ({'pred_sem_seg': {'data': torch.zeros(2, 3, 4)}}, r'\(2, 3, 4\)'),
        ({'pred_sem_seg': {'data': torch.zeros(1, 0, 4)}}, r'\(1, 0, 4\)'),
    ],
)
def test_names_the_image_without_a_map(change, message):
    given = {**scenes.sample(*scenes.pair(0)), **change}
    given = {key: value for key, value in given.items() if value is not None}
    with pytest.raises(SampleError, match=r'image\.png.*' + message):
        metric().process(None, [given])


def test_a_model_with_a_single_output_predicts_floats():
    pred, label = scenes.pair(0, classes=2)
    scores = []
    for dtype in (torch.uint8, torch.float32):
        subject = metric()
        given = scenes.sample(pred, label)
        given['pred_sem_seg']['data'] = torch.from_numpy(pred)[None].to(dtype)
        subject.process(None, [given])
        scores.append(subject.evaluate(1))
    assert scores[0] == pytest.approx(scores[1], nan_ok=True)
    assert subject.result.unassigned.sum() == 0


def test_refuses_classes_of_equal_names_at_the_first_image():
    subject = ConfusionMatrixMetric()
    subject.dataset_meta = {'classes': ('sky', 'sky')}
    with pytest.raises(SegplugError, match='names repeat'):
        subject.process(None, [scenes.sample(*scenes.pair(0))])


def test_asks_for_the_classes():
    with pytest.raises(SegplugError, match='dataset_meta'):
        ConfusionMatrixMetric().process(None, [scenes.sample(*scenes.pair(0))])
