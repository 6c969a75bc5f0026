"""Data for the runs of the hooks' tests."""

import pytest

from tests.prepared_data import write_data


@pytest.fixture(scope='session')
def tiny_data(tmp_path_factory):
    root = tmp_path_factory.mktemp('tiny_data')
    write_data(root)
    return root
