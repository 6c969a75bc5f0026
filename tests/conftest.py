"""Fixtures that all tests share."""

import pytest
from mmengine.registry import init_default_scope

import segplug  # noqa: F401  (repairs the stack before mmseg is imported)


@pytest.fixture(autouse=True)
def mmseg_scope():
    """Look names up in mmseg's registries, as configs do."""
    init_default_scope('mmseg')
