import numpy as np
import pytest
from PIL import Image

from segplug.evaluation import ConfusionMatrixMetric
from segplug.evaluation.offline import FolderMismatchError, match, score
from segplug.evaluation.schemes import scheme

from . import scenes

PARTS = 7


@pytest.fixture
def files():
    return scheme('pascal_person_part')


@pytest.fixture
def folders(tmp_path):
    """Write four predictions and labels."""
    for i in range(4):
        pred, label = scenes.pair(i, classes=PARTS)
        for kind, ids in (('pred', pred), ('label', label)):
            (tmp_path / kind).mkdir(exist_ok=True)
            Image.fromarray(ids).save(tmp_path / kind / f'{i}.png')
    return tmp_path / 'pred', tmp_path / 'label'


def test_scores_folders_like_tensors(folders, files):
    metric = ConfusionMatrixMetric()
    scores = score(match(*folders, files), files, [metric])
    matrix = sum(
        scenes.confusion(*scenes.pair(i, classes=PARTS), PARTS)
        for i in range(4)
    )
    np.testing.assert_array_equal(metric.result.matrix, matrix)
    assert scores['aAcc'] == np.trace(matrix) / matrix.sum() * 100


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_images_of_any_kind_where_the_data_set_allows_it(
    folders, tmp_path, suffix
):
    (tmp_path / 'images').mkdir()
    for i in range(4):
        Image.new('RGB', (31, 24)).save(tmp_path / f'images/{i}{suffix}')
    found = match(*folders, scheme('camvid'), tmp_path / 'images')
    assert [pair.image.name for pair in found.pairs] == [
        f'{i}{suffix}' for i in range(4)
    ]


def test_reports_missing_extra_and_misfit(folders, files):
    pred, _ = folders
    (pred / '1.png').unlink()
    (pred / 'more').mkdir()
    Image.new('L', (5, 6)).save(pred / 'more' / 'extra.png')
    Image.new('L', (5, 6)).save(pred / '2.png')
    matching = match(*folders, files)
    assert not matching.complete
    text = matching.problems()
    assert '1 labels have no prediction:\n  ' in text
    assert '2.png: 6×5 instead of 24×31 (H×W)' in text
    assert 'extra.png' in text
    with pytest.raises(FolderMismatchError, match='--partial'):
        score(matching, files, [ConfusionMatrixMetric()])
    metric = ConfusionMatrixMetric()
    score(matching, files, [metric], partial=True)
    assert metric.result.images == 2


def test_extra_predictions_alone_do_no_harm(folders, files):
    Image.new('L', (5, 6)).save(folders[0] / 'extra.png')
    matching = match(*folders, files)
    assert matching.complete
    assert len(matching.pairs) == 4


def test_finds_images_for_pictures(folders, files, tmp_path):
    (tmp_path / 'images').mkdir()
    Image.new('RGB', (31, 24)).save(tmp_path / 'images' / '3.jpg')
    pairs = match(*folders, files, tmp_path / 'images').pairs
    assert [p.image and p.image.name for p in pairs] == [None] * 3 + ['3.jpg']


def test_cityscapes_submissions_are_label_ids(tmp_path):
    files = scheme('cityscapes_ids')
    for kind in ('pred', 'gt'):
        (tmp_path / kind / 'ulm').mkdir(parents=True)
    label = np.full((4, 6), 7, np.uint8)  # road
    label[0], label[1], pred = 3, 34, label.copy()
    pred[3] = 9  # parking: not evaluated, a miss of road
    Image.fromarray(label).save(
        tmp_path / 'gt' / 'ulm' / 'ulm_1_gtFine_labelIds.png'
    )
    Image.fromarray(pred).save(
        tmp_path / 'pred' / 'ulm' / 'ulm_1_leftImg8bit.png'
    )
    metric = ConfusionMatrixMetric()
    score(match(tmp_path / 'pred', tmp_path / 'gt', files), files, [metric])
    result = metric.result
    assert (result.void, result.out_of_range) == (6, {254: 6})
    assert result.iou()[0] == 0.5
    assert result.unassigned[0] == 6


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda p, g: (p, g / 'none'), 'There is no folder'),
        (lambda p, g: (g.parent, g), 'where names repeat'),
    ],
)
def test_names_what_is_wrong_with_the_folders(folders, files, change, message):
    with pytest.raises(FolderMismatchError, match=message):
        match(*change(*folders), files)


def test_nothing_in_common(folders, files, tmp_path):
    (tmp_path / 'empty').mkdir()
    with pytest.raises(FolderMismatchError, match='None of the 0 pred'):
        match(tmp_path / 'empty', folders[1], files)


def test_one_image_has_one_prediction(tmp_path):
    for name in ('ulm_1.png', 'ulm_1_leftImg8bit.png'):
        Image.new('L', (5, 6)).save(tmp_path / name)
    with pytest.raises(FolderMismatchError, match='both stand for "ulm_1"'):
        match(tmp_path, tmp_path, scheme('cityscapes_ids'))


def test_equal_names_are_told_apart_by_their_subfolders(tmp_path, files):
    for i, city in enumerate(('ulm', 'bonn')):
        pred, label = scenes.pair(i, classes=PARTS)
        for kind, ids in (('pred', pred), ('label', label)):
            (tmp_path / kind / city).mkdir(parents=True)
            Image.fromarray(ids).save(tmp_path / kind / city / '1.png')
    metric = ConfusionMatrixMetric()
    score(match(tmp_path / 'pred', tmp_path / 'label', files), files, [metric])
    matrix = sum(
        scenes.confusion(*scenes.pair(i, classes=PARTS), PARTS)
        for i in range(2)
    )
    np.testing.assert_array_equal(metric.result.matrix, matrix)


def test_a_split_leaves_other_labels_out(folders, files, tmp_path):
    (folders[0] / '1.png').unlink()
    split = tmp_path / 'val.txt'
    split.write_text('some/city/2\n\n0\n')
    matching = match(*folders, files, split=split)
    assert matching.complete
    assert [pair.label.name for pair in matching.pairs] == ['0.png', '2.png']
    assert [path.name for path in matching.extra] == ['3.png']


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        (None, 'cannot be read'),
        ('\n \n', 'names no image'),
        ('0\n8\n9\n', r'2 names in .*val\.txt have no label in .*\n  8\n'),
    ],
)
def test_refuses_a_split_that_does_not_fit(
    folders, files, tmp_path, text, message
):
    split = tmp_path / 'val.txt'
    if text is not None:
        split.write_text(text)
    with pytest.raises(FolderMismatchError, match=message):
        match(*folders, files, split=split)


def test_names_a_broken_file(folders, files):
    (folders[0] / '2.png').write_bytes(b'no picture')
    with pytest.raises(FolderMismatchError, match=r'2\.png is no image'):
        match(*folders, files)
