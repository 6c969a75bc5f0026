import numpy as np
import pytest

from segplug.evaluation import SegmentationResult, pictures

from .. import scenes


def result(classes, seed=0):
    pred, label = scenes.pair(seed, (60, 80), classes)
    return SegmentationResult(
        scenes.confusion(pred, label, classes), scenes.class_names(classes)
    )


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_matrix_shows_shares_of_41_classes():
    subject = result(41)
    axis = pictures.confusion(subject).axes[0]
    shown = axis.images[0].get_array()
    recall = subject.recall() * 100
    diagonal = np.ma.filled(shown.diagonal(), np.nan)
    np.testing.assert_allclose(diagonal, recall)
    assert len(axis.get_yticklabels()) == 41
    written = {(t.get_position()[1], t.get_position()[0]) for t in axis.texts}
    for c in np.flatnonzero(recall >= 1):
        assert (c, c) in written


@pytest.mark.parametrize('wrong', [1, 7])
def test_matrix_writes_no_shares_below_one_percent(wrong):
    matrix = np.array([[1000 - wrong, wrong], [0, 7]])
    subject = SegmentationResult(matrix, ('a', 'b'))
    assert texts(pictures.confusion(subject).axes[0]) == [
        f'{100 - wrong / 10:.0f}',
        '100',
    ]


def test_matrix_shows_pixels_of_no_class():
    subject = SegmentationResult(
        np.array([[3, 0], [0, 0]]), ('a', 'b'), unassigned=np.array([1, 0])
    )
    axis = pictures.confusion(subject).axes[0]
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ['a', 'b', '(none)']
    assert sorted(texts(axis)) == ['25', '75']


def test_bars_write_scores_and_absence():
    names = scenes.class_names(2)
    first = SegmentationResult(np.array([[8, 2], [0, 0]]), names)
    second = SegmentationResult(np.array([[5, 0], [0, 0]]), names)
    figure = pictures.bars({'one': first, 'two': second})
    assert texts(figure.axes[0]) == ['80.0', '0.0', '100.0', 'absent']
    labels = [t.get_text() for t in figure.legends[0].get_texts()]
    assert labels == ['one (mean 40.0)', 'two (mean 100.0)']


def test_bars_refuse_other_classes():
    with pytest.raises(ValueError, match='same classes'):
        pictures.bars({'a': result(2), 'b': result(3)})


def test_precision_and_recall_are_marked():
    subject = result(6)
    axis = pictures.precision_recall(subject).axes[0]
    marks = [c for c in axis.collections if c.get_label() != '_child0']
    points = {c.get_label(): c.get_offsets()[:, 0] for c in marks}
    np.testing.assert_allclose(points['recall'], subject.recall() * 100)
    precision = subject.precision() * 100
    np.testing.assert_allclose(points['precision'], precision)
    absent = SegmentationResult(np.diag([3, 0]), ('a', 'b'))
    assert texts(pictures.precision_recall(absent).axes[0]) == ['absent']


def test_a_missing_precision_or_recall_is_explained():
    matrix = np.array([[3, 0, 2], [1, 0, 0], [0, 0, 0]])
    axis = pictures.precision_recall(
        SegmentationResult(matrix, ('a', 'b', 'c'))
    ).axes[0]
    written = {t.get_position()[1]: t.get_text() for t in axis.texts}
    assert written == {1: 'never predicted', 2: 'not in the truth'}


def test_panel_is_a_grid_with_a_legend():
    images = [np.zeros((20, 30, 3), np.uint8), np.zeros((40, 30, 3), np.uint8)]
    maps = [np.zeros(i.shape[:2], np.uint8) for i in images]
    maps[1][0, 0] = 255
    figure = pictures.panel(
        images,
        maps,
        {'A': maps, 'B': maps},
        classes=('road', 'car'),
        palette=[(0, 0, 0), (0, 0, 255)],
        row_names=['first', 'second'],
        title='Two images',
    )
    assert len(figure.axes) == 8
    assert [a.get_title() for a in figure.axes[:4]] == [
        'image',
        'truth',
        'A',
        'B',
    ]
    assert figure.axes[4].get_ylabel() == 'second'
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    assert legend == ['road', 'car', 'void']


def test_long_row_names_are_broken_to_fit_their_row():
    image = np.zeros((10, 40, 3), np.uint8)
    name = 'a_name_without_any_space_at_all\nmIoU 12.3'
    figure = pictures.panel(
        [image], None, {}, classes=('a',), palette=[], row_names=[name]
    )
    lines = figure.axes[0].get_ylabel().splitlines()
    assert ''.join(''.join(lines).split()) == ''.join(name.split())
    assert max(map(len, lines)) <= 2.6 / 4 / 0.075


def test_panel_names_only_what_it_shows_when_there_are_many_classes():
    names = scenes.class_names(41)
    image, labels = np.zeros((4, 4, 3), np.uint8), np.full((4, 4), 7, np.uint8)
    figure = pictures.panel(
        [image],
        None,
        {'net': [labels]},
        classes=names,
        palette=np.random.default_rng(0).integers(0, 256, (41, 3)).tolist(),
    )
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ['class 7']
    assert len(figure.axes) == 2


def test_panel_refuses_uneven_columns():
    image = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(ValueError, match="'net': 0"):
        pictures.panel(
            [image], None, {'net': []}, classes=('a',), palette=[(0, 0, 0)]
        )


@pytest.mark.parametrize('classes', [1, 7, 19])
def test_the_rows_of_the_legend_are_even(classes):
    names = [f'class {n}' for n in range(classes)]
    colours = [(n, n, n) for n in range(classes)]
    labels = [np.arange(classes, dtype=np.uint8).reshape(1, -1)]
    images = [np.zeros((1, classes, 3), np.uint8)]
    figure = pictures.panel(
        images, labels, {'a': labels}, classes=names, palette=colours
    )
    columns = figure.legends[0]._ncols
    rows = -(-classes // columns)
    assert columns <= 6 and columns * rows - classes < rows
