import os
import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segplug.engine.checkpoints import files, find
from segplug.engine.checkpoints.files import CheckpointWriteError

SMALL = {'state_dict': {'weight': torch.arange(300.0)}}


@contextmanager
def largest_file(size):
    """Let no file grow beyond ``size`` bytes, as a quota would."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_what_is_written_can_be_loaded(tmp_path):
    files.write(SMALL, tmp_path / 'new' / 'iter_1.pth')
    loaded = torch.load(tmp_path / 'new' / 'iter_1.pth', weights_only=True)
    assert torch.equal(loaded['state_dict']['weight'], torch.arange(300.0))
    assert os.listdir(tmp_path / 'new') == ['iter_1.pth']


def test_a_full_disk_leaves_the_former_file(tmp_path):
    path = tmp_path / 'iter_1.pth'
    files.write(SMALL, path)
    before = path.read_bytes()
    with largest_file(500):
        with pytest.raises(CheckpointWriteError, match='File too large'):
            files.write({'other': torch.zeros(9999)}, path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ['iter_1.pth']


def test_what_reads_back_wrong_is_not_put_in_place(tmp_path, monkeypatch):
    """As of a disk that loses writes."""
    path = tmp_path / 'iter_1.pth'
    files.write(SMALL, path)
    before = path.read_bytes()
    put = files._put
    monkeypatch.setattr(
        files, '_put', lambda content, path: put(content[:-100], path)
    )
    with pytest.raises(CheckpointWriteError, match='reads back wrong'):
        files.write(SMALL, path)
    assert path.read_bytes() == before


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp('whole') / 'whole.pth'
    files.write({'a': torch.rand(500), 'b': [1, 'text']}, path)
    return path.read_bytes()


@given(data=st.data())
def test_no_cut_goes_unnoticed(whole, tmp_path_factory, data):
    length = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.getbasetemp() / 'cut.pth'
    path.write_bytes(whole[:length])
    assert files.fault(path)


@given(data=st.data())
def test_damage_of_tensors_is_noticed(whole, tmp_path_factory, data):
    start = whole.index(b'data/0')  # the record of the tensor
    place = data.draw(st.integers(start + 200, start + 1500))
    flipped = bytes([whole[place] ^ (1 << data.draw(st.integers(0, 7)))])
    path = tmp_path_factory.getbasetemp() / 'flipped.pth'
    path.write_bytes(whole[:place] + flipped + whole[place + 1 :])
    assert 'damaged' in files.fault(path)


def test_whole_files_have_no_fault(whole, tmp_path):
    (tmp_path / 'a').write_bytes(whole)
    assert files.fault(tmp_path / 'a') is None
    assert files.fault(tmp_path / 'gone')
    assert files.fault(tmp_path)


def test_pointer_is_relative_inside_and_absolute_outside(tmp_path):
    files.write_pointer(tmp_path / 'run', tmp_path / 'run' / 'iter_1.pth')
    pointer = tmp_path / 'run' / 'last_checkpoint'
    assert pointer.read_text() == 'iter_1.pth'
    files.write_pointer(tmp_path / 'run', tmp_path / 'other' / 'iter_2.pth')
    assert pointer.read_text() == str(tmp_path / 'other' / 'iter_2.pth')
    files.write_pointer(tmp_path / 'run', 's3://store/iter_3.pth')
    assert pointer.read_text() == 's3://store/iter_3.pth'
    assert find.pointed(tmp_path / 'run') is None


def test_leftovers_of_dead_processes_are_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, '-c', ''])
    dead.wait()
    left = [
        tmp_path / f'.{name}.{dead.pid}-0123abcd.tmp{suffix}'
        for name, suffix in (
            ('iter_5.pth', '.pth'),
            ('last_checkpoint', ''),
            ('early_stopping.json', '.json'),
            ('bad_files.txt', '.txt'),
        )
    ]
    living = tmp_path / f'.iter_6.pth.{os.getppid()}-0123abcd.tmp.pth'
    others = [tmp_path / '.notes.tmp', tmp_path / 'iter_5.pth']
    for path in (*left, living, *others):
        path.touch()
    assert sorted(files.remove_leftovers(tmp_path)) == sorted(left)
    assert sorted(tmp_path.iterdir()) == sorted([living, *others])
