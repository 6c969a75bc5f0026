"""Real PASCAL-Part files, if there are any on this machine."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from segplug.labels.pascal_person_part import CLASSES
from segplug.prepare import cli

from .official import VALUES, write_list

ROOT = os.environ.get('SEGPLUG_SAMPLES')
pytestmark = pytest.mark.skipif(
    not ROOT, reason='SEGPLUG_SAMPLES names no folder with samples'
)
TRAIN = ('2008_000726', '2009_001103', '2008_006462')
VAL = (
    *('2008_000652', '2008_000939', '2010_002526'),
    *('2010_000145', '2010_001199'),
)
NOBODY = {'2008_006462', '2010_000145', '2010_001199'}


def recount(path, neck):
    """Paint as the data sheet says, with SciPy alone and pixel by pixel."""
    content = scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)
    label = None
    for item in np.atleast_1d(content['anno'].objects):
        label = np.zeros_like(item.mask) if label is None else label
        if getattr(item, 'class') != 'person':
            continue
        for part in np.atleast_1d(item.parts):
            value = (
                neck if part.part_name == 'neck' else VALUES[part.part_name]
            )
            ys, xs = np.nonzero(part.mask)
            for y, x in zip(ys, xs):
                label[y, x] = value
    return label


@pytest.fixture
def prepare(tmp_path):
    samples = Path(ROOT) / 'pascal_part_samples'
    out = tmp_path / 'data/out'

    def run(*more):
        arguments = ['--parts', samples, '--images', samples, '--out', out]
        status = cli.main(['pascal_part', *map(str, [*arguments, *more])])
        return status, samples, out

    return run


@pytest.mark.parametrize('neck', ['head', 'torso'])
def test_labels_of_real_files(prepare, tmp_path, neck):
    write_list(tmp_path / 'train', TRAIN)
    write_list(tmp_path / 'val', VAL)
    lists = '--train-list', tmp_path / 'train', '--val-list', tmp_path / 'val'
    status, samples, out = prepare(*lists, '--neck', neck)
    assert status == 0
    content = json.loads((out / 'manifest.json').read_text())
    for split, names in (('train', TRAIN), ('val', VAL)):
        totals = np.zeros(len(CLASSES), int)
        for name in names:
            expected = recount(
                samples / f'Annotations_Part/{name}.mat',
                {'head': 1, 'torso': 2}[neck],
            )
            with Image.open(out / f'labels/{name}.png') as made:
                np.testing.assert_array_equal(made, expected)
            assert (name in NOBODY) == (not expected.any())
            totals += np.bincount(expected.ravel(), minlength=len(CLASSES))
            copied = (out / f'images/{name}.jpg').read_bytes()
            assert copied == (samples / f'JPEGImages/{name}.jpg').read_bytes()
        pixels = content['splits'][split]['pixels']
        assert pixels == {**dict(zip(CLASSES, totals.tolist())), 'ignore': 0}


def test_published_lists_beside_the_annotations(prepare, capsys):
    status, _, out = prepare('--skip-bad')
    assert status == 0
    listed = {
        split: (out / f'splits/{split}.txt').read_text().split()
        for split in ('train', 'val')
    }
    assert listed == {'train': list(TRAIN[:2]), 'val': list(VAL[:3])}
    missing = 1716 + 1831 - 5
    assert f'{missing} problems' in capsys.readouterr().out
