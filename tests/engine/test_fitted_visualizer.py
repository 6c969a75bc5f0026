import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from mmseg.visualization import SegLocalVisualizer
from PIL import Image

from segplug.engine import FittedVisualizer

PALETTE = [[0, 0, 0], [200, 0, 0], [0, 200, 0]]


def draw(kind, folder, image, shape, **options):
    labels = torch.arange(shape[0] * shape[1]).reshape(1, *shape) % 3
    drawn = SegDataSample(
        gt_sem_seg=PixelData(data=labels), pred_sem_seg=PixelData(data=labels)
    )
    backends = [dict(type='LocalVisBackend')]
    visualizer = kind(vis_backends=backends, save_dir=str(folder))
    visualizer.dataset_meta = dict(classes='abc', palette=PALETTE)
    options = {'with_labels': False, **options}
    visualizer.add_datasample('x', image, drawn, **options)
    with Image.open(next(folder.rglob('x*.png'))) as picture:
        return np.array(picture)


def noise(shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)


def test_pictures_of_one_size_are_mmsegmentations(tmp_path):
    image = noise((12, 20))
    ours = draw(FittedVisualizer, tmp_path / 'a', image, (12, 20))
    theirs = draw(SegLocalVisualizer, tmp_path / 'b', image, (12, 20))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize('shape', [(6, 10), (24, 8)])
def test_the_image_is_brought_to_the_size_of_the_labels(tmp_path, shape):
    image = np.full((12, 20, 3), 90, np.uint8)
    picture = draw(FittedVisualizer, tmp_path / 'a', image, shape)
    assert picture.shape == (shape[0], 2 * shape[1], 3)
    fitted = np.full((*shape, 3), 90, np.uint8)
    expected = draw(SegLocalVisualizer, tmp_path / 'b', fitted, shape)
    np.testing.assert_array_equal(picture, expected)


def test_the_memory_of_the_image_may_be_in_any_order(tmp_path):
    image = noise((40, 60))
    turned = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    turned = turned.permute(1, 2, 0).numpy()
    pictures = [
        draw(FittedVisualizer, tmp_path / n, i, (40, 60), with_labels=True)
        for n, i in (('a', image), ('b', turned))
    ]
    np.testing.assert_array_equal(*pictures)
