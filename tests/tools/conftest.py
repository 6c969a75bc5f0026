"""Data, a trained model and MMSegmentation's own tools."""

import shutil

import pytest

from tests.tools.runs import MAIN, TINY, tool


@pytest.fixture(scope='session')
def prepared(tmp_path_factory):
    """Folder with ``data/pascal_part``, drawn and prepared by the tools."""
    folder = tmp_path_factory.mktemp('prepared')
    raw = ['pascal_part', '--out', 'raw', '--train', '6', '--val', '3']
    tool('make_synthetic.py', *raw, '--size', '40x52', cwd=folder)
    sources = ['--parts', 'raw', '--images', 'raw']
    target = ['--out', 'data/pascal_part']
    tool('prepare_data.py', 'pascal_part', *sources, *target, cwd=folder)
    return folder


@pytest.fixture
def here(prepared, tmp_path):
    """A working folder of its own with the data in place."""
    (tmp_path / 'data').symlink_to(prepared / 'data')
    return tmp_path


@pytest.fixture(scope='session')
def trained(prepared, tmp_path_factory):
    """Folder with the data and four iterations of the main config."""
    folder = tmp_path_factory.mktemp('trained')
    (folder / 'data').symlink_to(prepared / 'data')
    output = tool('train.py', MAIN, '--cfg-options', *TINY, cwd=folder)
    (folder / 'console.txt').write_text(output)
    return folder


@pytest.fixture(scope='session')
def checkout(mim, tmp_path_factory):
    """A source checkout of MMSegmentation, rebuilt from the wheel."""
    folder = tmp_path_factory.mktemp('mmsegmentation')
    for name in ('tools', 'configs'):
        shutil.copytree(mim / name, folder / name)
    shutil.copy(mim / 'model-index.yml', folder)
    skipped = shutil.ignore_patterns('.mim', '__pycache__')
    shutil.copytree(mim.parent, folder / 'mmseg', ignore=skipped)
    return folder
