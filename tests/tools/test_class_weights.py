"""Class weights from the command line."""

import json

import numpy as np
from mmseg.models.losses.utils import get_class_weight

from segplug.datasets import median_frequency
from tests.prepared_data import CLASSES, histogram, write_data
from tests.tools.runs import tool


def test_writes_a_file_that_losses_read(tmp_path):
    labels = write_data(tmp_path / 'data')
    words = ['data', '--split', 'val', '--out', 'made/weights.json']
    output = tool('class_weights.py', *words, cwd=tmp_path)
    names = [name for name in labels if name.startswith('val')]
    counts = np.array([histogram(labels[name]) for name in names])
    truth = median_frequency(counts)
    path = tmp_path / 'made' / 'weights.json'
    assert json.loads(path.read_text()) == truth.tolist()
    assert get_class_weight(str(path)) == truth.tolist()
    lines = {line.split()[0]: line.split() for line in output.splitlines()}
    for name, weight, pixels in zip(CLASSES, truth, counts.T):
        facts = [str(pixels.sum()), str((pixels > 0).sum()), f'{weight:.4f}']
        assert lines[name][1:] == facts


def test_unprepared_folder(tmp_path):
    output = tool('class_weights.py', 'data', cwd=tmp_path, status=1)
    assert 'error: There is no list data/splits/train.txt' in output
    assert 'Traceback' not in output
