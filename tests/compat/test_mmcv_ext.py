import importlib
import subprocess
import sys
from importlib.machinery import PathFinder

import pytest

from segplug.compat.mmcv_ext import MissingExtFinder, install


def test_mmseg_imports_without_compiled_operators():
    import mmcv.ops
    import mmseg.models

    assert mmseg.models.ASPPHead
    ext = importlib.import_module('mmcv._ext')
    with pytest.raises(RuntimeError, match='`nms` needs the full MMCV'):
        ext.nms(1, 2)
    assert mmcv.ops


def test_finder_answers_one_name_only_and_is_installed_once():
    finder = MissingExtFinder()
    assert finder.find_spec('mmcv._ext').loader is finder
    assert finder.find_spec('mmcv._extra') is None
    assert finder.find_spec('_ext') is None
    install()
    installed = [f for f in sys.meta_path if isinstance(f, MissingExtFinder)]
    assert len(installed) == 1
    # After the finder of files, so that a real extension wins.
    place = sys.meta_path.index
    assert place(installed[0]) > place(PathFinder)


def test_a_real_extension_wins(tmp_path):
    package = tmp_path / 'mmcv'
    package.mkdir()
    (package / '__init__.py').touch()
    (package / '_ext.py').write_text("nms = 'real'\n")
    source = (
        'import importlib.util, sys\n'
        'spec = importlib.util.spec_from_file_location("f", sys.argv[1])\n'
        'module = importlib.util.module_from_spec(spec)\n'
        'spec.loader.exec_module(module); module.install()\n'
        'import mmcv._ext; print(mmcv._ext.nms)\n'
    )
    file = sys.modules['segplug.compat.mmcv_ext'].__file__
    shown = subprocess.run(
        [sys.executable, '-c', source, file],
        cwd=tmp_path,
        env={'PYTHONPATH': str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == 'real'
