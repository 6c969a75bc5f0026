import json

import cv2
import numpy as np
import pytest

from segplug.errors import SegplugError
from segplug.evaluation import BorderResult, BoundaryMetric, PerImageTable

from . import scenes

CLASSES = 4


def evaluate(pairs, **options):
    metric = BoundaryMetric(**options)
    metric.dataset_meta = {'classes': scenes.class_names(CLASSES)}
    for pred, label in pairs:
        metric.process(None, [scenes.sample(pred, label)])
    return metric.evaluate(len(pairs)), metric.result


def boundary(mask, ratio):
    """Return the band inside a mask as Cheng et al. publish it."""
    width = max(1, round(ratio * np.hypot(*mask.shape)))
    padded = np.pad(mask, 1)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width)
    return (mask - eroded[1:-1, 1:-1]).astype(bool)


def test_boundary_iou_of_cheng_et_al():
    pairs = [scenes.pair(i, (80, 100), CLASSES, 0, 0.02) for i in range(3)]
    _, result = evaluate(pairs, band=0.03)
    for c in range(CLASSES):
        both = either = 0
        for maps in pairs:
            made, true = (
                boundary((m == c).astype(np.uint8), 0.03) for m in maps
            )
            both += (made & true).sum()
            either += (made | true).sum()
        assert result.boundary_iou()[c] == both / either


def test_perfect_predictions_score_everything():
    _, label = scenes.pair(0, (50, 60), CLASSES)
    scores, result = evaluate([(label, label)])
    for name in ('mBoundaryIoU', 'mBoundaryF', 'mTrimapIoU_8px'):
        assert scores[name] == 100
    np.testing.assert_array_equal(
        result.roughness('pred'), result.roughness('truth')
    )
    assert scores['mParts'] == scores['mPartsTruth']


def test_shifted_borders_are_found_within_the_tolerance():
    label = np.zeros((60, 60), np.uint8)
    label[20:40, 20:40] = 1
    pred = np.roll(label, 3, axis=1)
    near, _ = evaluate([(pred, label)], tolerance=3)
    far, _ = evaluate([(pred, label)], tolerance=2)
    assert near['mBoundaryF'] == 100 > far['mBoundaryF'] > 0


def test_classes_on_one_side_only_score_zero_and_on_none_are_left_out():
    label = np.zeros((30, 30), np.uint8)
    label[10:20, 10:20] = 1
    pred = np.zeros_like(label)
    pred[10:20, 10:20] = 2
    _, result = evaluate([(pred, label)])
    score = result.boundary_f()
    assert score[1] == score[2] == 0
    assert np.isnan(score[3])
    assert np.isnan(result.roughness()[1])


def test_border_noise_is_measured():
    rng = np.random.default_rng(0)
    label = scenes.scene(rng, (120, 120), CLASSES)
    ragged = label.copy()
    shift = rng.integers(-2, 3, label.shape)
    columns = np.clip(np.arange(120) + shift, 0, 119)
    ragged = np.take_along_axis(label, columns, axis=1)
    scores, _ = evaluate([(ragged, label)])
    assert scores['mRoughness'] > scores['mRoughnessTruth'] + 0.1
    assert scores['mParts'] > scores['mPartsTruth']


def test_survives_json_and_the_per_image_file(tmp_path):
    pairs = [scenes.pair(i, classes=CLASSES) for i in range(3)]
    _, result = evaluate(pairs, per_image_file=tmp_path / 'b.npz')
    text = json.dumps(result.to_dict(), allow_nan=False)
    again = BorderResult.from_dict(json.loads(text))
    assert again.to_dict() == result.to_dict()
    table = PerImageTable.load(tmp_path / 'b.npz')
    np.testing.assert_array_equal(table.total(), result.counts)
    assert table.columns == result.options.columns


def test_stray_labels_are_void():
    pred, label = scenes.pair(0, classes=CLASSES)
    stray, void = label.astype(int), label.copy()
    stray[:5], void[:5] = 77, 255
    stray[5:7], void[5:7] = -3, 255
    found, expected = (evaluate([(pred, m)])[1] for m in (stray, void))
    np.testing.assert_array_equal(found.counts, expected.counts)


def test_refuses_counts_of_another_shape():
    with pytest.raises(ValueError, match=r'make \(1, 27\)'):
        BorderResult(np.zeros((2, 2), np.int64), ('a',))


@pytest.mark.parametrize(
    'options',
    [
        {'band': 0},
        {'band': float('nan')},
        {'tolerance': float('inf')},
        {'band': '2%'},
        {'trimap': ()},
        {'trimap': 'wide'},
        {'smoothing': 2.5},
    ],
)
def test_refuses_sizes(options):
    with pytest.raises(SegplugError, match='sizes must be positive numbers'):
        BoundaryMetric(**options)


def test_refuses_an_ignore_index_that_labels_cannot_have():
    with pytest.raises(SegplugError, match=r'in \[0, 255\]'):
        BoundaryMetric(ignore_index=300)


def test_refuses_more_classes_than_fit():
    metric = BoundaryMetric()
    metric.dataset_meta = {'classes': scenes.class_names(255)}
    with pytest.raises(SegplugError, match='at most 254 classes, not 255'):
        metric.process(None, [scenes.sample(*scenes.pair(0))])


@pytest.mark.parametrize('shape', [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_images_smaller_than_any_band(shape):
    """Each pixel lies in every band, so all IoUs are those of the image."""
    rng = np.random.default_rng(0)
    pred, label = (rng.integers(0, 2, shape).astype(np.uint8) for _ in 'ab')
    _, result = evaluate([(pred, label)])
    for c in range(2):
        either = ((pred == c) | (label == c)).sum()
        both = ((pred == c) & (label == c)).sum()
        expected = both / either if either else np.nan
        np.testing.assert_equal(result.boundary_iou()[c], expected)


def test_an_image_without_borders_has_no_edge_scores():
    label = np.full((20, 20), 2, np.uint8)
    scores, result = evaluate([(label, label)])
    assert scores['mBoundaryIoU'] == 100  # the image's edge is a contour
    assert np.isnan(scores['mBoundaryF'])
    assert np.isnan(scores['mTrimapIoU_8px'])
    assert np.isnan(scores['mRoughness'])
    assert result.parts_per_image()[2] == 1


def test_a_single_trimap_may_be_a_number():
    assert BoundaryMetric(trimap=3).options.trimap == (3,)
