import json

import pytest

from segplug.synthetic.generation import (
    RECORD,
    Options,
    SyntheticError,
    generate,
)
from segplug.synthetic.pascal_part import PascalPart

SMALL = Options(train=4, val=2, height=48, width=64, seed=3)


def run(folder, options=SMALL, **kwargs):
    return generate(PascalPart(), folder, options, **kwargs)


def content(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob('*') if p.is_file()
    }  # fmt: skip


@pytest.fixture(scope='module')
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp('reference')
    assert run(folder) == 6
    return content(folder)


def pictures(found):
    return {k: v for k, v in found.items() if '/' in k}


def test_the_number_of_workers_does_not_matter(tmp_path, reference):
    run(tmp_path / 'two', workers=2)
    assert content(tmp_path / 'two') == reference


def test_more_training_images_change_no_other(tmp_path, reference):
    run(tmp_path, Options(6, 2, 48, 64, seed=3))
    longer = pictures(content(tmp_path))
    assert len(longer) == 16
    assert pictures(reference).items() <= longer.items()


def test_training_and_validation_streams_differ(reference):
    data = list(pictures(reference).values())
    assert len(set(data)) == len(data) == 12


def test_another_seed_gives_other_images(tmp_path, reference):
    run(tmp_path, Options(1, 0, 48, 64, seed=4))
    name = 'JPEGImages/0000_000001.jpg'
    assert content(tmp_path)[name] != reference[name]


def test_an_interrupted_run_is_completed(tmp_path, reference):
    run(tmp_path)
    (tmp_path / 'JPEGImages/0000_000002.jpg').unlink()
    (tmp_path / 'Annotations_Part/0000_500001.mat').unlink()
    (tmp_path / 'val_id.txt').unlink()
    assert run(tmp_path) == 2
    assert content(tmp_path) == reference
    assert run(tmp_path) == 0


def test_the_record_tells_the_options(reference):
    record = json.loads(reference[RECORD])
    assert record == {
        'generator': 'pascal_part',
        'version': PascalPart.version,
        'train': 4,
        'val': 2,
        'height': 48,
        'width': 64,
        'seed': 3,
        'difficulty': 'hard',
    }


def test_other_options_need_force(tmp_path):
    run(tmp_path, Options(2, 1, 32, 32))
    before = content(tmp_path)
    fewer = Options(1, 1, 32, 40)
    with pytest.raises(SyntheticError, match='width 32 instead of 40'):
        run(tmp_path, fewer)
    assert content(tmp_path) == before
    assert run(tmp_path, fewer, force=True) == 2
    names = set(content(tmp_path))
    assert 'JPEGImages/0000_000002.jpg' not in names
    assert len(names) == 7


@pytest.mark.parametrize('force', [False, True])
@pytest.mark.parametrize('text', [None, 'no json', '[]', '{"a": 1}'])
def test_a_foreign_folder_is_left_alone(tmp_path, force, text):
    (tmp_path / 'thesis.tex').write_text('precious')
    if text is not None:
        (tmp_path / RECORD).write_text(text)
    before = content(tmp_path)
    with pytest.raises(SyntheticError, match='empty folder'):
        run(tmp_path, force=force)
    assert content(tmp_path) == before


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / 'file').write_text('x')
    with pytest.raises(SyntheticError, match='is a file'):
        run(tmp_path / 'file')


@pytest.mark.parametrize(
    ('options', 'word'),
    [
        (Options(-1, 2, 64, 64), '--train'),
        (Options(2, -3, 64, 64), '--val'),
        (Options(500_000, 0, 64, 64), '--train'),
        (Options(0, 0, 64, 64), 'at least one image'),
        (Options(1, 1, 31, 64), '--size'),
        (Options(1, 1, 64, 9000), '--size'),
        (Options(1, 1, 64, 64, seed=-1), '--seed'),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    tmp_path, options, word
):
    with pytest.raises(SyntheticError, match=word):
        run(tmp_path / 'out', options)
    assert not (tmp_path / 'out').exists()


def test_workers_must_be_positive(tmp_path):
    with pytest.raises(SyntheticError, match='--workers'):
        run(tmp_path, workers=0)


def test_a_split_may_be_empty(tmp_path):
    assert run(tmp_path, Options(0, 1, 32, 32)) == 1
    assert (tmp_path / 'train_id.txt').read_text() == ''
    assert (tmp_path / 'val_id.txt').read_text() == '0000_500001\n'
