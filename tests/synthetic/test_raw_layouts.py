"""Every writer, read back by code that shares nothing with it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.synthetic.bdd100k import BDD100K, bitmask_of
from segplug.synthetic.camvid import CamVid
from segplug.synthetic.cityscapes import Cityscapes, instance_ids
from segplug.synthetic.generation import (
    RECORD,
    Options,
    SyntheticError,
    generate,
)
from segplug.synthetic.voc12 import VOC12, colour_map, outlines

SIZE = (48, 80)
OPTIONS = {
    'cityscapes': Options(5, 2, *SIZE, seed=1),
    'bdd100k': Options(5, 2, *SIZE, seed=1),
    'camvid': Options(5, 2, *SIZE, seed=1, test=3),
    'voc12': Options(21, 3, *SIZE, seed=1),
}
GENERATORS = {g.name: g for g in (Cityscapes(), BDD100K(), CamVid(), VOC12())}


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp('raw')
    for name, options in OPTIONS.items():
        generate(GENERATORS[name], root / name, options)
    return root


def content(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob('*') if p.is_file()
    }  # fmt: skip


def files(folder, pattern):
    return sorted(str(p.relative_to(folder)) for p in folder.glob(pattern))


def read(path):
    with Image.open(path) as image:
        return np.array(image), image.mode


def test_cityscapes_names_and_pixels(folders):
    root = folders / 'cityscapes'
    pictures = files(root, 'leftImg8bit/*/*/*.png')
    assert len(pictures) == 7
    pattern = (r'leftImg8bit/(train|val)/([a-z]+)/\2_\d{6}_\d{6}'
               r'_leftImg8bit\.png')  # fmt: skip
    cities = {}
    for name in pictures:
        split, city = re.fullmatch(pattern, name).groups()
        cities.setdefault(split, set()).add(city)
        rgb, mode = read(root / name)
        assert mode == 'RGB' and rgb.shape == (*SIZE, 3)
        stem = name.replace('leftImg8bit/', 'gtFine/', 1)
        ids, mode = read(root / stem.replace('leftImg8bit', 'gtFine_labelIds'))
        assert mode == 'L' and ids.shape == SIZE and ids.max() <= 33
        things, _ = read(
            root / stem.replace('leftImg8bit', 'gtFine_instanceIds')
        )
        # 1000 times the id and a number for things, else the id.
        plain = np.where(things < 1000, things, things // 1000)
        np.testing.assert_array_equal(plain, ids)
        assert {1, 2} <= set(np.unique(ids))  # Own car, unlabelled border.
        assert (ids[0] == 2).all() and (ids[:, -1] == 2).all()
    assert len(files(root, 'gtFine/*/*/*')) == 14
    assert not cities['train'] & cities['val']
    assert len(cities['train']) > 1


def test_bdd100k_names_and_pixels(folders):
    root = folders / 'bdd100k'
    pictures = files(root, 'images/10k/*/*')
    assert len(pictures) == 7
    clips = {}
    # Train ids of the 41 ids, from the toolkit's table.
    table = np.full(256, 255)
    for train_id, number in enumerate(
        (7, 8, 10, 15, 11, 20, 25, 26, 29, 28, 30, 31, 32, 35, 40, 34, 39, 37,
         33)
    ):  # fmt: skip
        table[number] = train_id
    for name in pictures:
        split, clip, own = re.fullmatch(
            r'images/10k/(train|val)/([0-9a-f]{8})-([0-9a-f]{8})\.jpg', name
        ).groups()
        clips.setdefault(split, []).append(clip)
        stem = f'{split}/{clip}-{own}.png'
        mask, mode = read(root / 'labels/pan_seg/bitmasks' / stem)
        assert mode == 'RGBA' and mask.shape == (*SIZE, 4)
        assert mask[..., 0].max() <= 40 and (mask[..., 1] == 0).all()
        number = mask[..., 2].astype(int) * 256 + mask[..., 3]
        for thing in np.unique(number):
            assert len(np.unique(mask[..., 0][number == thing])) == 1
        labels, mode = read(root / 'labels/sem_seg/masks' / stem)
        assert mode == 'L'
        np.testing.assert_array_equal(labels, table[mask[..., 0]])
        assert read(root / name)[0].shape == (*SIZE, 3)
    assert sorted(map(clips['train'].count, set(clips['train']))) == [2, 3]
    assert not set(clips['train']) & set(clips['val'])
    assert len(files(root, 'labels/**/*.png')) == 14


def test_camvid_names_and_pixels(folders):
    root = folders / 'camvid'
    for split, count in (('train', 5), ('val', 2), ('test', 3)):
        lines = (root / f'{split}.txt').read_text().splitlines()
        assert len(lines) == count
        names = []
        for line in lines:
            picture, labels = line.split(' ')
            base = f'/SegNet/CamVid/{split}'
            assert picture.startswith(f'{base}/')
            assert labels == picture.replace(base, f'{base}annot')
            names.append(picture.rsplit('/', 1)[1])
            rgb, mode = read(root / split / names[-1])
            assert mode == 'RGB' and rgb.shape == (*SIZE, 3)
            ids, mode = read(root / f'{split}annot' / names[-1])
            assert mode == 'L' and ids.shape == SIZE and ids.max() <= 11
        assert files(root / split, '*') == sorted(names)
        assert files(root / f'{split}annot', '*') == sorted(names)


def test_voc12_names_and_pixels(folders):
    root = folders / 'voc12/VOCdevkit/VOC2012'
    lists = root / 'ImageSets/Segmentation'
    ids = {p.stem: p.read_text().splitlines() for p in sorted(lists.iterdir())}
    assert ids['trainval'] == ids['train'] + ids['val']
    assert len(set(ids['trainval'])) == 24
    palette = [(0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0),
               (0, 0, 128)]  # fmt: skip
    seen = set()
    for name in ids['trainval']:
        rgb, _ = read(root / 'JPEGImages' / f'{name}.jpg')
        for kind in ('Class', 'Object'):
            with Image.open(root / f'Segmentation{kind}/{name}.png') as image:
                assert image.mode == 'P'
                assert image.size == rgb.shape[1::-1]
                colours = np.array(image.getpalette()).reshape(-1, 3)
                plane = np.array(image)
            assert [tuple(c) for c in colours[:5]] == palette
            assert tuple(colours[255]) == (224, 224, 192)
            assert set(np.unique(plane)) <= {*range(21), 255}
            if kind == 'Class':
                classes = plane
        np.testing.assert_array_equal(classes == 255, plane == 255)
        np.testing.assert_array_equal(classes == 0, plane == 0)
        # A border lies between whatever differs.
        for a, b in ((classes[1:], classes[:-1]),
                     (classes[:, 1:], classes[:, :-1])):  # fmt: skip
            assert not ((a != b) & (a != 255) & (b != 255)).any()
        seen |= set(np.unique(classes))
    assert seen == {*range(21), 255}


def test_the_colour_map_is_voc_s():
    table = colour_map()
    assert tuple(table[15]) == (192, 128, 128)
    assert tuple(table[20]) == (0, 64, 128)
    assert len(np.unique(table, axis=0)) == 256


@pytest.mark.parametrize('name', GENERATORS)
def test_the_number_of_workers_does_not_matter(folders, tmp_path, name):
    generate(GENERATORS[name], tmp_path / 'two', OPTIONS[name], workers=2)
    assert content(tmp_path / 'two') == content(folders / name)


@pytest.mark.parametrize('name', GENERATORS)
def test_what_is_missing_is_drawn_again_and_force_replaces_all(
    folders, tmp_path, name
):
    generator = GENERATORS[name]
    short = Options(2, 1, *SIZE, seed=1)
    assert generate(generator, tmp_path, short) == 3
    found = content(tmp_path)
    pictures = {k: v for k, v in found.items() if k.endswith(('png', 'jpg'))}
    assert pictures.items() <= content(folders / name).items()
    victim = sorted(pictures)[0]
    (tmp_path / victim).unlink()
    assert generate(generator, tmp_path, short) == 1
    assert content(tmp_path) == found
    assert generate(
        generator, tmp_path, Options(1, 0, 40, 64, seed=2), force=True
    ) == 1  # fmt: skip
    left = [k for k in content(tmp_path) if k.endswith(('png', 'jpg'))]
    assert len(left) == len(pictures) // 3


@pytest.mark.parametrize('name', ['cityscapes', 'bdd100k', 'voc12'])
def test_only_camvid_has_a_test_split(tmp_path, name):
    options = Options(1, 1, *SIZE, test=2)
    with pytest.raises(SyntheticError, match='no test split'):
        generate(GENERATORS[name], tmp_path / 'out', options)
    assert not (tmp_path / 'out').exists()


def test_the_record_names_the_splits_that_there_are(folders):
    for name, options in OPTIONS.items():
        record = json.loads((folders / name / RECORD).read_text())
        assert record['generator'] == name
        assert record['train'] == options.train
        assert record.get('test') == (3 if name == 'camvid' else None)


def test_ids_never_collide():
    for generator in GENERATORS.values():
        names = [
            generator.sample_id(split, index)
            for split in generator.counts
            for index in [*range(300), generator.most - 1]
        ]
        assert len(set(names)) == len(names)
        for split in generator.counts:
            name = generator.sample_id(split, 7)
            path = next(iter(generator.paths(Path('x'), name)))
            assert split in path.parts or generator.name == 'voc12'


def test_instances_are_numbered_within_their_class():
    labels = np.array([[26, 26, 7], [24, 26, 33]], np.uint8)
    owner = np.array([[5, 9, 0], [2, 5, 1]], np.int16)
    expected = [[26000, 26001, 7], [24000, 26000, 33000]]
    np.testing.assert_array_equal(instance_ids(labels, owner), expected)


def test_a_bitmask_numbers_what_is_counted():
    ids = np.array([[35, 35, 7]], np.uint8)
    mask = bitmask_of(ids, np.array([[300, 2, 0]], np.int16))
    number = mask[..., 2].astype(int) * 256 + mask[..., 3]
    assert number[0, 0] == 330 and number[0, 1] == 32 and number[0, 2] == 7
    np.testing.assert_array_equal(mask[..., 0], ids)


def test_outlines_are_where_objects_meet():
    owner = np.zeros((20, 20), np.int16)
    owner[5:15, 5:10] = 1
    owner[5:15, 10:15] = 2
    expected = np.zeros((20, 20), bool)
    for y in range(20):
        for x in range(20):
            window = owner[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            expected[y, x] = len(np.unique(window)) > 1
    np.testing.assert_array_equal(outlines(owner), expected)
