import argparse

import pytest
from mmengine.config import Config

from segplug.engine import launch
from segplug.engine.launch import LaunchError

CONFIG = """
model = dict(pretrained='open-mmlab://resnet50_v1c', head=dict(rates=[1, 2]))
pipeline = [dict(type='A', size=1), dict(type='B')]
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1))
"""


def parse(*words):
    parser = argparse.ArgumentParser()
    launch.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def config_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(launch.TRUST_VARIABLE, raising=False)
    (tmp_path / 'net.py').write_text(CONFIG)
    return tmp_path / 'net.py'


@pytest.fixture
def cfg(config_file):
    return launch.load_config(parse(str(config_file)))


def test_work_dir_is_option_then_config_then_name(config_file, cfg):
    assert cfg.work_dir == 'work_dirs/net'
    args = parse(str(config_file), '--cfg-options', 'work_dir=here')
    assert launch.load_config(args).work_dir == 'here'
    args.work_dir = 'there'
    assert launch.load_config(args).work_dir == 'there'


def test_options_reach_into_lists(config_file):
    words = [str(config_file), '--cfg-options', 'pipeline.0.size=5']
    cfg = launch.load_config(parse(*words))
    assert cfg.pipeline == [dict(type='A', size=5), dict(type='B')]


@pytest.mark.parametrize(
    'option', ['pipeline.7.size=5', 'model.head.rates.1=5']
)
def test_options_that_do_not_fit(config_file, option):
    args = parse(str(config_file), '--cfg-options', option)
    with pytest.raises(LaunchError, match='do not fit'):
        launch.load_config(args)


def test_absent_config_is_named(tmp_path):
    with pytest.raises(LaunchError, match='no config .*gone.py'):
        launch.load_config(parse(str(tmp_path / 'gone.py')))


@pytest.mark.parametrize('text', ['a = (', "_base_ = './gone.py'", 'a = b'])
def test_broken_config_is_named(tmp_path, text):
    (tmp_path / 'broken.py').write_text(text)
    with pytest.raises(LaunchError, match='broken.py cannot be read'):
        launch.load_config(parse(str(tmp_path / 'broken.py')))


def test_trust_is_passed_on_by_flag_only(config_file, monkeypatch):
    import os

    launch.load_config(parse(str(config_file)))
    assert launch.TRUST_VARIABLE not in os.environ
    monkeypatch.setenv(launch.TRUST_VARIABLE, '0')
    launch.load_config(parse(str(config_file), '--trust-checkpoint'))
    assert os.environ[launch.TRUST_VARIABLE] == '1'


def test_pretrained(cfg, tmp_path):
    launch.set_pretrained(cfg, 'none')
    assert cfg.model.pretrained is None
    launch.set_pretrained(cfg, 'torchvision://resnet50')
    assert cfg.model.pretrained == 'torchvision://resnet50'
    with pytest.raises(LaunchError, match='no file .*gone.pth'):
        launch.set_pretrained(cfg, str(tmp_path / 'gone.pth'))
    (tmp_path / 'here.pth').touch()
    launch.set_pretrained(cfg, str(tmp_path / 'here.pth'))
    assert cfg.model.pretrained == str(tmp_path / 'here.pth')


@pytest.mark.parametrize(
    ('cuda', 'expected'),
    [(True, 'AmpOptimWrapper'), (False, 'BFloat16OptimWrapper')],
)
def test_mixed_precision_fits_the_machine(cfg, monkeypatch, cuda, expected):
    monkeypatch.setattr(launch.torch.cuda, 'is_available', lambda: cuda)
    launch.set_mixed_precision(cfg)
    launch.set_mixed_precision(cfg)
    assert cfg.optim_wrapper.type == expected
    assert cfg.optim_wrapper.optimizer.lr == 0.1


def test_mixed_precision_refuses_other_wrappers(cfg):
    cfg.optim_wrapper.type = 'ApexOptimWrapper'
    with pytest.raises(LaunchError, match='ApexOptimWrapper'):
        launch.set_mixed_precision(cfg)


def test_mendable_errors_end_without_a_traceback(capsys):
    def fail():
        raise LaunchError('what to do')

    with pytest.raises(SystemExit) as caught:
        launch.run(fail)
    assert caught.value.code == 'error: what to do'


def test_ctrl_c_ends_without_a_traceback():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as caught:
        launch.run(interrupted)
    assert caught.value.code == 130


def test_other_errors_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        launch.run(lambda: 1 // 0)


def test_config_type_is_mmengines(cfg):
    assert isinstance(cfg, Config)
