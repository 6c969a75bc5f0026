import numpy as np
import pytest
import torch

from segplug.evaluation import (
    ConfusionMatrixMetric,
    PerImageTable,
    confusion_result,
)
from segplug.evaluation.per_image import PerImageFileError, PerImageRecorder

from . import scenes

CLASSES = 5


@pytest.fixture
def scored(tmp_path):
    """Return a metric that has scored 70 images, more than one block."""
    path = tmp_path / 'deep' / 'per_image.npz'
    metric = ConfusionMatrixMetric(per_image_file=path)
    metric.dataset_meta = {'classes': scenes.class_names(CLASSES)}
    for i in range(70):
        pred, label = scenes.pair(i, (8, 9), CLASSES)
        pred[0, :2] = 77  # none of the classes
        sample = scenes.sample(
            pred, label, f'{i}.jpg', seg_map_path=f'{i}.png'
        )
        metric.process(None, [sample])
    metric.evaluate(70)
    return metric, path


def test_images_add_up_to_the_result(scored):
    metric, path = scored
    table = PerImageTable.load(path)
    assert len(table) == 70
    assert table.names[69] == '69.jpg'
    assert table.labels[69] == '69.png'
    assert table.columns == (*scenes.class_names(CLASSES), '(none)')
    result = confusion_result(table.total(), table.classes)
    np.testing.assert_array_equal(result.matrix, metric.result.matrix)
    np.testing.assert_array_equal(result.unassigned, metric.result.unassigned)
    assert result.means() == metric.result.means()


def test_each_image_is_its_own_confusion(scored):
    table = PerImageTable.load(scored[1])
    for i in (0, 63, 64, 69):
        pred, label = scenes.pair(i, (8, 9), CLASSES)
        pred[0, :2] = 77
        expected = scenes.confusion(pred, label, CLASSES)
        np.testing.assert_array_equal(table.image(i)[:, :-1], expected)


def test_weights_draw_images_with_replacement(scored):
    table = PerImageTable.load(scored[1])
    rng = np.random.default_rng(0)
    weights = rng.multinomial(70, np.full(70, 1 / 70), size=4)
    sums = table.total(weights)
    assert sums.shape == (4, CLASSES, CLASSES + 1)
    expected = sum(w * table.image(i) for i, w in enumerate(weights[2]))
    np.testing.assert_array_equal(sums[2], expected)


def test_keeps_only_what_is_not_zero():
    recorder = PerImageRecorder()
    numbers = torch.zeros(150, 151, dtype=torch.int64)
    numbers[3, 4] = 9
    for i in range(200):
        recorder.add({'img_path': str(i)}, numbers)
    names = [str(i) for i in range(150)]
    table = recorder.gather(False, names, [*names, 'none'])
    assert table.rows.nnz == 200
    assert table.rows.data.nbytes < 2000


def test_refuses_other_files(tmp_path):
    np.savez(tmp_path / 'other.npz', data=np.zeros(3))
    with pytest.raises(PerImageFileError, match='per_image_file'):
        PerImageTable.load(tmp_path / 'other.npz')
    (tmp_path / 'text.npz').write_text('no')
    with pytest.raises(PerImageFileError, match=r'text\.npz'):
        PerImageTable.load(tmp_path / 'text.npz')
