"""Data for the toy runs."""

import pytest
from mmengine.config import Config
from mmengine.runner import runner as host

from tests.engine import toy


@pytest.fixture(scope='session')
def toy_data(tmp_path_factory):
    return toy.draw(tmp_path_factory.mktemp('toy'))


@pytest.fixture
def quick_start(monkeypatch):
    """Spare runners the seconds that descriptions of themselves take."""
    monkeypatch.setattr(host, 'collect_env', dict)
    monkeypatch.setattr(host, 'get_git_hash', str)  # runs git at each save
    monkeypatch.setattr(Config, 'pretty_text', 'toy = True')
