import json
import tarfile
import zipfile

import numpy as np
import pytest

import segplug
from segplug.datasets.pascal_person_part import PascalPersonPartDataset
from segplug.fileio import sha256
from segplug.labels.pascal_person_part import CLASSES
from segplug.prepare import cli

from .official import (
    TRAIN,
    VAL,
    brute_force,
    random_mask,
    tree,
    write_image,
    write_list,
    write_mat,
    write_png,
)
from .results import label, manifest, problems

RNG = np.random.default_rng(0)


@pytest.mark.parametrize('neck', ['head', 'torso'])
def test_from_part_masks(small, neck):
    assert small.run('--neck', neck) == 0
    for split, names in (('train', TRAIN), ('val', VAL)):
        listed = (small.out / f'splits/{split}.txt').read_text()
        assert listed == '\n'.join(names) + '\n'
    for name, objects in small.objects.items():
        expected = brute_force(objects, {'head': 1, 'torso': 2}[neck])
        np.testing.assert_array_equal(label(small.out, name), expected)
        copy = small.out / f'images/{name}.jpg'
        assert copy.read_bytes() == small.image(name).read_bytes()
    assert {p.parts[0] for p in map(type(small.out), tree(small.out))} == {
        *('images', 'labels', 'splits', 'manifest.json')
    }


def test_the_dataset_finds_what_was_prepared(small):
    small.run()
    dataset = PascalPersonPartDataset(
        data_root=str(small.out),
        data_prefix={'img_path': 'images', 'seg_map_path': 'labels'},
        ann_file='splits/train.txt',
        pipeline=[
            {'type': 'LoadImageFromFile'},
            {'type': 'LoadAnnotations'},
        ],
    )
    assert len(dataset) == len(TRAIN)
    for sample, name in zip(dataset, TRAIN):
        assert sample['img'].shape == (12, 16, 3)
        np.testing.assert_array_equal(
            sample['gt_seg_map'], brute_force(small.objects[name])
        )


def test_manifest(small):
    small.run()
    content = manifest(small.out)
    assert content['format'] == 1
    assert content['dataset'] == 'pascal_part'
    assert content['segplug'] == segplug.__version__
    assert content['options']['neck'] == 'head'
    assert content['sources']['images'] == {'name': 'raw'}
    assert content['sources']['val_list'] == {
        'name': 'val_id.txt',
        'sha256': sha256(small.raw / 'val_id.txt'),
    }
    for split, names in (('train', TRAIN), ('val', VAL)):
        labels = np.stack([brute_force(small.objects[n]) for n in names])
        expected = {c: int((labels == i).sum()) for i, c in enumerate(CLASSES)}
        assert content['splits'][split] == {
            'images': len(names),
            'pixels': {**expected, 'ignore': 0},
        }
    assert list(content['files']) == sorted((*TRAIN, *VAL))
    for name, facts in content['files'].items():
        assert facts['annotation'] == sha256(small.mat(name))
        assert facts['image'] == sha256(small.image(name))
        assert facts['label'] == sha256(small.out / f'labels/{name}.png')


def pack_tar(path, folder, prefix=''):
    with tarfile.open(path, 'w:gz') as archive:
        archive.add(folder, prefix or '.')
    return path


def test_from_official_archives(small, tmp_path):
    # The images' archive has VOC's lists; those beside the parts go first.
    tar = pack_tar(tmp_path / 'trainval.tar.gz', small.raw, 'trainval')
    voc = tmp_path / 'voc.tar'
    with tarfile.open(voc, 'w') as archive:
        archive.add(small.raw / 'JPEGImages', 'VOCdevkit/VOC2010/JPEGImages')
    small.run()
    expected = tree(small.out)
    again = tmp_path / 'data/again'
    arguments = ['pascal_part', '--parts', tar, '--images', voc]
    assert cli.main([*map(str, arguments), '--out', str(again)]) == 0
    made = tree(again)
    sources = json.loads(made.pop('manifest.json'))['sources']
    expected.pop('manifest.json')
    assert made == expected
    assert sources['images'] == {'name': 'voc.tar', 'sha256': sha256(voc)}
    assert {p.name for p in again.parent.iterdir()} == {'out', 'again'}


def person_part(root, labels, mode='P'):
    """Write the layout of pascal_person_part.zip."""
    base = root / 'pascal_person_part'
    for name, array in labels.items():
        write_png(base / f'pascal_person_part_gt/{name}.png', array, mode)
    lists = base / 'pascal_person_part_trainval_list'
    for split, names in (('train', TRAIN), ('val', VAL)):
        lines = [f'/JPEGImages/{n}.jpg /gt/{n}.png' for n in names]
        write_list(lists / f'{split}.txt', lines)
    return base


def arguments(small, base, *more):
    return [
        *('pascal_part', '--person-part', str(base), '--workers', '1'),
        *('--images', str(small.raw / 'JPEGImages')),
        *('--out', str(small.out), *map(str, more)),
    ]


@pytest.mark.parametrize('mode', ['P', 'L'])
@pytest.mark.parametrize('packed', [False, True])
def test_from_ready_made_labels(small, tmp_path, mode, packed):
    labels = {
        name: RNG.choice([0, 1, 2, 3, 4, 5, 6, 255], (12, 16)).astype('uint8')
        for name in (*TRAIN, *VAL)
    }
    base = person_part(tmp_path / 'ready', labels, mode)
    if packed:
        with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
            for path in base.rglob('*'):
                archive.write(path, path.relative_to(base.parent))
        base = tmp_path / 'a.zip'
    assert cli.main(arguments(small, base)) == 0
    for name, expected in labels.items():
        np.testing.assert_array_equal(label(small.out, name), expected)
    pixels = manifest(small.out)['splits']['val']['pixels']
    ignored = sum(int((labels[name] == 255).sum()) for name in VAL)
    assert pixels['ignore'] == ignored > 0
    assert manifest(small.out)['options']['annotations'] == 'png'


def write_voc_lists(raw, train, val):
    for name in ('train_id.txt', 'val_id.txt'):
        (raw / name).unlink(missing_ok=True)
    write_list(raw / 'ImageSets/Main/train.txt', train)
    write_list(raw / 'ImageSets/Main/val.txt', val)


def add(small, name, objects):
    write_mat(small.mat(name), objects)
    write_image(small.image(name))


NOBODY = ('2008_000100', [('boat', random_mask(RNG), [])])
NO_PARTS = ('2008_000101', [('person', random_mask(RNG), [])])


def test_voc_lists_keep_only_people_with_parts(small, capsys):
    for name, objects in (NOBODY, NO_PARTS):
        add(small, name, objects)
    train = ['2011_000001', *TRAIN, NOBODY[0]]
    write_voc_lists(small.raw, train, [NO_PARTS[0], *VAL])
    assert small.run() == 0
    listed = (small.out / 'splits/train.txt').read_text().split()
    assert listed == list(TRAIN)
    assert not (small.out / f'labels/{NOBODY[0]}.png').exists()
    assert not (small.out / f'images/{NO_PARTS[0]}.jpg').exists()
    shown = capsys.readouterr().out
    assert '2 listed images are left out' in shown
    assert '1 images of train are no part of the annotated set' in shown
    assert manifest(small.out)['left_out'] == {
        name: sha256(small.mat(name)) for name, _ in (NOBODY, NO_PARTS)
    }


def test_a_lost_annotation_is_a_problem_also_with_voc_lists(small):
    small.mat(TRAIN[0]).unlink()
    write_voc_lists(small.raw, TRAIN, VAL)
    assert small.run() == 1
    (problem,) = problems(small.out)
    assert TRAIN[0] in problem and str(small.mat(TRAIN[0])) in problem


def test_voc_lists_with_ready_made_labels(small, tmp_path):
    labels = {name: random_mask(RNG) for name in (*TRAIN[:2], *VAL)}
    labels[NOBODY[0]] = np.zeros((12, 16), np.uint8)
    base = person_part(tmp_path / 'ready', labels)
    for path in base.rglob('*.txt'):
        path.unlink()
    add(small, *NOBODY)
    write_voc_lists(small.raw, [*TRAIN, NOBODY[0]], VAL)
    assert cli.main(arguments(small, base)) == 0
    listed = (small.out / 'splits/train.txt').read_text().split()
    assert listed == list(TRAIN[:2])
    assert list(manifest(small.out)['left_out']) == [NOBODY[0]]


def test_other_lists_keep_images_without_people(small, capsys):
    for name, objects in (NOBODY, NO_PARTS, ('2008_000102', [])):
        add(small, name, objects)
    train = [*TRAIN, NOBODY[0], NO_PARTS[0], '2008_000102']
    write_list(small.raw / 'mine.txt', train)
    options = '--train-list', small.raw / 'mine.txt', '--val-list'
    assert small.run(*options, small.raw / 'val_id.txt') == 0
    for name in train[3:]:
        assert not label(small.out, name).any()
    shown = capsys.readouterr().out
    assert 'images that show nothing but background: 3.' in shown
    assert 'in the literature 1716' in shown
