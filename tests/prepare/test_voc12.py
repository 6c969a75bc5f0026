import json
import shutil
import tarfile

import numpy as np
import pytest

from segplug.fileio import sha256
from segplug.labels.voc import CLASSES
from segplug.prepare import cli

from .official import times, tree, write_image, write_list, write_png
from .official_voc import (
    SBD_TRAIN,
    SHAPE,
    TRAINAUG,
    VOC_TRAIN,
    VOC_VAL,
    random_label,
    write_sbd,
    write_sbd_mat,
    write_voc,
)
from .results import dataset, fails, label, listed, manifest, problems


class Raw:
    """A small VOC 2012 and SBD, and the command line for them."""

    def __init__(self, folder):
        self.devkit, self.sbd = folder / 'voc', folder / 'sbd'
        self.out = folder / 'data/voc12'
        self.labels = {**write_sbd(self.sbd), **write_voc(self.devkit)}
        self.voc = self.devkit / 'VOCdevkit/VOC2012'
        self.cls = self.sbd / 'benchmark_RELEASE/dataset/cls'

    def run(self, *more, devkit=None, out=None):
        source = str(devkit or self.devkit)
        target = ['--out', str(out or self.out), '--workers', '1']
        words = ['voc12', '--devkit', source, *target, *map(str, more)]
        return cli.main(words)

    def augmented(self, **kwargs):
        return self.run('--sbd', self.sbd, **kwargs)


@pytest.fixture
def raw(tmp_path):
    return Raw(tmp_path)


def test_palette_labels_are_read_as_numbers_and_void_is_kept(raw, capsys):
    assert raw.run() == 0
    assert listed(raw.out) == {'train': [*VOC_TRAIN], 'val': [*VOC_VAL]}
    for name in (*VOC_TRAIN, *VOC_VAL):
        np.testing.assert_array_equal(label(raw.out, name), raw.labels[name])
        copy = raw.out / f'images/{name}.jpg'
        original = raw.voc / f'JPEGImages/{name}.jpg'
        assert copy.read_bytes() == original.read_bytes()
    assert len(list((raw.out / 'images').iterdir())) == 5
    shown = capsys.readouterr().out
    assert 'train has 3 images, in the literature 1464' in shown
    assert 'val has 2 images, in the literature 1449' in shown
    assert 'trainaug' not in shown


def test_trainaug_is_sorted_and_free_of_validation_images(raw, capsys):
    assert raw.augmented() == 0
    lists = listed(raw.out)
    assert lists['trainaug'] == [*TRAINAUG]
    assert lists['train'] == [*VOC_TRAIN] and lists['val'] == [*VOC_VAL]
    for name in (*TRAINAUG, *VOC_VAL):  # where both have one, VOC's
        np.testing.assert_array_equal(label(raw.out, name), raw.labels[name])
    assert 'in the literature 10582' in capsys.readouterr().out
    pixels = manifest(raw.out)['splits']['trainaug']['pixels']
    labels = np.stack([raw.labels[name] for name in TRAINAUG])
    for number, name in enumerate(CLASSES):
        assert pixels[name] == int((labels == number).sum())
    assert pixels['ignore'] == int((labels == 255).sum()) > 0


def test_manifest_names_the_sources(raw):
    raw.augmented()
    sources = manifest(raw.out)['sources']
    lists = {
        'train_list': raw.voc / 'ImageSets/Segmentation/train.txt',
        'val_list': raw.voc / 'ImageSets/Segmentation/val.txt',
        'sbd_train_list': raw.cls.parent / 'train.txt',
        'sbd_val_list': raw.cls.parent / 'val.txt',
    }
    assert sources.pop('devkit') == {'name': 'voc'}
    assert sources.pop('sbd') == {'name': 'sbd'}
    assert sources == {
        key: {'name': path.name, 'sha256': sha256(path)}
        for key, path in lists.items()
    }


def test_from_official_archives(raw, tmp_path):
    voc, sbd = tmp_path / 'VOCtrainval.tar', tmp_path / 'benchmark.tgz'
    with tarfile.open(voc, 'w') as archive:
        archive.add(raw.devkit / 'VOCdevkit', 'VOCdevkit')
    with tarfile.open(sbd, 'w:gz') as archive:
        archive.add(raw.sbd / 'benchmark_RELEASE', 'benchmark_RELEASE')
    out = tmp_path / 'data/packed'
    assert raw.run('--sbd', sbd, devkit=voc, out=out) == 0
    raw.augmented()
    packed, unpacked = tree(out), tree(raw.out)
    facts = json.loads(packed.pop('manifest.json'))['sources']
    unpacked.pop('manifest.json')
    assert packed == unpacked
    assert facts['sbd'] == {'name': 'benchmark.tgz', 'sha256': sha256(sbd)}
    assert {p.name for p in out.parent.iterdir()} == {'packed', 'voc12'}


@pytest.mark.parametrize('inner', ['VOCdevkit', 'VOCdevkit/VOC2012'])
def test_inner_folders_will_do(raw, inner):
    sbd = raw.cls.parent
    assert raw.run('--sbd', sbd, devkit=raw.devkit / inner) == 0
    assert listed(raw.out)['trainaug'] == [*TRAINAUG]


def test_other_years_beside_it_are_passed_over(raw):
    shutil.copytree(raw.voc, raw.voc.with_name('VOC2007'))
    assert raw.run() == 0
    assert len(listed(raw.out)['train']) == len(VOC_TRAIN)


def test_second_run_touches_nothing(raw, capsys):
    raw.augmented()
    before = times(raw.out)
    assert raw.augmented() == 0
    assert times(raw.out) == before
    assert '0 new or changed, 8 unchanged' in capsys.readouterr().out


@pytest.mark.parametrize('extra', [True, False])
def test_without_sbd_its_images_and_list_go(raw, extra, capsys):
    if not extra:  # SBD has nothing that VOC lacks: only the list goes
        write_list(raw.cls.parent / 'train.txt', VOC_TRAIN[2:])
        write_list(raw.cls.parent / 'val.txt', VOC_VAL[1:])
    raw.run(out=raw.out.with_name('plain'))
    raw.augmented()
    assert len(listed(raw.out)) == 3
    assert raw.run() == 0
    assert tree(raw.out) == tree(raw.out.with_name('plain'))
    assert f'{3 if extra else 0} removed' in capsys.readouterr().out


@pytest.mark.parametrize('split', ['train', 'val', 'trainaug'])
def test_the_dataset_finds_what_was_prepared(raw, split):
    raw.augmented()
    samples = dataset('CheckedPascalVOCDataset', raw.out, split)
    names = {'train': VOC_TRAIN, 'val': VOC_VAL, 'trainaug': TRAINAUG}[split]
    assert len(samples) == len(names)
    for sample, name in zip(samples, names):
        truth = raw.labels[name]
        np.testing.assert_array_equal(sample['gt_seg_map'], truth)


BAD_PNGS = {
    'colour': (np.zeros((*SHAPE, 3), np.uint8), 'RGB colours'),
    '16 bit': (np.full(SHAPE, 3, np.uint16), '16-bit'),
    'range': (np.full(SHAPE, 21, np.uint8), 'label values 21;'),
    'grey': (np.full(SHAPE, 38, np.uint8), 'cv2.imread'),
    'size': (np.ones((12, 15), np.uint8), '15×12 px, the image'),
}


def spoil_pngs(raw):
    """Add training images with bad labels; return what is to be said."""
    expected = {}
    for number, (array, words) in enumerate(BAD_PNGS.values()):
        path = raw.voc / f'SegmentationClass/bad_{number}.png'
        write_png(path, array)
        write_image(raw.voc / f'JPEGImages/bad_{number}.jpg', SHAPE)
        expected[path] = words
    cut = raw.voc / 'SegmentationClass/cut.png'
    write_png(cut, random_label(np.random.default_rng(0)))
    cut.write_bytes(cut.read_bytes()[:60])
    write_image(raw.voc / 'JPEGImages/cut.jpg', SHAPE)
    names = [path.stem for path in expected]
    lines = [*VOC_TRAIN, *names, 'cut', '../../etc/passwd', 'no label']
    write_list(raw.voc / 'ImageSets/Segmentation/train.txt', lines)
    return {**expected, cut: 'cannot be read as a PNG image'}


def test_bad_labels_are_named_and_the_rest_is_prepared(raw):
    expected = spoil_pngs(raw)
    assert raw.run() == 1
    found = problems(raw.out)
    assert len(found) == len(expected) + 2
    for path, words in expected.items():
        (problem,) = [p for p in found if f'{path}: ' in p]
        assert words in problem
    assert sum('train.txt:' in problem for problem in found) == 2
    assert listed(raw.out)['train'] == [*VOC_TRAIN]
    assert manifest(raw.out)['dropped'] == len(found)


def test_bad_files_of_sbd_are_named_and_the_rest_is_prepared(raw):
    label = random_label(np.random.default_rng(0), void=False)
    bad = {f'bad_{i}': raw.cls / f'bad_{i}.mat' for i in range(6)}
    wrong = [label[None], label.astype(float), label + 200, label[:-1]]
    for path, array in zip(bad.values(), wrong):
        write_sbd_mat(path, array)
    shutil.copy(raw.cls.with_name('inst') / '2010_000003.mat', bad['bad_4'])
    bad['bad_5'].write_bytes((raw.cls / '2010_000003.mat').read_bytes()[:300])
    for name in (*bad, 'gone'):
        write_image(raw.voc / f'JPEGImages/{name}.jpg', SHAPE)
    names = [*SBD_TRAIN, *bad, 'gone', 'no_image']
    write_list(raw.cls.parent / 'train.txt', names)
    write_sbd_mat(raw.cls / 'no_image.mat', label)
    assert raw.augmented() == 1
    found = problems(raw.out)
    assert len(found) == 8
    expected = {
        'bad_0': 'the shape (1, 12, 16)',
        'bad_1': 'the type float64',
        'bad_2': 'label values',
        'bad_3': '16×11 px, the image',
        'bad_4': "numbers objects, not classes (it holds 'GTinst'",
        'bad_5': 'cannot be read as a MATLAB file',
        'gone': 'there is no',
        'no_image': 'there is no',
    }
    for name, words in expected.items():
        assert sum(name in p and words in p for p in found) == 1, name
    assert listed(raw.out)['trainaug'] == [*TRAINAUG]


def test_instances_in_place_of_classes_are_refused_at_once(raw, capsys):
    status = raw.run('--sbd', raw.cls.with_name('inst'))
    assert fails(capsys, status, 'GTinst', 'folder cls')
    assert not raw.out.exists()


def test_sources_that_are_another(raw, tmp_path, capsys):
    assert fails(capsys, raw.run(devkit=raw.sbd), 'no .png', '2012.tar')
    assert fails(capsys, raw.run('--sbd', raw.devkit), 'no .mat', 'bench')
    assert fails(capsys, raw.run(devkit=tmp_path / 'x'), 'no file or folder')
    status = raw.run(devkit=raw.devkit / 'VOCdevkit/VOC2012/JPEGImages')
    assert fails(capsys, status, 'no .png', 'SegmentationClass')
    assert fails(capsys, raw.run('--sbd', raw.out.parent), 'one inside')


def test_missing_lists_and_images(raw, capsys):
    (raw.cls.parent / 'val.txt').unlink()
    assert fails(capsys, raw.augmented(), 'no list', 'val.txt', 'benchmark')
    (raw.voc / 'ImageSets/Segmentation/train.txt').unlink()
    assert fails(capsys, raw.run(), 'no list', 'train.txt', 'VOCtrainval')
    shutil.rmtree(raw.voc / 'JPEGImages')
    write_voc(raw.devkit / 'again')
    (raw.devkit / 'again').rename(raw.devkit.with_name('again'))
    again = raw.devkit.with_name('again')
    shutil.rmtree(again / 'VOCdevkit/VOC2012/JPEGImages')
    status = raw.run(devkit=again)
    assert fails(capsys, status, 'There is no', 'JPEGImages')


def test_overlap_of_the_lists(raw, capsys):
    lists = raw.voc / 'ImageSets/Segmentation'
    write_list(lists / 'val.txt', [*VOC_VAL, VOC_TRAIN[1]])
    assert fails(capsys, raw.run(), VOC_TRAIN[1], 'both in train and in val')


def test_hostile_archive(raw, tmp_path, capsys):
    path = tmp_path / 'hostile.tar'
    with tarfile.open(path, 'w') as archive:
        archive.add(raw.devkit / 'VOCdevkit', 'VOCdevkit')
        link = tarfile.TarInfo('VOCdevkit/VOC2012/JPEGImages/link.jpg')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        archive.addfile(link)
    assert fails(capsys, raw.run(devkit=path), 'link.jpg', 'refused')
    assert not raw.out.exists()
