import json
import os
import shutil
import signal
import zipfile

import numpy as np
import pytest
from mmseg.registry import DATASETS, METRICS
from PIL import Image

from segplug.fileio import sha256
from segplug.labels import cityscapes as labels
from segplug.prepare import cli
from segplug.prepare.cityscapes import draw_r1
from segplug.prepare.draw import shuffled

from .official import times, tree, write_image, write_png
from .official_streets import (
    CITIES,
    SHAPE,
    city_image,
    city_label,
    read,
    write_cityscapes,
)
from .test_runner import killed_at, linux
from .test_shrink import by_hand

ALL = [*CITIES['train'], *CITIES['val']]
#: Written out once more: label ids of the 19 classes by train id.
EVALUATED = [
    *(7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31),
    *(32, 33),
]


class Raw:
    """A small Cityscapes and the command line that prepares it."""

    def __init__(self, folder, cities=CITIES):
        self.root = folder / 'raw'
        self.out = folder / 'data/out'
        self.ids = write_cityscapes(self.root, cities)

    def run(self, *more, images=None, masks=None, out=None):
        sources = [
            *('--images', str(images or self.root)),
            *('--labels', str(masks or self.root)),
        ]
        target = ['--out', str(out or self.out), '--workers', '1']
        return cli.main(['cityscapes', *sources, *target, *map(str, more)])

    def image(self, name):
        split = 'train' if name in CITIES['train'] else 'val'
        return city_image(self.root, split, name)

    def label(self, name):
        split = 'train' if name in CITIES['train'] else 'val'
        return city_label(self.root, split, name)


@pytest.fixture
def raw(tmp_path):
    return Raw(tmp_path)


def expected_label(ids, classes=19):
    """Map label ids one pixel value after the other."""
    result = np.full(ids.shape, 255, np.uint8)
    values = EVALUATED if classes == 19 else range(4, 34)
    for number, value in enumerate(values):
        result[ids == value] = number
    return result


def manifest(out):
    return json.loads((out / 'manifest.json').read_text())


def listed(out):
    return {
        path.stem: path.read_text().split()
        for path in (out / 'splits').iterdir()
    }


def problems(out):
    return (out / 'problems.txt').read_text().splitlines()


@pytest.mark.parametrize('classes', [19, 30])
def test_full_size(raw, classes):
    assert raw.run('--classes', classes) == 0
    for name, ids in raw.ids.items():
        made, mode = read(raw.out / f'labels/{name}.png')
        assert mode == 'P'
        np.testing.assert_array_equal(made, expected_label(ids, classes))
        image = raw.out / f'images/{name}.png'
        assert image.is_symlink()
        assert image.samefile(raw.image(name))
    assert len(list((raw.out / 'images').iterdir())) == len(ALL)
    content = manifest(raw.out)
    names = labels.CLASSES if classes == 19 else labels.ANNOTATED_CLASSES
    total = np.stack([expected_label(i, classes) for i in raw.ids.values()])
    counts = content['splits']['train']['pixels']
    more = content['splits']['val']['pixels']
    for number, name in [*enumerate(names), (255, 'ignore')]:
        assert counts[name] + more[name] == int((total == number).sum())
    assert content['options'] == {'classes': classes, 'images_as': 'link'}


def test_copies(raw):
    raw.run()
    assert raw.run('--images-as', 'copy') == 0
    for name in ALL:
        copy = raw.out / f'images/{name}.png'
        assert not copy.is_symlink()
        assert copy.read_bytes() == raw.image(name).read_bytes()
    before = {name: sha256(raw.image(name)) for name in ALL}
    assert raw.run('--images-as', 'link') == 0
    assert all((raw.out / f'images/{n}.png').is_symlink() for n in ALL)
    assert {name: sha256(raw.image(name)) for name in ALL} == before


def test_links_stay_right_when_everything_is_moved(raw, tmp_path):
    raw.run()
    moved = tmp_path / 'elsewhere'
    moved.mkdir()
    for name in ('raw', 'data'):
        shutil.move(tmp_path / name, moved / name)
    for path in (moved / 'data/out/images').iterdir():
        with Image.open(path) as image:
            image.load()


def test_links_are_kept_and_mended(raw, capsys):
    raw.run()
    before = times(raw.out)
    assert raw.run() == 0
    assert times(raw.out) == before
    victim = raw.out / f'images/{ALL[0]}.png'
    victim.unlink()
    victim.symlink_to(raw.image(ALL[1]))
    gone = raw.out / f'images/{ALL[2]}.png'
    gone.unlink()
    gone.symlink_to('nowhere.png')
    assert raw.run() == 0
    assert '2 new or changed, 11 unchanged' in capsys.readouterr().out
    assert victim.samefile(raw.image(ALL[0]))
    assert gone.samefile(raw.image(ALL[2]))


def test_links_that_point_nowhere_are_removed_with_their_image(raw):
    raw.run()
    raw.image(ALL[0]).unlink()
    raw.label(ALL[0]).unlink()
    assert raw.run() == 0
    assert not os.path.lexists(raw.out / f'images/{ALL[0]}.png')
    assert not (raw.out / f'labels/{ALL[0]}.png').exists()


@pytest.mark.parametrize('classes', [19, 30])
@pytest.mark.parametrize('size', [(4, 8), (8, 8), (5, 7)])
def test_reduced(raw, size, classes):
    options = '--size', f'{size[0]}x{size[1]}', '--classes', classes
    assert raw.run(*options) == 0
    for name in (ALL[0], ALL[6], ALL[-1]):
        whole = expected_label(raw.ids[name], classes)
        made, _ = read(raw.out / f'labels/{name}.png')
        np.testing.assert_array_equal(made, by_hand(whole, size))
        small, mode = read(raw.out / f'images/{name}.png')
        assert (small.shape, mode) == ((*size, 3), 'RGB')
        if size == (4, 8):
            blocks = read(raw.image(name))[0].reshape(4, 4, 8, 4, 3)
            means = blocks.astype(float).mean((1, 3))
            np.testing.assert_array_equal(small, np.floor(means + 0.5))
    facts = manifest(raw.out)['files'][ALL[0]]
    assert facts['source'] == sha256(raw.image(ALL[0]))
    assert facts['image'] == sha256(raw.out / f'images/{ALL[0]}.png')


def test_reduced_by_the_centre(raw):
    assert raw.run('--size', '4x8', '--labels-by', 'nearest') == 0
    for name, ids in raw.ids.items():
        made, _ = read(raw.out / f'labels/{name}.png')
        np.testing.assert_array_equal(made, expected_label(ids)[2::4, 2::4])
    assert manifest(raw.out)['options'] == {
        **{'classes': 19, 'size': [4, 8], 'labels_by': 'nearest'}
    }


def test_a_changed_image_is_reduced_again(raw, capsys):
    raw.run('--size', '4x8')
    before = times(raw.out)
    assert raw.run('--size', '4x8') == 0
    assert times(raw.out) == before
    write_image(raw.image(ALL[0]), SHAPE, seed=99)
    victim = raw.out / f'images/{ALL[1]}.png'
    whole = victim.read_bytes()
    victim.write_bytes(b'x')
    assert raw.run('--size', '4x8') == 0
    assert '2 new or changed, 11 unchanged' in capsys.readouterr().out
    assert victim.read_bytes() == whole
    assert raw.run('--size', '8x8') == 0
    assert '13 new or changed' in capsys.readouterr().out


@pytest.mark.parametrize('workers', [2, 3])
def test_any_number_of_workers_gives_the_same(raw, tmp_path, workers):
    raw.run('--size', '4x8')
    again = tmp_path / 'data/again'
    raw.run('--size', '4x8', '--workers', workers, out=again)
    assert tree(again) == tree(raw.out)


def pack(path, folder):
    with zipfile.ZipFile(path, 'w') as archive:
        for file in sorted(folder.rglob('*.png')):
            archive.write(file, file.relative_to(folder.parent))
    return path


def test_from_the_official_archives(raw, tmp_path):
    images = pack(tmp_path / 'left.zip', raw.root / 'leftImg8bit')
    masks = pack(tmp_path / 'fine.zip', raw.root / 'gtFine')
    raw.run('--images-as', 'copy')
    again = tmp_path / 'data/again'
    assert raw.run(images=images, masks=masks, out=again) == 0
    made, expected = tree(again), tree(raw.out)
    sources = json.loads(made.pop('manifest.json'))['sources']
    expected.pop('manifest.json')
    assert made == expected
    assert sources['images'] == {'name': 'left.zip', 'sha256': sha256(images)}
    assert {path.name for path in again.parent.iterdir()} == {'out', 'again'}


def test_lists(raw, capsys):
    raw.run()
    made = listed(raw.out)
    assert set(made) == {'train', 'val', 'r1_train', 'r1_val', 'r1_test'}
    for split in ('train', 'val'):
        assert made[split] == list(CITIES[split])
    order = shuffled(ALL, 0)  # 13 images, as 1024 : 196 : 144
    assert made['r1_train'] == sorted(order[:10])
    assert made['r1_val'] == sorted(order[10:12])
    assert made['r1_test'] == [order[12]]
    shown = capsys.readouterr().out
    assert '1 images of the test split are left out' in shown
    assert 'r1_train has 10 images, in the literature 1024' in shown
    before = times(raw.out / 'labels')
    raw.run('--seed', 5)
    assert times(raw.out / 'labels') == before
    assert manifest(raw.out)['selection']['r1']['seed'] == 5
    assert listed(raw.out)['r1_test'] == [shuffled(ALL, 5)[12]]


def test_the_lists_of_the_report():
    pool = [f'city_{i:06d}_000019' for i in range(3475)]
    made = draw_r1(pool, 0)
    sizes = {name: len(ids) for name, ids in made.items()}
    assert sizes == {'r1_train': 1024, 'r1_val': 196, 'r1_test': 144}
    assert len(set().union(*made.values())) == 1364
    assert set().union(*made.values()) <= set(pool)
    assert draw_r1(pool[::-1], 0) == made
    assert draw_r1(pool, 1) != made
    assert draw_r1(pool[:2], 0) == {}


def test_the_raw_labels_can_be_scored_without_preparing_them(raw):
    raw.run('--size', '4x8')
    metric = METRICS.build(
        dict(
            type='FullSizeMetric',
            label_dir=str(raw.root / 'gtFine'),
            label_suffix='_gtFine_labelIds.png',
            img_suffix='.png',
            ids='cityscapes',
        )
    )
    for name in ALL:
        np.testing.assert_array_equal(
            metric.label_of(str(raw.out / f'images/{name}.png')),
            expected_label(raw.ids[name]),
        )


@pytest.mark.parametrize('classes', [19, 30])
def test_the_dataset_finds_what_was_prepared(raw, classes):
    raw.run('--size', '4x8', '--classes', classes)
    dataset = DATASETS.build(
        dict(
            type='DownsampledCityscapesDataset',
            num_classes=classes,
            data_root=str(raw.out),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            ann_file='splits/train.txt',
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='LoadCheckedAnnotations'),
            ],
        )
    )
    assert len(dataset.metainfo['classes']) == classes
    assert len(dataset) == len(CITIES['train'])
    for sample, name in zip(dataset, CITIES['train'][:2]):
        assert sample['img'].shape == (4, 8, 3)
        expected = by_hand(expected_label(raw.ids[name], classes), (4, 8))
        np.testing.assert_array_equal(sample['gt_seg_map'], expected)


def spoil(raw):
    """Make images bad, each in another way; return what is to be said."""
    bad = shuffled(ALL, 0)[:7]  # all lists keep some
    label, image = map(raw.label, bad), map(raw.image, bad)
    label, image = list(label), list(image)
    write_png(label[0], np.full(SHAPE, 34, np.uint8))
    trained = np.full(SHAPE, 255, np.uint8)
    trained[0] = 3
    write_png(label[1], trained)
    write_png(label[2], np.tile(np.arange(4, dtype=np.uint8), (16, 8)))
    write_image(image[3], (16, 30))
    image[4].write_bytes(image[4].read_bytes()[:200])
    image[5].unlink()
    label[6].unlink()
    return bad, [
        (label[0], 'has the values 34; label ids go from 0 to 33'),
        (label[1], 'occurs in train ids: use the _labelIds.png'),
        (label[2], 'nothing is labelled in it'),
        (label[3], 'the label has 32×16 px, the image'),
        (image[4], 'cannot be read as a PNG image'),
        (label[5], 'there is no image for it'),
        (image[6], 'there is no label for it'),
    ]


@pytest.mark.parametrize('size', [(), ('--size', '4x8')])
def test_bad_items_are_named_and_the_rest_is_prepared(raw, size, capsys):
    bad, expected = spoil(raw)
    assert raw.run(*size) == 1
    found = problems(raw.out)
    assert len(found) == len(expected)
    for path, words in expected:
        assert sum(str(path) in p and words in p for p in found) == 1, words
    good = [name for name in ALL if name not in bad]
    made = listed(raw.out)
    assert made['train'] + made['val'] == good
    assert len(tree(raw.out / 'labels')) == len(good)
    assert raw.run(*size, '--skip-bad') == 0
    assert 'Traceback' not in capsys.readouterr().err


def fails(capsys, status, *words):
    shown = capsys.readouterr().err
    assert shown.startswith('error: ') and shown.count('\n') == 1
    return status == 2 and all(word in shown for word in words)


def test_nothing_to_prepare(raw, tmp_path, capsys):
    (tmp_path / 'empty').mkdir()
    empty = tmp_path / 'empty'
    assert fails(capsys, raw.run(images=empty), 'leftImg8bit_trainvaltest')
    assert fails(capsys, raw.run(masks=empty), 'gtFine_trainvaltest.zip')
    nowhere = tmp_path / 'nowhere'
    assert fails(capsys, raw.run(images=nowhere), str(nowhere))
    assert not raw.out.exists()


def test_only_the_test_split(raw, capsys):
    for kind in ('leftImg8bit', 'gtFine'):
        for split in ('train', 'val'):
            shutil.rmtree(raw.root / kind / split)
    assert fails(capsys, raw.run(), "'train'")


def test_sources_that_are_there_twice(raw, tmp_path, capsys):
    copy = tmp_path / 'raw/copy/leftImg8bit'
    shutil.copytree(raw.root / 'leftImg8bit', copy)
    assert fails(capsys, raw.run(), 'several folders', 'copy/leftImg8bit')


def test_an_image_in_both_splits(raw, capsys):
    for make in (city_image, city_label):
        target = make(raw.root, 'val', ALL[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(make(raw.root, 'train', ALL[0]), target)
    assert fails(capsys, raw.run(), 'both in train and in val', ALL[0])


def test_options_that_do_not_go_together(raw, tmp_path, capsys):
    status = raw.run('--labels-by', 'nearest')
    assert fails(capsys, status, '--labels-by works with --size only')
    status = raw.run('--size', '4x8', '--images-as', 'copy')
    assert fails(capsys, status, '--images-as works without --size only')
    archive = pack(tmp_path / 'left.zip', raw.root / 'leftImg8bit')
    status = raw.run('--images-as', 'link', images=archive)
    assert fails(capsys, status, 'left.zip is an archive', 'Unpack it')


@pytest.mark.parametrize('size', ['256', '0x8', 'axb', '4x-8', '99999x1'])
def test_sizes_that_are_none(raw, size, capsys):
    with pytest.raises(SystemExit):
        raw.run('--size', size)
    assert 'is no height×width in px' in capsys.readouterr().err


@linux
def test_killed_at_any_point_between_links_and_reduced_images(tmp_path):
    raw = Raw(tmp_path, {'train': ('a_1_1', 'a_2_1'), 'val': ('b_1_1',)})
    options = '--size', '4x8'
    raw.run(*options)
    target = tree(raw.out)
    shutil.rmtree(raw.out)
    raw.run()
    before, sources = tree(raw.out), tree(raw.root)
    saved = tmp_path / 'saved'
    raw.out.rename(saved)
    for step in range(1000):
        shutil.copytree(saved, raw.out, symlinks=True)
        status = killed_at(step, raw, *options)
        for path in raw.out.glob('[il]*/[!.]*.png'):
            name = str(path.relative_to(raw.out))
            assert path.read_bytes() in (before[name], target[name])
        assert raw.run(*options) == 0
        assert tree(raw.out) == target
        shutil.rmtree(raw.out)
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert step > 10
    assert tree(raw.root) == sources
