import numpy as np

from segplug.evaluation import BorderOptions, BorderResult, SegmentationResult
from segplug.evaluation.tables import border_table, result_table


def test_means_over_other_numbers_of_classes_are_told():
    """Class c is never predicted: it has no precision, but an IoU of 0."""
    matrix = np.array([[3, 1, 0], [0, 4, 0], [2, 0, 0]])
    result = SegmentationResult(matrix, ('a', 'b', 'c'))
    text = result_table(result)
    assert "mIoU over 3 of 3 classes, mPrecision over 2 (absent='ex" in text
    zero = SegmentationResult(matrix, ('a', 'b', 'c'), absent='zero')
    assert "mIoU over 3 of 3 classes (absent='zero')" in result_table(zero)


def test_border_means_tell_how_many_classes_they_are_over():
    options = BorderOptions(trimap=(2,))
    counts = np.zeros((3, len(options.columns)), np.int64)
    for name, values in {
        'band_both': (1, 0, 0),
        'band_truth': (2, 0, 0),
        'band_pred': (1, 3, 0),
        'edge_pred': (0, 3, 0),
        'images_truth': (1, 0, 0),
    }.items():
        counts[:, options.columns.index(name)] = values
    result = BorderResult(counts, ('a', 'b', 'c'), options)
    numbers = result.classes_averaged()
    assert numbers['mBoundaryIoU'] == 2
    assert numbers['mBoundaryF'] == 1
    assert numbers['mTrimapIoU_2px'] == numbers['mRoughness'] == 0
    assert result.to_dict()['classes_averaged'] == numbers
    row = border_table(result).splitlines()[-2].split()
    assert row == ['classes', 'averaged', *map(str, numbers.values())]
    present = BorderResult(counts, ('a', 'b', 'c'), options, 'present_in_gt')
    assert set(present.classes_averaged().values()) == {1}
