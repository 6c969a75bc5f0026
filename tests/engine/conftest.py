"""Data and shortcuts for the runs of the engine's tests."""

from functools import partial

import pytest
import torch
from mmengine.config import Config
from mmengine.optim.optimizer import amp_optimizer_wrapper as amp
from mmengine.runner import runner as host

from tests.engine import toy
from tests.prepared_data import write_data


@pytest.fixture(scope='session')
def tiny_data(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny_data')
    write_data(root)
    return root


@pytest.fixture
def plain_configs(monkeypatch):
    """Do not beautify the config, which MMEngine does at each checkpoint."""
    monkeypatch.setattr(
        'mmengine.config.config.FormatCode',
        lambda text, **_: (text, True),
        raising=False,  # imported elsewhere in later versions
    )


@pytest.fixture(scope='session')
def toy_data(tmp_path_factory):
    return toy.draw(tmp_path_factory.mktemp('toy'))


@pytest.fixture
def quick_start(monkeypatch):
    """Spare runners the seconds that descriptions of themselves take."""
    monkeypatch.setattr(host, 'collect_env', dict)
    monkeypatch.setattr(host, 'get_git_hash', str)  # runs git at each save
    monkeypatch.setattr(Config, 'pretty_text', 'toy = True')


@pytest.fixture
def scaled(monkeypatch):
    """Have the wrapper of mixed precision work on the CPU, scaler and all."""
    monkeypatch.setattr(amp, 'is_cuda_available', lambda: True)
    scaler = partial(torch.amp.GradScaler, 'cpu')
    monkeypatch.setattr(amp, 'GradScaler', scaler)
