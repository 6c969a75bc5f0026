import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from segplug.fileio import sha256
from segplug.labels import cityscapes as labels
from segplug.prepare.cityscapes import draw_r1
from segplug.prepare.draw import shuffled

from .official import times, tree
from .official_streets import (
    CITIES,
    CITY_NAMES,
    RawCityscapes,
    expected_city_label,
    pack_zip,
    read,
)
from .results import listed, manifest


@pytest.fixture
def raw(tmp_path):
    return RawCityscapes(tmp_path)


@pytest.mark.parametrize('classes', [19, 30])
def test_full_size(raw, classes):
    assert raw.run('--classes', classes) == 0
    for name, ids in raw.ids.items():
        made, mode = read(raw.out / f'labels/{name}.png')
        assert mode == 'P'
        np.testing.assert_array_equal(made, expected_city_label(ids, classes))
        image = raw.out / f'images/{name}.png'
        assert image.is_symlink()
        assert image.samefile(raw.image(name))
    assert len(list((raw.out / 'images').iterdir())) == len(CITY_NAMES)
    content = manifest(raw.out)
    names = labels.CLASSES if classes == 19 else labels.ANNOTATED_CLASSES
    total = np.stack(
        [expected_city_label(i, classes) for i in raw.ids.values()]
    )
    counts = content['splits']['train']['pixels']
    more = content['splits']['val']['pixels']
    for number, name in [*enumerate(names), (255, 'ignore')]:
        assert counts[name] + more[name] == int((total == number).sum())
    assert content['options'] == {'classes': classes, 'images_as': 'link'}


def test_copies(raw):
    raw.run()
    assert raw.run('--images-as', 'copy') == 0
    for name in CITY_NAMES:
        copy = raw.out / f'images/{name}.png'
        assert not copy.is_symlink()
        assert copy.read_bytes() == raw.image(name).read_bytes()
    before = {name: sha256(raw.image(name)) for name in CITY_NAMES}
    assert raw.run('--images-as', 'link') == 0
    assert all((raw.out / f'images/{n}.png').is_symlink() for n in CITY_NAMES)
    assert {name: sha256(raw.image(name)) for name in CITY_NAMES} == before


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
    victim = raw.out / f'images/{CITY_NAMES[0]}.png'
    victim.unlink()
    victim.symlink_to(raw.image(CITY_NAMES[1]))
    gone = raw.out / f'images/{CITY_NAMES[2]}.png'
    gone.unlink()
    gone.symlink_to('nowhere.png')
    assert raw.run() == 0
    assert '2 new or changed, 11 unchanged' in capsys.readouterr().out
    assert victim.samefile(raw.image(CITY_NAMES[0]))
    assert gone.samefile(raw.image(CITY_NAMES[2]))


def test_links_that_point_nowhere_are_removed_with_their_image(raw):
    raw.run()
    raw.image(CITY_NAMES[0]).unlink()
    raw.label(CITY_NAMES[0]).unlink()
    assert raw.run() == 0
    assert not os.path.lexists(raw.out / f'images/{CITY_NAMES[0]}.png')
    assert not (raw.out / f'labels/{CITY_NAMES[0]}.png').exists()


def test_from_the_official_archives(raw, tmp_path):
    images = pack_zip(tmp_path / 'left.zip', raw.root / 'leftImg8bit')
    masks = pack_zip(tmp_path / 'fine.zip', raw.root / 'gtFine')
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
    order = shuffled(CITY_NAMES, 0)  # 13 images, as 1024 : 196 : 144
    assert made['r1_train'] == sorted(order[:10])
    assert made['r1_val'] == sorted(order[10:12])
    assert made['r1_test'] == [order[12]]
    shown = capsys.readouterr().out
    assert '1 images of the test split are left out' in shown
    assert 'r1_train has 10 images, in the literature 1024' in shown
    before = times(raw.out / 'labels')
    raw.run('--seed', 5)
    assert times(raw.out / 'labels') == before
    assert manifest(raw.out)['selection']['seed'] == 5
    assert listed(raw.out)['r1_test'] == [shuffled(CITY_NAMES, 5)[12]]


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
