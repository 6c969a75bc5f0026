"""Every config is trained, validated and tested at a reduced size."""

import math

import pytest
from mmengine.config import Config

from segplug.engine.runner import SegRunner
from tests.mmpretrain_stack import needs_mmpretrain
from tests.tools.runs import CONFIGS
from tests.tools.shrunk import shrink, write_data, write_folders

EXTRA = {'pretrain_r50', 'dlv3p_convnext-tiny_pascalpart'}
LEAVES = [
    pytest.param(name, marks=needs_mmpretrain) if name in EXTRA else name
    for name in sorted(path.stem for path in CONFIGS.glob('*.py'))
]


@pytest.fixture(scope='session')
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp('prepared')
    write_data(root)
    return root


@pytest.fixture(scope='session')
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp('folders')
    write_folders(root)
    return root


@pytest.mark.parametrize('leaf', LEAVES)
def test_every_config_trains_validates_and_tests(
    leaf, data, folders, tmp_path, monkeypatch
):
    """Two iterations; images of odd sizes."""
    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(CONFIGS / f'{leaf}.py')
    shrink(cfg, data, folders)
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'run'), leaf
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    assert runner.iter == 2
    scalars = runner.message_hub.log_scalars
    losses = scalars['train/loss'].data[0]
    assert len(losses) == 2 and all(map(math.isfinite, losses))
    name = 'accuracy/top1' if leaf == 'pretrain_r50' else 'mIoU'
    validated, scores = scalars[f'val/{name}'].current(), runner.test()
    assert 0 <= scores[name] <= 100 and 0 <= validated <= 100
