import pytest

from segplug.datasets import TooManyBadFilesError
from segplug.datasets import bad_files as module
from segplug.datasets.bad_files import BadFiles
from tests.engine import toy

pytestmark = pytest.mark.usefixtures('quick_start')


def damage(folder, *numbers):
    root = toy.draw(folder)
    for number in numbers:
        (root / f'images/{number}.png').write_bytes(b'no picture')
    return root


def config(root, work_dir, allowed=1, **options):
    cfg = toy.config(root, work_dir, randomness=dict(seed=1), **options)
    data = cfg.train_dataloader.dataset
    data.pipeline[0] = dict(type='LoadCheckedImage')
    data.max_bad_files = allowed
    cfg.default_hooks.bad_files = dict(type='BadFilesHook', interval=3)
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    return cfg


def listed(work_dir):
    return sorted((work_dir / 'bad_files.txt').read_text().splitlines())


def test_a_training_goes_on_and_lists_them(tmp_path):
    root = damage(tmp_path / 'data', 3)
    runner = toy.train(config(root, tmp_path / 'run'))
    assert runner.iter == 12
    assert listed(tmp_path / 'run') == [f'{root}/images/3.png']


def test_data_sets_inside_others(tmp_path):
    """Two joined ones, of which one is repeated."""
    roots = [damage(tmp_path / 'a', 3), damage(tmp_path / 'b', 5)]
    cfg = config(roots[0], tmp_path / 'run', iters=20)
    first = cfg.train_dataloader.dataset
    second = {**first, 'data_root': str(roots[1])}
    cfg.train_dataloader.dataset = dict(
        type='ConcatDataset',
        datasets=[
            first,
            dict(type='RepeatDataset', times=2, dataset=second),
        ],
    )
    toy.train(cfg)
    files = [f'{roots[0]}/images/3.png', f'{roots[1]}/images/5.png']
    assert listed(tmp_path / 'run') == files


def test_a_resumed_run_knows_them(tmp_path):
    """Also when it meets none of them again."""
    root = damage(tmp_path / 'data', 3, 5)
    cfg = config(root, tmp_path / 'run', allowed=2)
    first = toy.train(cfg, stop_after=6)
    for number in (3, 5):  # mended meanwhile: nothing new is met
        (root / f'images/{number}.png').write_bytes(
            (root / 'images/1.png').read_bytes()
        )
    met = list(first.train_dataloader.dataset.bad_files.indices())
    assert met
    resumed = toy.train(cfg, resume=True)
    assert resumed.train_dataloader.dataset.bad_files.indices() == met
    assert len(listed(tmp_path / 'run')) == len(met)


def test_processes_tell_each_other(monkeypatch):
    """As if another process had met the third file."""

    def reduce(flags, operation):
        assert operation == 'max'
        flags[3] = 1

    monkeypatch.setattr(module, 'all_reduce', reduce)
    bad = BadFiles(5, allowed=2)
    bad.add(1, ValueError())
    bad.share()
    assert list(bad.indices()) == [1, 3]
    bad = BadFiles(5, allowed=1)
    bad.add(1, ValueError())
    with pytest.raises(TooManyBadFilesError, match='2 files are bad, 1'):
        bad.share()
