import functools
import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.prepare import conversion, pascal_part
from segplug.prepare.part_masks import read_objects

from .official import (
    TRAIN,
    VAL,
    brute_force,
    random_objects,
    times,
    tree,
    write_image,
    write_list,
    write_mat,
)

linux = pytest.mark.skipif(
    sys.platform != 'linux', reason='needs fork and /proc'
)


def in_child(function):
    """Run a function in a forked process group; return its leader's id."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        status = 70
        try:
            status = function()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return pid


def status_of(pid):
    """Wait for a process; return its status, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize('workers', [2, 3])
def test_result_does_not_depend_on_the_number_of_workers(small, workers):
    write_list(small.raw / 'train_id.txt', [*TRAIN, '2008_9', '2008_8'])
    for name in ('2008_8', '2008_9'):
        write_image(small.image(name))
        small.mat(name).write_text('garbage')
    small.run()
    alone = tree(small.out)
    shutil.rmtree(small.out)
    small.run('--workers', workers)
    assert tree(small.out) == alone
    assert len(alone['problems.txt'].splitlines()) == 2


@pytest.mark.parametrize('workers', [1, 2])
def test_second_run_touches_nothing(small, workers, capsys):
    small.run()
    before = times(small.out)
    assert small.run('--workers', workers) == 0
    assert times(small.out) == before
    assert '0 new or changed, 5 unchanged' in capsys.readouterr().out


def test_changed_option_redoes_labels_but_not_images(small):
    small.run()
    before = times(small.out)
    small.run('--neck', 'torso')
    after = times(small.out)
    for name, objects in small.objects.items():
        image = small.out / f'images/{name}.jpg'
        label = small.out / f'labels/{name}.png'
        assert before[image] == after[image]
        assert before[label] != after[label]
        with Image.open(label) as made:
            np.testing.assert_array_equal(made, brute_force(objects, 2))


def test_changed_conversion_redoes_labels(small, monkeypatch, capsys):
    small.run()
    newer = pascal_part.SPEC.__class__(
        **{**vars(pascal_part.SPEC), 'revision': 2}
    )
    monkeypatch.setitem(
        sys.modules['segplug.prepare.cli'].DATASETS, 'pascal_part', newer
    )
    small.run()
    assert '5 new or changed, 0 unchanged' in capsys.readouterr().out


DAMAGES = {
    'label': lambda s: (s.out / f'labels/{VAL[0]}.png').write_bytes(b'x'),
    'image': lambda s: (s.out / f'images/{VAL[0]}.jpg').write_bytes(b'x'),
    'no label': lambda s: (s.out / f'labels/{VAL[0]}.png').unlink(),
    'split': lambda s: (s.out / 'splits/val.txt').write_text(VAL[0]),
    'no split': lambda s: (s.out / 'splits/val.txt').unlink(),
}


@pytest.mark.parametrize('damage', DAMAGES.values(), ids=DAMAGES)
def test_damaged_output_is_repaired(small, damage):
    small.run()
    whole = tree(small.out)
    before = times(small.out)
    damage(small)
    assert small.run() == 0
    assert tree(small.out) == whole
    untouched = small.out / f'labels/{TRAIN[0]}.png'
    assert times(small.out)[untouched] == before[untouched]


def test_changed_inputs_are_noticed(small, capsys):
    small.run()
    objects = random_objects(np.random.default_rng(99))
    write_mat(small.mat(VAL[0]), objects)
    write_image(small.image(VAL[1]), seed=99)
    assert small.run() == 0
    assert '2 new or changed, 3 unchanged' in capsys.readouterr().out
    with Image.open(small.out / f'labels/{VAL[0]}.png') as made:
        np.testing.assert_array_equal(made, brute_force(objects))
    copy = small.out / f'images/{VAL[1]}.jpg'
    assert copy.read_bytes() == small.image(VAL[1]).read_bytes()


def test_input_that_turns_bad_takes_its_output_along(small, capsys):
    small.run()
    small.mat(TRAIN[1]).write_text('garbage')
    assert small.run() == 1
    assert '1 removed' in capsys.readouterr().out
    assert not (small.out / f'labels/{TRAIN[1]}.png').exists()
    assert not (small.out / f'images/{TRAIN[1]}.jpg').exists()
    listed = (small.out / 'splits/train.txt').read_text().split()
    assert listed == [TRAIN[0], TRAIN[2]]


def test_images_that_left_the_splits_are_removed(small, capsys):
    small.run()
    write_list(small.raw / 'train_id.txt', TRAIN[:2])
    assert small.run() == 0
    assert '0 new or changed, 4 unchanged, 1 rem' in capsys.readouterr().out
    names = {path.stem for path in (small.out / 'labels').iterdir()}
    assert names == {*TRAIN[:2], *VAL}
    before = times(small.out)
    small.run()
    assert times(small.out) == before


def test_image_that_moves_to_another_split(small):
    small.run()
    write_list(small.raw / 'train_id.txt', [*TRAIN[:2], VAL[0]])
    write_list(small.raw / 'val_id.txt', [TRAIN[2], VAL[1]])
    assert small.run() == 0
    content = json.loads((small.out / 'manifest.json').read_text())
    total = sum(
        sum(split['pixels'].values()) for split in content['splits'].values()
    )
    assert total == 5 * 12 * 16
    listed = (small.out / 'splits/val.txt').read_text().split()
    assert listed == [TRAIN[2], VAL[1]]


_CHANGES = {'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'open'}


def killed_at(step, small, *more):
    """Run in a child that is killed before its n-th change on the disk."""
    watched = str(small.out)
    left = [step]

    def watch(event, args):
        if event not in _CHANGES or not isinstance(args[0], (str, Path)):
            return
        if event == 'open' and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        if str(args[0]).startswith(watched):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def run():
        sys.addaudithook(watch)
        return small.run(*more)

    return status_of(in_child(run))


@linux
@pytest.mark.parametrize('start', ['nothing', 'other neck', 'other lists'])
def test_killed_at_any_point(small, tmp_path, start):
    write_list(small.raw / 'train_id.txt', TRAIN[:1])
    write_list(small.raw / 'val_id.txt', VAL[:1])
    small.run()
    target = tree(small.out)
    if start == 'nothing':
        shutil.rmtree(small.out)
        small.out.mkdir()
    elif start == 'other neck':
        small.run('--neck', 'torso')
    else:
        write_list(tmp_path / 'train', [VAL[0], TRAIN[1]])
        write_list(tmp_path / 'val', [TRAIN[0]])
        lists = '--train-list', tmp_path / 'train'
        small.run(*lists, '--val-list', tmp_path / 'val')
    before = tree(small.out)
    saved = tmp_path / 'saved'
    small.out.rename(saved)
    for step in range(1000):
        shutil.copytree(saved, small.out)
        status = killed_at(step, small)
        left = tree(small.out)
        visible = {k: v for k, v in left.items() if '/.' not in f'/{k}'}
        for path, content in visible.items():
            if path.startswith(('images', 'labels')):
                assert content in (before.get(path), target.get(path))
        if 'manifest.json' in visible:
            visible.pop('unfinished.jsonl', None)
            assert visible in (before, target)
        assert small.run() == 0
        assert tree(small.out) == target
        shutil.rmtree(small.out)
        if status == 0:
            break
        assert status == -signal.SIGKILL
    assert step > 10


def convert_until(item, *, folder, limit, action, **options):
    """Convert, but do something else after a number of items."""
    done = len(list(folder.iterdir()))
    if done >= limit:
        action()
    (folder / item.id).touch()
    return _convert(item, **options)


_convert = pascal_part.convert_mat


def patch(monkeypatch, tmp_path, limit, action):
    folder = tmp_path / 'done'
    folder.mkdir()
    replacement = functools.partial(
        convert_until, folder=folder, limit=limit, action=action
    )
    monkeypatch.setattr(pascal_part, 'convert_mat', replacement)


def interrupt():
    raise KeyboardInterrupt


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def test_interrupted_run_goes_on(small, tmp_path, monkeypatch, capsys):
    patch(monkeypatch, tmp_path, 3, interrupt)
    assert small.run() == 130
    assert 'Run the same command again' in capsys.readouterr().err
    assert not (small.out / 'manifest.json').exists()
    assert not (small.out / 'splits').exists()
    done = times(small.out / 'labels')
    assert len(done) == 3
    monkeypatch.undo()
    assert small.run() == 0
    assert '2 new or changed, 3 unchanged' in capsys.readouterr().out
    assert done.items() <= times(small.out / 'labels').items()
    assert not (small.out / 'unfinished.jsonl').exists()


@linux
def test_dead_worker_is_reported(small, tmp_path, monkeypatch, capsys):
    patch(monkeypatch, tmp_path, 3, die)
    assert small.run('--workers', 2) == 2
    assert 'worker process died' in capsys.readouterr().err
    assert not (small.out / 'manifest.json').exists()
    monkeypatch.undo()
    assert small.run() == 0


def living(group):
    """Return the processes of a group that have not ended."""
    found = []
    for path in Path('/proc').glob('[0-9]*/stat'):
        try:
            state, _, pgrp = path.read_text().rpartition(')')[2].split()[:3]
        except OSError:
            continue
        if int(pgrp) == group and state != 'Z':
            found.append(path.parent.name)
    return found


def wait_for(condition):
    for _ in range(2000):
        if condition():
            return True
        time.sleep(0.01)
    return False


def be_busy(begun, end):
    """Say so, and go on once that is wanted."""
    begun.touch()
    assert wait_for(end.exists)


@linux
@pytest.mark.parametrize(
    'kill, expected',
    [
        (lambda pid: os.killpg(pid, signal.SIGINT), 130),
        (lambda pid: os.kill(pid, signal.SIGKILL), -signal.SIGKILL),
    ],
    ids=['ctrl-c', 'killed'],
)
def test_no_worker_outlives_the_run(
    small, tmp_path, monkeypatch, capfd, kill, expected
):
    # One worker is busy with the last item, the other waits for work.
    begun, end = tmp_path / 'begun', tmp_path / 'end'
    patch(monkeypatch, tmp_path, 4, functools.partial(be_busy, begun, end))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pid = in_child(lambda: small.run('--workers', '2'))
    labels = small.out / 'labels'
    assert wait_for(begun.exists)
    assert wait_for(lambda: len(list(labels.glob('[!.]*.png'))) == 4)
    kill(pid)
    if expected == 130:
        end.touch()  # an item that has begun is finished
    assert status_of(pid) == expected
    assert wait_for(lambda: not living(pid))
    shown = capfd.readouterr().err
    assert 'Traceback' not in shown
    monkeypatch.undo()
    assert small.run() == 0
    for name, objects in small.objects.items():
        with Image.open(small.out / f'labels/{name}.png') as made:
            np.testing.assert_array_equal(made, brute_force(objects))


@pytest.mark.parametrize('workers', [1, 2])
def test_full_disk(small, monkeypatch, capsys, workers):
    write = conversion.write_label

    def fail(path, label, palette):
        if VAL[1] in path.name:
            path.write_bytes(b'half')
            raise OSError(28, 'No space left on device')
        write(path, label, palette)

    monkeypatch.setattr(conversion, 'write_label', fail)
    assert small.run('--workers', workers) == 2
    shown = capsys.readouterr().err
    assert 'disk is full' in shown and str(small.out) in shown
    assert not any(VAL[1] in path for path in tree(small.out / 'labels'))
    assert not (small.out / 'manifest.json').exists()
    monkeypatch.undo()
    assert small.run() == 0


def test_annotations_are_read_by_name_not_by_order(small):
    # The order of the lists is that of the splits, whatever the folder's.
    write_list(small.raw / 'train_id.txt', TRAIN[::-1])
    small.run()
    listed = (small.out / 'splits/train.txt').read_text().split()
    assert listed == list(TRAIN[::-1])
    assert read_objects(small.mat(TRAIN[0]))
