import json
import os
import shutil
from pathlib import Path

import pytest

from segplug.prepare.errors import OutputError
from segplug.prepare.output import Output

from .official import tree


def test_new_folder_goes_again_when_nothing_was_written(tmp_path):
    output = Output(tmp_path / 'a', '.jpg')
    with pytest.raises(KeyError), output.claimed():
        assert output.root.is_dir()
        raise KeyError
    assert not output.root.exists()
    output.root.mkdir()
    with output.claimed():
        pass
    assert output.root.is_dir()


def test_one_run_at_a_time(tmp_path):
    output = Output(tmp_path / 'a', '.jpg')
    with output.claimed():
        with pytest.raises(OutputError, match='Another run'):
            with output.claimed():
                pass
    with output.claimed():
        pass


def test_file_in_the_way(tmp_path):
    (tmp_path / 'a').write_text('')
    with pytest.raises(OutputError, match='File exists'):
        with Output(tmp_path / 'a', '.jpg').claimed():
            pass


FOREIGN = [
    'photo.jpg',
    'images/2008_000001.jpg',
    'labels/a.png',
    'splits/train.txt',
    'problems.txt',
    'sub/manifest.json',
]


@pytest.mark.parametrize('name', FOREIGN)
def test_folder_of_somebody_else(small, name, capsys):
    path = small.out / name
    path.parent.mkdir(parents=True)
    path.write_text('precious')
    assert small.run() == 2
    assert 'were not prepared there' in capsys.readouterr().err
    assert tree(small.out) == {name: b'precious'}


@pytest.mark.parametrize(
    'name',
    ['notes.md', 'images/holiday.jpg', 'labels/a.txt', 'splits/test.txt'],
)
def test_foreign_file_in_a_prepared_folder(small, name, capsys):
    small.run()
    (small.out / name).write_text('precious')
    before = tree(small.out)
    assert small.run('--neck', 'torso') == 2
    assert str(small.out / name) in capsys.readouterr().err
    assert tree(small.out) == before


def test_files_of_the_system_do_no_harm(small):
    small.out.mkdir(parents=True)
    (small.out / '.DS_Store').write_text('')
    assert small.run() == 0
    (small.out / 'images/Thumbs.db').write_text('')
    assert small.run() == 0


def test_the_current_folder(small, monkeypatch):
    small.out.mkdir(parents=True)
    monkeypatch.chdir(small.out)
    small.out = Path('.')
    small.raw = Path('../../raw')
    archive = shutil.make_archive('../../raw', 'gztar', small.raw)
    assert small.run() == 0
    assert small.run('--images', archive) == 0
    assert {path.name for path in Path('..').iterdir()} == {'out'}


def test_other_data_set(small, capsys):
    small.run()
    path = small.out / 'manifest.json'
    content = json.loads(path.read_text())
    for key, value in (('dataset', 'camvid'), ('format', 99)):
        path.write_text(json.dumps({**content, key: value}))
        assert small.run() == 2
        assert str(value) in capsys.readouterr().err


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'\xff', b'{"a": 1}'])
@pytest.mark.parametrize('name', ['manifest.json', 'unfinished.jsonl'])
def test_damaged_records(small, name, content, capsys):
    small.run()
    (small.out / name).write_bytes(content)
    before = tree(small.out)
    assert small.run() == 2
    assert name in capsys.readouterr().err
    assert tree(small.out) == before


def test_forged_manifest_removes_nothing_outside(small, capsys):
    small.run()
    path = small.out / 'manifest.json'
    content = json.loads(path.read_text())
    victim = small.out.parent / 'victim.jpg'
    victim.write_text('precious')
    content['files']['../../victim'] = content['files']['2008_000001']
    path.write_text(json.dumps(content))
    assert small.run('--neck', 'torso') == 2
    assert 'damaged' in capsys.readouterr().err
    assert victim.read_text() == 'precious'


@pytest.mark.skipif(os.geteuid() == 0, reason='root may write anywhere')
def test_folder_that_may_not_be_written(small, capsys):
    small.out.mkdir(parents=True)
    small.out.chmod(0o500)
    assert small.run() == 2
    assert 'Permission denied' in capsys.readouterr().err
