"""Our scores against the code that publishes such scores."""

import numpy as np
import pytest
import torch
from mmseg.evaluation.metrics import IoUMetric
from PIL import Image

from segplug.evaluation import (
    ConfusionMatrixMetric,
    SegmentationResult,
    cityscapes,
)
from segplug.labels.cityscapes import CLASSES

from . import scenes


def evaluate(samples, classes, **options):
    metric = ConfusionMatrixMetric(**options)
    metric.dataset_meta = {'classes': scenes.class_names(classes)}
    metric.process(None, samples)
    return metric.evaluate(len(samples)), metric.result


@pytest.mark.parametrize(('classes', 'seed'), [(2, 0), (19, 1), (41, 2)])
def test_mmseg(classes, seed):
    samples = [
        scenes.sample(*scenes.pair(seed + i, (60, 80), classes))
        for i in range(3)
    ]
    host = IoUMetric(iou_metrics=['mIoU', 'mDice', 'mFscore'], prefix='')
    host.dataset_meta = {'classes': scenes.class_names(classes)}
    host.process(None, samples)
    theirs = host.evaluate(3)
    ours, _ = evaluate(samples, classes)
    assert list(ours)[:3] == ['mIoU', 'aAcc', 'mAcc']
    assert all(type(value) is float for value in ours.values())
    for name in ('mIoU', 'aAcc', 'mAcc', 'mDice', 'mPrecision'):
        assert round(ours[name], 2) == pytest.approx(theirs[name], abs=0.0051)


def test_torchmetrics():
    torchmetrics = pytest.importorskip('torchmetrics.classification')
    classes = 7
    pairs = [scenes.pair(i, (40, 50), classes) for i in range(3)]
    _, result = evaluate([scenes.sample(*p) for p in pairs], classes)
    pred, label = (
        torch.from_numpy(np.stack(part)).long() for part in zip(*pairs)
    )
    options = {'num_classes': classes, 'ignore_index': 255}
    per_class = {'average': 'none', **options}
    referees = {
        'IoU': torchmetrics.MulticlassJaccardIndex(**per_class),
        'Acc': torchmetrics.MulticlassRecall(**per_class),
        'Precision': torchmetrics.MulticlassPrecision(**per_class),
        'Dice': torchmetrics.MulticlassF1Score(**per_class),
    }
    for name, referee in referees.items():
        theirs = referee(pred, label).double().numpy()
        np.testing.assert_allclose(result.per_class()[name], theirs, rtol=1e-6)
    matrix = torchmetrics.MulticlassConfusionMatrix(**options)(pred, label)
    np.testing.assert_array_equal(result.matrix, matrix.numpy())
    micro = torchmetrics.MulticlassF1Score(average='micro', **options)
    assert result.means()['microDice'] == pytest.approx(
        micro(pred, label).item(), rel=1e-6
    )


def bdd100k(pairs, classes):
    """Per-class IoU and the classes that occur, by BDD100K's convention.

    Written from the description of ``bdd100k.eval.seg``: one bin more than
    classes, which takes predictions of no class; void pixels are skipped;
    IoU without a pixel is 0; the mean is over the classes in the truth.
    """
    table = np.zeros((classes + 1, classes + 1))
    for pred, label in pairs:
        for true, made in zip(label.ravel(), pred.ravel()):
            if true != scenes.VOID:
                table[true, min(made, classes)] += 1
    union = table.sum(0) + table.sum(1) - np.diag(table)
    iou = np.divide(
        np.diag(table), union, out=np.zeros(len(table)), where=union > 0
    )
    return iou[:-1], table.sum(1)[:-1] > 0


def test_bdd100k():
    classes = 19
    pairs = [scenes.pair(i, (30, 40), 12) for i in range(2)]
    pairs[0][0][:3] = 30  # predictions of no class
    pairs[1][0][5:7] = 15  # predicted, never true
    _, result = evaluate(
        [scenes.sample(*p) for p in pairs], classes, absent='present_in_gt'
    )
    iou, occur = bdd100k(pairs, classes)
    np.testing.assert_allclose(np.nan_to_num(result.iou()), iou, rtol=1e-12)
    mean = result.means()['mIoU']
    assert mean == pytest.approx(iou[occur].mean(), rel=1e-12)
    assert result.classes_averaged()['mIoU'] == occur.sum() < classes


@pytest.fixture
def official(monkeypatch, tmp_path):
    """Return Cityscapes' own evaluation, as a function of id maps."""
    module = pytest.importorskip(
        'cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling'
    )
    arguments = module.args
    monkeypatch.setattr(arguments, 'evalInstLevelScore', False)
    monkeypatch.setattr(arguments, 'JSONOutput', False)
    monkeypatch.setattr(arguments, 'quiet', True)

    def run(pairs):
        files = ([], [])
        for i, maps in enumerate(pairs):
            for kind, ids, paths in zip(('pred', 'gt'), maps, files):
                paths.append(str(tmp_path / f'{i}_{kind}_labelIds.png'))
                Image.fromarray(ids).save(paths[-1])
        return module.evaluateImgLists(*files, arguments)

    return run


def id_maps(seed, shape):
    """Return predicted and true Cityscapes label ids of all 34 kinds."""
    rng = np.random.default_rng(seed)
    label = scenes.scene(rng, shape, 34, blobs=80)
    pred = np.roll(label, 3, axis=1)
    noise = rng.random(shape) < 0.1
    pred[noise] = rng.integers(0, 34, noise.sum())
    return pred, label


def test_cityscapes(official):
    pairs = [id_maps(0, (1024, 2048)), id_maps(1, (1024, 2048))]
    theirs = official(pairs)
    samples = [
        scenes.sample(
            cityscapes.prediction_table()[pred],
            cityscapes.label_table()[label],
        )
        for pred, label in pairs
    ]
    _, result = evaluate(samples, 19)
    result = SegmentationResult(
        result.matrix, CLASSES, unassigned=result.unassigned
    )
    for name, iou in zip(result.classes, result.iou()):
        assert iou == theirs['classScores'][name], name
    assert result.means()['mIoU'] == pytest.approx(
        theirs['averageScoreClasses'], rel=1e-14
    )
    merged = result.merged(cityscapes.CATEGORIES)
    for name, iou in zip(merged.classes, merged.iou()):
        assert iou == theirs['categoryScores'][name], name
    assert merged.means()['mIoU'] == pytest.approx(
        theirs['averageScoreCategories'], rel=1e-14
    )
    assert result.unassigned.sum() > 0


def test_cityscapes_with_classes_that_never_occur(official):
    rng = np.random.default_rng(2)
    label = scenes.scene(rng, (64, 128), 14)  # nothing beyond fence
    theirs = official([(label, label)])
    sample = scenes.sample(
        cityscapes.prediction_table()[label],
        cityscapes.label_table()[label],
    )
    scores, result = evaluate([sample], 19)
    assert scores['mIoU'] / 100 == theirs['averageScoreClasses'] == 1
    assert result.classes_averaged()['mIoU'] == len(
        set(np.unique(label)) & {7, 8, 11, 12, 13}
    )
