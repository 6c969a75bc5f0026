"""Fixtures that all tests share."""

import functools
from pathlib import Path

import pytest
from hypothesis import settings
from mmengine.config import utils as config_utils
from mmengine.registry import init_default_scope

import segplug  # noqa: F401  (repairs the stack before mmseg is imported)

# Time says nothing on a loaded machine.
settings.register_profile('segplug', deadline=None)
settings.load_profile('segplug')


@pytest.fixture(autouse=True)
def mmseg_scope():
    """Look names up in mmseg's registries, as configs do."""
    init_default_scope('mmseg')


@pytest.fixture(scope='session')
def mim():
    """MMSegmentation's tools and configs, as its wheel carries them."""
    import mmseg

    return Path(mmseg.__file__).parent / '.mim'


@pytest.fixture(autouse=True, scope='session')
def remembered_metafiles():
    """Read MMSegmentation's 50 metafiles once, not for every ``mmseg::``."""
    original = config_utils.load
    config_utils.load = functools.cache(original)
    yield
    config_utils.load = original
