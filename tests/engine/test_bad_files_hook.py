import pytest

from tests.engine import toy


@pytest.mark.usefixtures('quick_start')
def test_a_training_goes_on_and_lists_them(tmp_path):
    damaged = toy.draw(tmp_path / 'data')
    (damaged / 'images/3.png').write_bytes(b'no picture')
    cfg = toy.config(damaged, tmp_path / 'run', iters=12)
    pipeline = cfg.train_dataloader.dataset.pipeline
    pipeline[0] = dict(type='LoadCheckedImage')
    cfg.train_dataloader.dataset.max_bad_files = 1
    cfg.default_hooks.bad_files = dict(type='BadFilesHook')
    del cfg.default_hooks['checkpoint']
    cfg.val_dataloader = cfg.val_evaluator = cfg.val_cfg = None
    runner = toy.train(cfg)
    assert runner.iter == 12
    listed = (tmp_path / 'run/bad_files.txt').read_text()
    assert listed == f'{damaged}/images/3.png\n'
