import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segplug.evaluation import SegmentationResult

from . import scenes

matrices = st.integers(1, 6).flatmap(
    lambda n: hnp.arrays(np.int64, (n, n + 1), elements=st.integers(0, 9))
)


def result(counts, absent='exclude'):
    return SegmentationResult(
        matrix=counts[:, :-1],
        classes=scenes.class_names(len(counts)),
        absent=absent,
        unassigned=counts[:, -1],
    )


def pixels(counts):
    """List (truth, prediction) of every pixel."""
    return [
        (t, p) for (t, p), n in np.ndenumerate(counts) for _ in range(int(n))
    ]


def divide(top, bottom):
    return top / bottom if bottom else math.nan


@settings(max_examples=60, deadline=None)
@given(counts=matrices)
def test_scores_are_their_definitions(counts):
    every = pixels(counts)
    scores = result(counts).per_class()
    for c in range(len(counts)):
        tp = sum(t == c and p == c for t, p in every)
        fp = sum(t != c and p == c for t, p in every)
        fn = sum(t == c and p != c for t, p in every)
        tn = len(every) - tp - fp - fn
        expected = {
            'IoU': divide(tp, tp + fp + fn),
            'Acc': divide(tp, tp + fn),
            'Dice': divide(2 * tp, 2 * tp + fp + fn),
            'Precision': divide(tp, tp + fp),
            'PA': divide(tp + tn, tp + tn + fp + fn),
        }
        for name, value in expected.items():
            np.testing.assert_allclose(scores[name][c], value, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(counts=matrices)
def test_means_are_their_definitions(counts):
    every, means = pixels(counts), result(counts).means()
    right = sum(t == p for t, p in every)
    assigned = sum(p < len(counts) for _, p in every)
    iou = result(counts).iou()
    weighted = [iou[t] for t, _ in every]
    expected = {
        'aAcc': divide(right, len(every)),
        'microPrecision': divide(right, assigned),
        'microRecall': divide(right, len(every)),
        'microDice': divide(2 * right, assigned + len(every)),
        'fwIoU': divide(sum(weighted), len(weighted)),
    }
    for name, value in expected.items():
        np.testing.assert_allclose(means[name], value, rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(counts=matrices)
def test_r1_pixel_accuracy_hides_errors_behind_true_negatives(counts):
    counts[:, -1] = 0
    means = result(counts).means()
    expected = 1 - 2 * (1 - means['aAcc']) / len(counts)
    np.testing.assert_allclose(means['MPA'], expected, rtol=1e-12)


ABSENT = np.array([[4, 0, 0, 0], [2, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(
    ('absent', 'false_alarm', 'mean', 'number'),
    [
        ('exclude', 0, (4 / 6 + 2 / 4) / 2, 2),
        ('exclude', 2, (4 / 6 + 2 / 6) / 3, 3),
        ('zero', 0, (4 / 6 + 2 / 4) / 4, 4),
        ('zero', 2, (4 / 6 + 2 / 6) / 4, 4),
        ('present_in_gt', 0, (4 / 6 + 2 / 4) / 2, 2),
        ('present_in_gt', 2, (4 / 6 + 2 / 6) / 2, 2),
    ],
)
def test_absent_classes_enter_the_mean_as_named(
    absent, false_alarm, mean, number
):
    matrix = ABSENT.copy()
    matrix[1, 2] = false_alarm  # class 2 is never true
    scores = SegmentationResult(matrix, scenes.class_names(4), absent)
    assert scores.means()['mIoU'] == pytest.approx(mean)
    assert scores.classes_averaged()['mIoU'] == number


def test_nothing_to_judge_is_nan_and_null_in_json():
    empty = SegmentationResult(np.zeros((2, 2), np.int64), ('a', 'b'))
    assert math.isnan(empty.means()['mIoU'])
    plain = empty.to_dict()
    assert plain['mean']['mIoU'] is None
    assert plain['per_class']['a']['IoU'] is None
    json.dumps(plain, allow_nan=False)


def test_survives_json():
    before = SegmentationResult(
        ABSENT,
        scenes.class_names(4),
        'zero',
        unassigned=np.arange(4),
        void=7,
        out_of_range={9: 3, -1: 2},
        images=5,
    )
    after = SegmentationResult.from_dict(
        json.loads(json.dumps(before.to_dict()))
    )
    assert after.to_dict() == before.to_dict()
    assert after.to_dict()['per_class']['class 1']['pixels'] == 5


def test_merging_classes_equals_relabelling():
    pred, label = scenes.pair(3, classes=6)
    merge = np.array([0, 0, 1, 2, 2, 2, *range(6, 256)])
    merge[scenes.VOID] = scenes.VOID
    fine = SegmentationResult(
        scenes.confusion(pred, label, 6), scenes.class_names(6)
    )
    names = fine.classes
    coarse = fine.merged({'x': names[:2], 'y': names[2:3], 'z': names[3:]})
    expected = scenes.confusion(merge[pred], merge[label], 3)
    np.testing.assert_array_equal(coarse.matrix, expected)
    assert coarse.classes == ('x', 'y', 'z')


def test_refuses_what_does_not_fit():
    square = np.zeros((2, 2), np.int64)
    with pytest.raises(ValueError, match=r'must be \(3, 3\)'):
        SegmentationResult(square, ('a', 'b', 'c'))
    with pytest.raises(ValueError, match="absent='skip' is unknown"):
        SegmentationResult(square, ('a', 'b'), 'skip')
    with pytest.raises(ValueError, match='repeat'):
        SegmentationResult(square, ('a', 'a'))
    with pytest.raises(ValueError, match='once'):
        SegmentationResult(square, ('a', 'b')).merged({'x': ('a',)})
