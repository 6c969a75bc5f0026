import os
import shutil
import time

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import find_latest_checkpoint

from segplug.engine import launch
from segplug.engine.checkpoints import files, find
from segplug.engine.checkpoints.find import ResumeError


def save(folder, name, *, age=0, step=None, **changes):
    """Write a checkpoint that is ``age`` seconds old."""
    step = int(name.split('_')[-1].split('.')[0]) if step is None else step
    content = {
        'meta': {'iter': step, 'epoch': 0, 'seed': 5},
        'message_hub': {},
        'state_dict': {'a': torch.rand(2000)},
        'optimizer': {},
        **changes,
    }
    content = {k: v for k, v in content.items() if v is not None}
    files.write(content, folder / name)
    then = time.time() - age
    os.utime(folder / name, (then, then))
    return folder / name


def cut(path):
    stat = path.stat()
    path.write_bytes(path.read_bytes()[: stat.st_size // 2])
    os.utime(path, (stat.st_atime, stat.st_mtime))
    return path


def test_follows_the_pointer_even_in_a_moved_folder(tmp_path):
    old = save(tmp_path, 'iter_10.pth', age=20)
    (tmp_path / 'last_checkpoint').write_text('/before/the/move/iter_10.pth')
    assert find.newest(tmp_path) == old
    files.write_pointer(tmp_path, old)
    moved = tmp_path.with_name('moved')
    shutil.move(tmp_path, moved)
    assert find.newest(moved) == moved / 'iter_10.pth'


def test_a_file_newer_than_the_pointer_is_taken(tmp_path):
    """The run was killed between the two."""
    files.write_pointer(tmp_path, save(tmp_path, 'iter_10.pth', age=20))
    newer = save(tmp_path, 'iter_20.pth', age=10)
    assert find.newest(tmp_path) == newer


def test_an_earlier_run_in_the_folder_is_not_resumed(tmp_path):
    save(tmp_path, 'iter_90.pth', age=90)
    last = save(tmp_path, 'iter_20.pth', age=10)
    save(tmp_path, 'iter_10.pth', age=20)
    files.write_pointer(tmp_path, last)
    assert find.newest(tmp_path) == last
    cut(last)
    assert find.newest(tmp_path) == tmp_path / 'iter_10.pth'


def test_without_a_pointer_the_newest_is_taken(tmp_path):
    save(tmp_path, 'iter_90.pth', age=20)
    save(tmp_path, 'iter_100.pth', age=10)
    save(tmp_path, 'best_mIoU_iter_100.pth')
    (tmp_path / 'last_checkpoint').write_text('iter_110.pth')
    assert find.newest(tmp_path) == tmp_path / 'iter_100.pth'


@pytest.mark.parametrize('pointer', ['', '\0', '..', '/', 'iter_9.pth\n'])
def test_strange_pointers(tmp_path, pointer):
    save(tmp_path, 'iter_10.pth')
    (tmp_path / 'last_checkpoint').write_text(pointer)
    assert find.newest(tmp_path) == tmp_path / 'iter_10.pth'


def test_broken_files_are_passed_over_and_named(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(find, 'print_log', lambda text, **_: said.append(text))
    save(tmp_path, 'iter_10.pth', age=30)
    cut(save(tmp_path, 'iter_20.pth', age=20))
    (tmp_path / 'iter_30.pth').touch()
    files.write_pointer(tmp_path, tmp_path / 'iter_30.pth')
    assert find.newest(tmp_path) == tmp_path / 'iter_10.pth'
    (text,) = said
    assert f'Resuming from {tmp_path / "iter_10.pth"}' in text
    assert 'iter_20.pth is broken' in text and 'iter_30.pth is broken' in text


def test_broken_files_alone_are_no_reason_to_start_afresh(tmp_path):
    cut(save(tmp_path, 'iter_20.pth'))
    with pytest.raises(ResumeError, match='none of the .* can be used'):
        find.newest(tmp_path)


def test_a_folder_without_any(tmp_path):
    assert find.newest(tmp_path) is None
    assert find.newest(tmp_path / 'gone') is None


@pytest.mark.parametrize(
    ('changes', 'lacks'),
    [
        ({'meta': None}, 'a file of weights alone'),
        ({'meta': {}}, 'a file of weights alone'),
        ({'optimizer': None}, 'state of the optimizer'),
        ({'message_hub': None}, 'message_hub'),
    ],
)
def test_files_that_are_no_state_of_a_run(tmp_path, changes, lacks):
    path = save(tmp_path, 'iter_1.pth', **changes)
    with pytest.raises(ResumeError, match=lacks):
        find.read_meta(path)


def test_a_bare_state_dict(tmp_path):
    files.write({'a.weight': torch.zeros(3)}, tmp_path / 'bare.pth')
    with pytest.raises(ResumeError, match='load_from=.*bare.pth'):
        find.read_meta(tmp_path / 'bare.pth')
    files.write([1, 2], tmp_path / 'list.pth')
    with pytest.raises(ResumeError, match='weights alone'):
        find.read_meta(tmp_path / 'list.pth')


def test_mmengine_finds_the_same(tmp_path):
    """So MMSegmentation's tools do, which leave the search to it."""
    save(tmp_path, 'iter_10.pth', age=30)
    files.write_pointer(tmp_path, cut(save(tmp_path, 'iter_20.pth')))
    found = find_latest_checkpoint(str(tmp_path))
    assert found == str(tmp_path / 'iter_10.pth')
    assert find_latest_checkpoint(str(tmp_path / 'gone')) is None


def test_options_of_the_command_line(tmp_path):
    cfg = Config(dict(work_dir=str(tmp_path / 'run'), load_from='w.pth'))
    with pytest.raises(ResumeError, match='no checkpoint in .*run'):
        launch.set_resume(cfg, 'latest')
    launch.set_resume(cfg, 'auto')
    assert not cfg.get('resume') and cfg.load_from == 'w.pth'
    with pytest.raises(ResumeError, match='no checkpoint gone.pth'):
        launch.set_resume(cfg, 'gone.pth')
    path = save(tmp_path / 'run', 'iter_1.pth')
    for value in ('latest', 'auto'):
        cfg.resume = False
        launch.set_resume(cfg, value)
        assert cfg.resume and cfg.load_from is None
    launch.set_resume(cfg, str(path))
    assert cfg.resume and cfg.load_from == str(path)


def test_a_file_that_vanishes_meanwhile_is_passed_over(tmp_path):
    """Another run removes old checkpoints between a listing and a look."""
    gone = tmp_path / 'iter_5.pth'
    gone.symlink_to(tmp_path / 'removed.pth')
    there = save(tmp_path, 'iter_4.pth')
    assert find.candidates(tmp_path) == [there, gone]
    there.unlink()
    with pytest.raises(ResumeError, match='no checkpoint'):
        find.newest(tmp_path)
