"""Real files of several data sets, if there are any on this machine."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from segplug.labels import bdd100k
from segplug.labels.pascal_person_part import CLASSES
from segplug.prepare import cli

from .official import VALUES, write_image, write_list

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


#: Ids in the real bitmask, as its publisher's toolkit reads them.
BITMASK_IDS = {0, 3, 4, 7, 8, 10, 16, 20, 22, 26, 28, 29, 30, 35}


@pytest.mark.parametrize(
    'file, folder, classes, values',
    [
        ('panseg_mask', 'pan_seg/bitmasks', 41, BITMASK_IDS),
        ('semseg_mask', 'sem_seg/masks', 19, {13, 255}),
    ],
)
def test_real_labels_of_bdd100k(tmp_path, file, folder, classes, values):
    sample = Path(ROOT) / f'bdd100k_samples/{file}.png'
    for split in ('train', 'val'):
        name = f'{split}-1'
        label = tmp_path / f'raw/labels/{folder}/{split}/{name}.png'
        label.parent.mkdir(parents=True)
        shutil.copy(sample, label)
        image = tmp_path / f'raw/images/10k/{split}/{name}.jpg'
        write_image(image, (720, 1280))
    raw, out = str(tmp_path / 'raw'), tmp_path / 'out'
    arguments = [
        *('bdd100k', '--images', raw, '--labels', raw, '--out', str(out)),
        *('--classes', str(classes), '--split-by', 'official'),
    ]
    assert cli.main(arguments) == 0
    with Image.open(out / 'labels/train-1.png') as made:
        label = np.array(made)
    with Image.open(sample) as image:
        red = np.array(image.convert('RGBA').getchannel('R'))
    np.testing.assert_array_equal(label, red)
    assert set(np.unique(label).tolist()) == values
    names = bdd100k.ALL_CLASSES if classes == 41 else bdd100k.CLASSES
    content = json.loads((out / 'manifest.json').read_text())
    pixels = content['splits']['val']['pixels']
    present = {name for name, count in pixels.items() if count}
    assert present == {
        'ignore' if value == 255 else names[value] for value in values
    }
    assert sum(pixels.values()) == 720 * 1280
