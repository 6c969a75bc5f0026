import shutil

import numpy as np
import pytest

from segplug.prepare.draw import shuffled

from .official import tree, write_image, write_png
from .official_streets import (
    CITY_NAMES,
    SHAPE,
    RawCityscapes,
    city_image,
    city_label,
    pack_zip,
)
from .results import fails, listed, problems


@pytest.fixture
def raw(tmp_path):
    return RawCityscapes(tmp_path)


def spoil(raw):
    """Make images bad, each in another way; return what is to be said."""
    bad = shuffled(CITY_NAMES, 0)[:7]  # all lists keep some
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
    good = [name for name in CITY_NAMES if name not in bad]
    made = listed(raw.out)
    assert made['train'] + made['val'] == good
    assert len(tree(raw.out / 'labels')) == len(good)
    assert raw.run(*size, '--skip-bad') == 0
    assert 'Traceback' not in capsys.readouterr().err


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
        target = make(raw.root, 'val', CITY_NAMES[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(make(raw.root, 'train', CITY_NAMES[0]), target)
    assert fails(capsys, raw.run(), 'both in train and in val', CITY_NAMES[0])


def test_options_that_do_not_go_together(raw, tmp_path, capsys):
    status = raw.run('--labels-by', 'nearest')
    assert fails(capsys, status, '--labels-by works with --size only')
    status = raw.run('--size', '4x8', '--images-as', 'copy')
    assert fails(capsys, status, '--images-as works without --size only')
    archive = pack_zip(tmp_path / 'left.zip', raw.root / 'leftImg8bit')
    status = raw.run('--images-as', 'link', images=archive)
    assert fails(capsys, status, 'left.zip is an archive', 'Unpack it')


@pytest.mark.parametrize('size', ['256', '0x8', 'axb', '4x-8', '99999x1'])
def test_sizes_that_are_none(raw, size, capsys):
    with pytest.raises(SystemExit):
        raw.run('--size', size)
    assert 'is no height×width in px' in capsys.readouterr().err
