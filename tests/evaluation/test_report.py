import hashlib
import json
import math

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.evaluation.metrics import IoUMetric
from mmseg.registry import METRICS

from segplug.evaluation import (
    BoundaryMetric,
    ConfusionMatrixMetric,
    Report,
    RunFacts,
    keep_per_image,
    keep_predictions,
    save_report,
)
from segplug.evaluation.report import ResultFolderError
from segplug.evaluation.result_names import ResultNameError

from . import scenes

CLASSES = 3
META = {
    'classes': scenes.class_names(CLASSES),
    'palette': [(0, 0, 0), (255, 0, 0), (0, 255, 0)],
}


@pytest.fixture
def metrics(tmp_path):
    evaluator = [
        {'type': 'ConfusionMatrixMetric', 'absent': 'zero'},
        {'type': 'BoundaryMetric'},
        {'type': 'IoUMetric'},
    ]
    keep_per_image(evaluator, tmp_path)
    kinds = (ConfusionMatrixMetric, BoundaryMetric, IoUMetric)
    built = []
    for kind, options in zip(kinds, evaluator):
        options.pop('type')
        metric = kind(**options)
        metric.dataset_meta = META
        pred, label = scenes.pair(0, classes=CLASSES)
        metric.process(None, [scenes.sample(pred, label, 'a.png')])
        metric.evaluate(1)
        built.append(metric)
    return built


@pytest.fixture
def config(tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'manifest.json').write_text('{}')
    dataset = {
        'type': 'SomeDataset',
        'data_root': str(tmp_path / 'data'),
        'ann_file': 'splits/val.txt',
    }
    return Config(
        {
            'test_dataloader': {'dataset': dataset},
            'randomness': {'seed': 3, 'deterministic': True},
        }
    )


def test_writes_all_that_makes_a_score_repeatable(metrics, config, tmp_path):
    weights = tmp_path / 'iter_1.pth'
    weights.write_bytes(b'weights')
    facts = RunFacts.collect(config, weights)
    path = save_report(tmp_path, metrics, facts, show=False)
    content = json.loads(path.read_text())
    digest = hashlib.sha256(b'weights').hexdigest()
    assert content['checkpoint'] == {'path': str(weights), 'sha256': digest}
    manifest = hashlib.sha256(b'{}').hexdigest()
    assert content['dataset']['manifest_sha256'] == manifest
    assert content['dataset']['classes'] == list(META['classes'])
    assert content['seed'] == {'seed': 3, 'deterministic': True}
    assert content['versions']['mmsegmentation']
    assert content['conventions']['segmentation']['absent'] == 'zero'
    assert content['scores'].keys() == {'segmentation', 'borders'}
    for name in content['per_image'].values():
        assert (tmp_path / name).is_file()
    text = config.pretty_text.encode()
    assert content['config']['sha256'] == hashlib.sha256(text).hexdigest()


def test_says_in_words_how_a_test_differed_from_its_config(config):
    plain = RunFacts.collect(config).to_dict()
    assert plain['config']['options'] == {}
    assert plain['config']['tta'] is False
    dataset = config.test_dataloader.dataset
    dataset.pipeline = [{'type': 'LoadImageFromFile'}, {'type': 'TestTimeAug'}]
    options = {'model.test_cfg.mode': 'slide', 'scale': (64, 32)}
    facts = RunFacts.collect(config, None, options).to_dict()
    assert facts['config']['tta'] is True
    assert facts['config']['options'] == {**options, 'scale': [64, 32]}


def test_reads_back_what_it_wrote(metrics, tmp_path):
    save_report(tmp_path, metrics, show=False)
    report = Report.load(tmp_path)
    chief = report.results['segmentation']
    assert chief.to_dict() == metrics[0].result.to_dict()
    assert report.borders['borders'].to_dict() == metrics[1].result.to_dict()
    assert report.palette == [list(colour) for colour in META['palette']]


def test_prints_tables(metrics, tmp_path, capsys):
    save_report(tmp_path, metrics)
    shown = capsys.readouterr().out
    chief = metrics[0].result
    assert f'mIoU {chief.means()["mIoU"] * 100:.2f}' in shown
    assert f'3 of 3 classes (absent={chief.absent!r})' in shown
    assert 'BoundaryIoU' in shown
    assert str(tmp_path / 'metrics.json') in shown


def test_two_of_a_kind_are_told_apart_by_prefix(metrics, tmp_path):
    second = ConfusionMatrixMetric(prefix='again')
    second.dataset_meta = META
    second.process(None, [scenes.sample(*scenes.pair(1, classes=CLASSES))])
    second.evaluate(1)
    save_report(tmp_path, [metrics[0], second], show=False)
    names = Report.load(tmp_path).results.keys()
    assert names == {'segmentation', 'again/segmentation'}


def test_a_single_evaluator_and_a_chosen_file_are_respected(tmp_path):
    chosen = {'type': 'ConfusionMatrixMetric', 'per_image_file': 'mine.npz'}
    keep_per_image(chosen, tmp_path)
    assert chosen['per_image_file'] == 'mine.npz'
    single = {'type': ConfusionMatrixMetric}
    keep_per_image(single, tmp_path)
    assert single['per_image_file'] == str(tmp_path / 'per_image.npz')


def test_metrics_of_a_kind_are_told_apart_by_prefixes(tmp_path, capsys):
    evaluator = [{'type': 'ConfusionMatrixMetric'} for _ in range(2)]
    with pytest.raises(ResultNameError, match='2 metrics would write "segm'):
        keep_per_image(evaluator, tmp_path)
    evaluator[1].update(prefix='zero', absent='zero')
    keep_per_image(evaluator, tmp_path)
    built = [METRICS.build(options) for options in evaluator]
    for metric in built:
        metric.dataset_meta = META
        pred, label = scenes.pair(0, classes=CLASSES)
        metric.process(None, [scenes.sample(pred, label, 'a.png')])
        metric.evaluate(1)
    path = save_report(tmp_path, built)
    content = json.loads(path.read_text())
    assert [s['absent'] for s in content['scores'].values()] == [
        'exclude',
        'zero',
    ]
    printed = capsys.readouterr().out
    for name in ('segmentation', 'zero/segmentation'):
        assert f'{name}, at the size of the loaded labels:\n' in printed
    names = content['per_image']
    assert set(names) == {'segmentation', 'zero/segmentation'}
    assert all((tmp_path / name).is_file() for name in names.values())
    assert len(set(names.values())) == 2
    with pytest.raises(ResultNameError, match='prefix'):
        save_report(tmp_path, [built[0], built[0]])


def test_border_scores_with_a_prefix_are_read_again(tmp_path):
    built = [BoundaryMetric(prefix=name) for name in ('near', 'far')]
    for metric in built:
        metric.dataset_meta = META
        pred, label = scenes.pair(0, classes=CLASSES)
        metric.process(None, [scenes.sample(pred, label, 'a.png')])
        metric.evaluate(1)
    save_report(tmp_path, built, show=False)
    report = Report.load(tmp_path)
    assert list(report.borders) == ['near/borders', 'far/borders']
    assert not report.results


def test_values_of_other_metrics_need_not_be_numbers(tmp_path):
    odd = {'a': np.float32(1.5), 'b': math.nan, 'c': math.inf, 'd': 'high'}
    path = save_report(tmp_path, [], values=odd, show=False)
    content = json.loads(path.read_text())
    assert content['values'] == {'a': 1.5, 'b': None, 'c': None, 'd': 'high'}


def test_the_first_metric_that_can_writes_the_predictions():
    full = {'type': 'FullSizeMetric', 'label_dir': 'x'}
    metrics = [{'type': 'BoundaryMetric'}, full]
    metrics += [{'type': 'ConfusionMatrixMetric'}, {'type': 'IoUMetric'}]
    keep_predictions(metrics, 'out')
    wrote = [metric.get('output_dir') for metric in metrics]
    assert wrote == [None, None, 'out', None]
    keep_predictions(single := {'type': 'IoUMetric'}, 'out')
    assert single['output_dir'] == 'out'
    with pytest.raises(ResultFolderError, match='BoundaryMetric, FullSize'):
        keep_predictions(metrics[:2], 'out')


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'holds no metrics.json'),
        ('{', 'not JSON'),
        ('{"format": "other"}', 'not of format'),
        ('[]', 'not of format'),
    ],
)
def test_refuses_other_folders(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'metrics.json').write_text(text)
    with pytest.raises(ResultFolderError, match=message):
        Report.load(tmp_path)
