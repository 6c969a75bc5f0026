"""The configs run with MMSegmentation's own, unmodified tools."""

import os
import shutil
import sys

import pytest

from tests.tools.runs import MAIN, ROOT, TINY, run

WORK = 'work_dirs/dlv3p_r50_lovasz_pascalpart'
SHORT = [*TINY, 'train_cfg.max_iters=2', 'train_cfg.val_interval=2']


def train_and_test(tools, cwd, **variables):
    """Train two iterations and test, with the ``train.py`` of ``tools``."""
    command = [f'{k}={v}' for k, v in variables.items()]
    python = ['env', *command, sys.executable] if command else [sys.executable]
    options = ['--cfg-options', *SHORT]
    trained = run(*python, tools / 'train.py', MAIN, *options, cwd=cwd)
    assert 'Iter(train) [2/2]' in trained
    checkpoint = f'{WORK}/iter_2.pth'
    tested = run(
        *python, tools / 'test.py', MAIN, checkpoint, *options, cwd=cwd
    )
    assert 'mIoU' in tested
    return trained


@pytest.mark.stack
def test_tools_of_the_wheel_from_another_folder(mim, here):
    train_and_test(mim / 'tools', here)


def test_source_checkout_with_the_wheel_installed(checkout, here):
    """PYTHONPATH puts the checkout's code before the wheel's."""
    path = f'{checkout}:{ROOT}'
    output = train_and_test(checkout / 'tools', here, PYTHONPATH=path)
    assert 'Iter(val)' in output


def test_source_checkout_alone(checkout, here, tmp_path):
    """Without a wheel, ``mmseg/.mim`` has to lead to the checkout."""
    copy = tmp_path / 'checkout'
    shutil.copytree(checkout, copy)
    (copy / 'mmseg' / '.mim').mkdir()
    for name in ('configs', 'tools', 'model-index.yml'):
        link = copy / 'mmseg' / '.mim' / name
        link.symlink_to(os.path.join('..', '..', name))
    source = (
        'import sys; sys.path.insert(0, sys.argv[1])\n'
        'import mmengine.config.config as config\n'
        # As where no distribution of that name is installed.
        'config.get_installed_path = lambda _: sys.argv[1] + "/mmseg"\n'
        'config.is_installed = lambda _: True\n'
        'import segplug, mmseg\n'
        'cfg = config.Config.fromfile(sys.argv[2])\n'
        'print(mmseg.__file__, cfg.model.backbone.type)'
    )
    output = run(sys.executable, '-c', source, copy, MAIN, cwd=here)
    assert f'{copy}/mmseg/__init__.py ResNetV1c' in output


def test_other_scripts_of_mmseg_run_through_the_package(mim, here):
    """They import MMSegmentation before a config could import segplug."""
    script = mim / 'tools/analysis_tools/browse_dataset.py'
    run(
        *(sys.executable, '-m', 'segplug', script, MAIN),
        *('--output-dir', 'seen', '--not-show', '--show-interval', '0'),
        *('--cfg-options', *TINY),
        cwd=here,
    )
    drawn = {path.stem for path in (here / 'seen').iterdir()}
    listed = here / 'data/pascal_part/splits/train.txt'
    assert drawn == set(listed.read_text().split())


def test_a_script_that_does_not_exist(here):
    output = run(
        *(sys.executable, '-m', 'segplug', 'gone.py'), cwd=here, status=1
    )
    assert 'there is no script gone.py' in output
