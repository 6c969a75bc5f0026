import argparse
import weakref

import pytest
import torch.distributed as dist
from mmengine.config import Config
from torch import nn

from segplug.engine import launch
from segplug.engine.interruption import RunInterrupted
from segplug.engine.launch import LaunchError

CONFIG = """
model = dict(
    pretrained='open-mmlab://resnet50_v1c',
    backbone=dict(type='ResNetV1c', depth=50),
    head=dict(rates=[1, 2]),
)
train_cfg = dict(type='IterBasedTrainLoop', max_iters=20)
param_scheduler = [dict(type='PolyLR', end=20, by_epoch=False)]
train_dataloader = dict(
    num_workers=2, persistent_workers=True, prefetch_factor=2
)
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


def test_options_are_applied(config_file, capsys):
    words = [str(config_file), '--cfg-options', 'train_cfg.max_iters=40']
    cfg = launch.load_config(parse(*words))
    assert cfg.train_cfg.max_iters == 40
    assert cfg.param_scheduler[0].end == 40
    assert 'param_scheduler was stretched' in capsys.readouterr().out


def test_loaders_without_workers_keep_none(config_file):
    option = 'train_dataloader.num_workers=0'
    args = parse(str(config_file), '--cfg-options', option)
    loader = launch.load_config(args).train_dataloader
    assert loader.persistent_workers is False
    assert 'prefetch_factor' not in loader


def test_swapped_arguments_are_told(tmp_path):
    (tmp_path / 'iter_4.pth').touch()
    with pytest.raises(LaunchError, match='the config comes first'):
        launch.load_config(parse(str(tmp_path / 'iter_4.pth')))


def test_a_file_in_the_place_of_the_work_dir(config_file):
    with pytest.raises(LaunchError, match='is a file, wanted is a folder'):
        launch.check_folder(str(config_file), '--work-dir')


def test_absent_config_is_named(tmp_path):
    with pytest.raises(LaunchError, match='no config .*gone.py'):
        launch.load_config(parse(str(tmp_path / 'gone.py')))


@pytest.mark.parametrize(
    'text',
    [
        'a = (',
        "_base_ = './gone.py'",
        'a = b',
        "custom_imports = dict(imports=['gone_module'])",
        'a = dict(b=1, **dict(b=2))',
        "a = int('b')",
        'a = None.b',
    ],
)
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
    backbone = cfg.model.backbone
    launch.set_pretrained(cfg, 'none')
    assert cfg.model.pretrained is None and 'init_cfg' not in backbone
    launch.set_pretrained(cfg, 'torchvision://resnet50')
    start = dict(type='Pretrained', checkpoint='torchvision://resnet50')
    assert backbone.init_cfg == start
    with pytest.raises(LaunchError, match='no file .*gone.pth'):
        launch.set_pretrained(cfg, str(tmp_path / 'gone.pth'))
    (tmp_path / 'here.pth').touch()
    launch.set_pretrained(cfg, str(tmp_path / 'here.pth'))
    assert backbone.init_cfg.checkpoint == str(tmp_path / 'here.pth')


def test_none_leaves_the_other_initialisers(cfg):
    """And removes the weights that the backbone itself names."""
    norm = dict(type='Constant', val=1, layer='BatchNorm2d')
    cfg.model.backbone.init_cfg = [
        norm,
        dict(type='Pretrained', checkpoint='x.pth'),
    ]
    launch.set_pretrained(cfg, 'none')
    assert cfg.model.backbone.init_cfg == norm


def test_pretrained_without_a_backbone(cfg):
    del cfg.model['backbone']
    with pytest.raises(LaunchError, match='no backbone'):
        launch.set_pretrained(cfg, 'none')


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


@pytest.mark.parametrize(
    ('error', 'status', 'said'),
    [
        (ValueError('deep inside'), 1, 'ValueError: deep inside'),
        (OSError('no disk'), 1, 'OSError: no disk'),
        (LaunchError('what to do'), 1, 'error: what to do\n'),
        (KeyboardInterrupt(), 130, ''),
    ],
)
def test_a_process_among_others_ends_at_once(
    error, status, said, monkeypatch, capsys
):
    """Whatever the error: the others would be waited for."""

    class Exited(BaseException):
        pass

    def leave(code):
        raise Exited(code)

    def fail():
        raise error

    monkeypatch.setattr(launch, 'is_distributed', lambda: True)
    monkeypatch.setattr(launch.os, '_exit', leave)
    with pytest.raises(Exited) as caught:
        launch.run(fail)
    assert caught.value.args == (status,)
    assert capsys.readouterr().err.rstrip().endswith(said.rstrip())


@pytest.mark.parametrize('interrupted', [False, True])
def test_a_process_that_is_done_leaves_the_others(tmp_path, interrupted):
    """Threads of the group could otherwise abort the ending interpreter."""
    models = []

    def work():
        store = dist.FileStore(str(tmp_path / 'store'), 1)
        dist.init_process_group('gloo', store=store, rank=0, world_size=1)
        model = nn.parallel.DistributedDataParallel(nn.Linear(1, 1))
        model.cycle = [model]
        models.append(weakref.ref(model))
        if interrupted:
            raise RunInterrupted(143)

    if interrupted:
        with pytest.raises(SystemExit, match='143'):
            launch.run(work)
    else:
        launch.run(work)
    assert not dist.is_initialized()
    assert models[0]() is None  # it would keep the group alive


def test_what_is_done_counts_though_the_processes_cannot_part(
    monkeypatch, capsys
):
    def fail():
        raise RuntimeError('no network')

    monkeypatch.setattr(launch, 'is_distributed', lambda: True)
    monkeypatch.setattr(dist, 'destroy_process_group', fail)
    launch.run(lambda: None)
    assert 'no network' in capsys.readouterr().err


def test_config_type_is_mmengines(cfg):
    assert isinstance(cfg, Config)


@pytest.mark.parametrize(
    ('launcher', 'way'),
    [
        ('pytorch', 'tools/dist_train.sh'),
        ('slurm', 'tools/slurm_train.sh'),
        ('mpi', 'mpirun'),
    ],
)
def test_a_launcher_that_did_not_start_the_process(
    config_file, monkeypatch, launcher, way
):
    for name in ('RANK', 'SLURM_PROCID', 'OMPI_COMM_WORLD_RANK'):
        monkeypatch.delenv(name, raising=False)
    args = parse(str(config_file), '--launcher', launcher)
    with pytest.raises(LaunchError, match=f'not started by it.*{way}'):
        launch.load_config(args)


def test_a_launcher_that_started_the_process(config_file, monkeypatch):
    monkeypatch.setenv('RANK', '0')
    args = parse(str(config_file), '--launcher', 'pytorch')
    assert launch.load_config(args).launcher == 'pytorch'


def test_words_after_the_options_are_told(capsys):
    with pytest.raises(SystemExit) as caught:
        parse('--cfg-options', 'a=1', 'configs/net.py')
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert 'got "configs/net.py". Give CONFIG and CHECKPOINT before' in told


def test_a_folder_that_cannot_be_written():
    """Also by root, who may write everywhere but not there."""
    told = '--out: .* nothing can be made in /proc '
    with pytest.raises(LaunchError, match=told):
        launch.check_folder('/proc/run/here', '--out')


def test_looking_whether_a_folder_can_be_written_leaves_nothing(
    config_file, tmp_path
):
    before = sorted(tmp_path.iterdir())
    launch.check_folder('a/b', '--work-dir')
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_among_the_parents_of_the_work_dir(config_file):
    with pytest.raises(LaunchError, match='net.py is a file'):
        launch.check_folder(f'{config_file}/run', '--work-dir')
