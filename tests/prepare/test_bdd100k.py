import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.fileio import sha256
from segplug.labels import bdd100k as labels
from segplug.prepare.bdd100k import clip_of, divide
from segplug.prepare.draw import shuffled
from segplug.prepare.spec import Item

from . import official_streets
from .official import times, tree, write_image, write_png
from .official_streets import (
    CLIPS,
    SHAPE,
    bdd_image,
    bdd_label,
    bitmask,
    read,
    write_bdd,
)
from .results import dataset, fails, listed, manifest, problems

ALL = [*CLIPS['train'], *CLIPS['val']]
RNG = np.random.default_rng(0)


class Raw(official_streets.Raw):
    dataset = 'bdd100k'

    def __init__(self, folder):
        super().__init__(folder)
        self.full, self.masks = write_bdd(self.root)

    def image(self, name):
        split = 'train' if name in CLIPS['train'] else 'val'
        return bdd_image(self.root, split, name)

    def label(self, name, **kwargs):
        split = 'train' if name in CLIPS['train'] else 'val'
        return bdd_label(self.root, split, name, **kwargs)


@pytest.fixture
def raw(tmp_path):
    return Raw(tmp_path)


def as_old_release(raw, folder):
    """Write the same masks in the layout of 2018; return its root."""
    for split, names in CLIPS.items():
        for name in names:
            target = folder / f'seg/images/{split}/{name}.jpg'
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(raw.image(name), target)
            mask = raw.masks[name]
            write_png(folder / f'seg/labels/{split}/{name}_train_id.png', mask)
            colours = np.zeros((*SHAPE, 3), np.uint8)
            path = f'seg/color_labels/{split}/{name}_train_color.png'
            write_png(folder / path, colours)
    return folder


def test_all_labels(raw):
    assert raw.run() == 0
    for name, ids in raw.full.items():
        made, mode = read(raw.out / f'labels/{name}.png')
        assert mode == 'P'
        np.testing.assert_array_equal(made, ids)
        assert (raw.out / f'images/{name}.jpg').samefile(raw.image(name))
    content = manifest(raw.out)
    counts = np.zeros(41, int)
    for facts in content['splits'].values():
        pixels = [facts['pixels'][name] for name in labels.ALL_CLASSES]
        counts += pixels
        assert facts['pixels']['ignore'] == 0
    everything = np.stack(list(raw.full.values())).ravel()
    assert counts.tolist() == np.bincount(everything, minlength=41).tolist()
    assert content['options']['classes'] == 41
    chosen = content['selection']
    assert (chosen['split_by'], chosen['seed']) == ('clip', 0)


@pytest.mark.parametrize('old', [False, True])
def test_official_masks(raw, tmp_path, old):
    root = as_old_release(raw, tmp_path / 'old') if old else raw.root
    options = '--classes', 19, '--images-as', 'copy'
    assert raw.run(*options, images=root, masks=root) == 0
    for name, mask in raw.masks.items():
        made, _ = read(raw.out / f'labels/{name}.png')
        np.testing.assert_array_equal(made, mask)
        copy = raw.out / f'images/{name}.jpg'
        assert not copy.is_symlink()
        assert copy.read_bytes() == raw.image(name).read_bytes()
    pixels = manifest(raw.out)['splits']['train']['pixels']
    assert list(pixels) == [*labels.CLASSES, 'ignore']


def test_the_folders_themselves(raw, tmp_path):
    raw.run()
    images = raw.root / 'images/10k'
    masks = raw.root / 'labels/pan_seg/bitmasks'
    again = tmp_path / 'data/again'
    assert raw.run(images=images, masks=masks, out=again) == 0
    assert tree(again / 'labels') == tree(raw.out / 'labels')


def test_from_archives(raw, tmp_path):
    for name, folder in (('i.zip', 'images'), ('l.zip', 'labels')):
        with zipfile.ZipFile(tmp_path / name, 'w') as archive:
            for path in (raw.root / folder).rglob('*.*'):
                target = Path('bdd100k') / path.relative_to(raw.root)
                archive.write(path, target)
    raw.run('--images-as', 'copy')
    again = tmp_path / 'data/again'
    sources = {'images': tmp_path / 'i.zip', 'masks': tmp_path / 'l.zip'}
    assert raw.run(**sources, out=again) == 0
    made, expected = tree(again), tree(raw.out)
    facts = json.loads(made.pop('manifest.json'))['sources']
    expected.pop('manifest.json')
    assert made == expected
    assert facts['labels']['sha256'] == sha256(tmp_path / 'l.zip')


def test_no_clip_is_in_two_lists(raw):
    raw.run()
    lists = listed(raw.out)
    assert set(lists) == {'train', 'val', 'test'}
    assert sorted(sum(lists.values(), [])) == sorted(ALL)
    homes = {}
    for split, names in lists.items():
        for name in names:
            assert homes.setdefault(name.split('-')[0], split) == split
    assert len(homes) == 12
    assert abs(len(lists['train']) - 0.7 * len(ALL)) < 2


def test_other_ways_to_divide(raw):
    raw.run()
    before = times(raw.out / 'labels')
    raw.run('--split-by', 'image')
    order = shuffled(ALL, 0)
    lists = listed(raw.out)
    assert lists['train'] == sorted(order[:13])  # of 18, as 70 : 15 : 15
    assert lists['val'] == sorted(order[13:15])
    assert lists['test'] == sorted(order[15:])
    raw.run('--split-by', 'image', '--seed', 1)
    assert listed(raw.out)['test'] == sorted(shuffled(ALL, 1)[15:])
    raw.run('--split-by', 'official')
    lists = listed(raw.out)
    assert lists == {split: list(names) for split, names in CLIPS.items()}
    assert times(raw.out / 'labels') == before
    chosen = manifest(raw.out)['selection']
    assert chosen == {'split_by': 'official'}
    raw.run()
    assert set(listed(raw.out)) == {'train', 'val', 'test'}


def test_the_shares_of_the_whole_data_set():
    rng = np.random.default_rng(0)
    clips = rng.integers(0, 5000, 8000)
    items = [
        Item(f'{clip:08x}-{i:08x}', 'train', Path('a'), Path('b'))
        for i, clip in enumerate(clips)
    ]
    lists = divide(items, by='clip', seed=0)
    sizes = [len(lists[split]) for split in ('train', 'val', 'test')]
    assert sum(sizes) == 8000
    assert np.abs(np.subtract(sizes, [5600, 1200, 1200])).max() < 10
    clips = [set(map(clip_of, lists[split])) for split in lists]
    assert not (clips[0] & clips[1] or clips[0] & clips[2])
    assert not clips[1] & clips[2]


@pytest.mark.parametrize('classes', [41, 40, 19])
def test_the_dataset_reads_every_form(raw, classes):
    raw.run()
    samples = dataset('BDD100KFullDataset', raw.out, num_classes=classes)
    names = samples.metainfo['classes']
    assert len(names) == len(samples.metainfo['palette']) == classes
    for number, name in enumerate(names):
        label = next(lab for lab in labels.LABELS if lab.name == name)
        assert samples.metainfo['palette'][number] == list(label.colour)
    for sample in samples:
        name = Path(sample['img_path']).stem
        expected = np.full(SHAPE, 255, np.uint8)
        for number, name_of in enumerate(names):
            label = next(n for n in labels.LABELS if n.name == name_of)
            expected[raw.full[name] == label.id] = number
        np.testing.assert_array_equal(sample['gt_seg_map'], expected)
        if classes == 40:
            ids = raw.full[name].astype(int)
            np.testing.assert_array_equal(expected, (ids - 1) % 256)


def test_partnerless_files_are_listed(raw, capsys):
    lost = [
        raw.image(ALL[0]),
        raw.label(ALL[1]),
        raw.image(ALL[-1]),
    ]
    for path in lost:
        path.unlink()
    assert raw.run() == 1
    found = problems(raw.out)
    assert len(found) == 3
    for name, words in (
        (ALL[0], 'no image for it'),
        (ALL[1], 'no label for it'),
        (ALL[-1], 'no image for it'),
    ):
        assert sum(name in p and words in p for p in found) == 1
    assert raw.run('--skip-bad') == 0
    assert len(tree(raw.out / 'labels')) == len(ALL) - 3


def test_bad_labels_are_named_and_the_rest_is_prepared(raw):
    strange = raw.full[ALL[4]].copy()
    strange[0, 0] = 41
    write_png(raw.label(ALL[4]), bitmask(strange, RNG))
    write_png(raw.label(ALL[5]), raw.full[ALL[5]])
    palette = np.array(labels.ALL_PALETTE, np.uint8)
    opaque = np.full((*SHAPE, 1), 255, np.uint8)
    shown = np.concatenate([palette[raw.full[ALL[6]]], opaque], 2)
    write_png(raw.label(ALL[6]), shown)
    raw.label(ALL[7]).write_bytes(raw.label(ALL[7]).read_bytes()[:90])
    write_image(raw.image(ALL[8]), (16, 30))
    assert raw.run() == 1
    found = problems(raw.out)
    for name, words in (
        (ALL[4], 'label values 41; wanted are 0 to 40'),
        (ALL[5], 'wanted: an RGBA bitmask'),
        (ALL[6], 'only 37 colours for the 41 labels'),
        (ALL[7], 'cannot be read as a PNG image'),
        (ALL[8], 'the label has 32×16 px'),
    ):
        assert sum(name in p and words in p for p in found) == 1, words
    assert len(found) == 5


def test_black_bitmasks_are_no_pictures(raw):
    # Unlabelled throughout, and transparent as all unlabelled pixels are.
    write_png(raw.label(ALL[4]), np.zeros((*SHAPE, 4), np.uint8))
    assert raw.run() == 0


@pytest.mark.parametrize('kind', ['sem_seg/colormaps', 'pan_seg/colormaps'])
@pytest.mark.parametrize('classes', [41, 19])
def test_folders_of_colours_are_refused(raw, kind, classes, capsys):
    masks = raw.root / 'labels' / kind
    status = raw.run('--classes', classes, masks=masks)
    words = ('only 37 colours',) if classes == 41 else ('sem_seg/masks',)
    assert fails(capsys, status, str(masks), *words)
    assert not raw.out.exists()


@pytest.mark.parametrize('classes', [41, 19])
@pytest.mark.parametrize('mode', ['RGB', 'RGBA', 'P'])
def test_colours_under_another_name_are_refused(
    raw, tmp_path, classes, mode, capsys
):
    palette = np.array(labels.ALL_PALETTE, np.uint8)
    for split, names in CLIPS.items():
        for name in names:
            path = tmp_path / f'mine/{split}/{name}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(palette[raw.full[name]])
            image.convert(mode).save(path)
    status = raw.run('--classes', classes, masks=tmp_path / 'mine')
    words = 'only 37 colours' if classes == 41 else 'colours are of no use'
    assert fails(capsys, status, words)


def test_masks_are_not_taken_for_bitmasks(raw, capsys):
    masks = raw.root / 'labels/sem_seg'
    assert fails(capsys, raw.run(masks=masks), '--classes 19')
    masks = raw.root / 'labels/pan_seg'
    status = raw.run('--classes', 19, masks=masks)
    assert fails(capsys, status, 'sem_seg/masks')
    masks = raw.root / 'labels/ins_seg'
    assert fails(capsys, raw.run(masks=masks), 'pan_seg/bitmasks')


def test_other_images_than_those_labelled(raw, tmp_path, capsys):
    for split in CLIPS:
        write_image(tmp_path / f'100k/{split}/0000f77c-6257be58.jpg', SHAPE)
    shutil.rmtree(tmp_path / '100k/val')
    status = raw.run(images=tmp_path / '100k')
    assert fails(capsys, status, 'not to the 100K ones')


def test_too_few_clips(raw, capsys):
    for name in ALL:
        if not name.startswith(('00000001', '00000003')):
            raw.image(name).unlink()
            raw.label(name).unlink()
    assert fails(capsys, raw.run(), '2 clips', '--split-by')
    assert raw.run('--split-by', 'image') == 0
