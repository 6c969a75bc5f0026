"""Data for the runs of the hooks' tests."""

import pytest

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
        'mmengine.config.config.FormatCode', lambda text, **_: (text, True)
    )
