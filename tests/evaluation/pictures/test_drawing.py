import io
import sys

import numpy as np
import pytest
from PIL import Image

from segplug.evaluation import pictures

PALETTE = [(10, 20, 30), (200, 0, 0)]


def test_paints_every_id():
    labels = np.array([[0, 1], [255, 2]], np.uint8)
    expected = [[[10, 20, 30], [200, 0, 0]], [[1, 2, 3], [1, 2, 3]]]
    painted = pictures.paint(labels, PALETTE, void_colour=(1, 2, 3))
    assert painted.dtype == np.uint8
    assert painted.tolist() == expected
    assert pictures.paint(np.array([[-1]]), PALETTE).tolist() == [[[255] * 3]]


def test_overlay_mixes_but_leaves_void():
    image = np.full((1, 2, 3), 100, np.uint8)
    labels = np.array([[1, 255]], np.uint8)
    mixed = pictures.overlay(image, labels, PALETTE, opacity=0.5)
    assert mixed.tolist() == [[[150, 50, 50], [100, 100, 100]]]


def test_error_map_marks_wrong_pixels_only():
    image = np.zeros((1, 3, 3), np.uint8)
    label = np.array([[0, 1, 255]], np.uint8)
    shown = pictures.error_map(image, label, np.array([[0, 0, 0]]), 2)
    right, wrong, void = shown[0].astype(int)
    assert len(set(right.tolist())) == 1
    assert wrong[0] > 150 > 60 > wrong[1]
    assert void.tolist() == [255, 255, 255]


@pytest.mark.parametrize('suffix', ['png', 'pdf'])
def test_saves_whole_files_without_global_state(tmp_path, suffix):
    images = [np.zeros((6, 8, 3), np.uint8)]
    labels = [np.zeros((6, 8), np.uint8)]
    names = {'classes': ('a', 'b'), 'palette': PALETTE}
    figure = pictures.panel(images, labels, {'net': labels}, **names)
    path = tmp_path / 'new' / f'panel.{suffix}'
    pictures.save(figure, path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert path.stat().st_size > 1000
    pyplot = sys.modules.get('matplotlib.pyplot')
    assert pyplot is None or not pyplot.get_fignums()
    if suffix == 'png':
        Image.open(io.BytesIO(path.read_bytes())).load()
