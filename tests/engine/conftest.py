"""Data for the toy runs."""

import pytest
from mmengine.runner import runner as host

from tests.engine import toy


@pytest.fixture(scope='session')
def toy_data(tmp_path_factory):
    return toy.draw(tmp_path_factory.mktemp('toy'))


@pytest.fixture
def quick_start(monkeypatch):
    """Spare each runner the second it takes to describe the machine."""
    monkeypatch.setattr(host, 'collect_env', dict)
