"""The tool as a person runs it."""

import json
import runpy
import sys

import pytest

from segplug.doctor import smoke
from tests.engine import toy
from tests.test_configs import CONFIGS, EXTRA, LEAVES
from tests.tools.runs import ROOT, run, tool

MAIN = CONFIGS / 'dlv3p_r50_lovasz_pascalpart.py'


def test_a_good_config_with_a_small_run(toy_data, tmp_path):
    cfg = toy.config(toy_data, 'run', workers=1)
    path = toy.write(cfg, tmp_path / 'good.py')
    words = [path, '--smoke', '--json', 'report.json']
    output = tool('doctor.py', *words, cwd=tmp_path)
    assert 'validation, save and resume passed' in output
    assert 'Traceback' not in output and 'Warning' not in output
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['problems'] == 0
    assert report['findings'][-1]['topic'] == 'smoke run'
    assert not (tmp_path / 'run').exists()


def test_a_broken_config(toy_data, tmp_path):
    cfg = toy.config(tmp_path / 'nowhere', 'run')
    cfg.load_from = 'absent.pth'
    cfg.model.surplus = 1
    path = toy.write(cfg, tmp_path / 'broken.py')
    output = tool('doctor.py', path, '--smoke', cwd=tmp_path, status=1)
    for said in ('nowhere', 'absent.pth', 'surplus', 'It failed'):
        assert said in output
    assert 'Traceback' not in output


@pytest.mark.parametrize(
    ('text', 'said'),
    [('x = (', 'SyntaxError'), ('1 / 0', 'division'), (None, 'no config')],
)
def test_what_cannot_be_examined(tmp_path, text, said):
    path = tmp_path / 'config.py'
    if text is not None:
        path.write_text(text)
    output = tool('doctor.py', path, cwd=tmp_path, status=2)
    assert said in output and 'Traceback' not in output


def test_a_stack_that_cannot_be_imported(tmp_path):
    """A torchvision that was built for another PyTorch kills the import."""
    (tmp_path / 'mmseg.py').write_text("raise RuntimeError('no nms')")
    code = (
        'import sys, runpy; sys.path.insert(0, sys.argv[1]); '
        'tool = sys.argv[2]; sys.argv = [tool]; '
        "runpy.run_path(tool, run_name='__main__')"
    )
    words = [sys.executable, '-c', code, tmp_path, ROOT / 'tools/doctor.py']
    output = run(*words, cwd=tmp_path, status=1)
    assert 'segplug cannot be imported: RuntimeError: no nms' in output
    assert 'constraints.txt' in output and 'Traceback' not in output


@pytest.mark.parametrize('leaf', [n for n in LEAVES if n not in EXTRA])
def test_every_config_can_be_examined(leaf, tmp_path, monkeypatch):
    """Only the data are absent, and maybe what reads names of weights."""
    from mmengine.config import Config

    from segplug.doctor import examination

    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(CONFIGS / leaf)
    cfg.work_dir = 'run'
    found = list(examination.examine(cfg))
    topics = {i.topic for i in found if i.level == 'problem'}
    assert 'data' in topics and topics <= {'data', 'weights', 'GPU'}
    assert {'model', 'classes', 'disk'} <= {i.topic for i in found}


def test_smoke_needs_a_config(monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['doctor.py', '--smoke'])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / 'tools/doctor.py'), run_name='__main__')
    assert caught.value.code == 2
    assert 'CONFIG' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('status', 'output', 'level', 'said'),
    [
        (0, 'x\nsmoke: all passed\n', 'ok', 'all passed'),
        (-9, 'x', 'problem', 'signal 9'),
        (1, 'x\nerror: no label\n  a.png', 'problem', 'no label\n  a.png'),
        (1, 'Traceback\nValueError: bad', 'problem', 'ValueError: bad'),
        (1, '', 'problem', 'no message'),
    ],
)
def test_how_a_small_run_ended(status, output, level, said):
    finding = smoke.judge(status, output, 3)
    assert finding.level == level and said in finding.text
