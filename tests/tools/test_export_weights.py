import json

import pytest

from tests.tools.runs import MAIN, TINY, tool

pytest.importorskip('safetensors')

CHECKPOINT = 'work_dirs/dlv3p_r50_lovasz_pascalpart/iter_4.pth'
OUT = 'exported.safetensors'
TEST = [option for option in TINY if option.startswith('test_')]


def scores(folder, checkpoint, name):
    words = [MAIN, checkpoint, '--work-dir', f'run_{name}']
    tool('test.py', *words, '--cfg-options', *TEST, cwd=folder)
    path = folder / f'run_{name}/test/{name}/metrics.json'
    return json.loads(path.read_text())['scores']


@pytest.fixture(scope='module')
def exported(trained):
    output = tool('export_weights.py', CHECKPOINT, OUT, cwd=trained)
    assert f'written to {OUT}' in output
    return trained


def test_exported_weights_score_the_same(exported):
    theirs = scores(exported, OUT, 'exported')
    assert theirs == scores(exported, CHECKPOINT, 'iter_4')
    assert theirs['segmentation']['images'] == 3


def test_their_classes_are_checked(exported):
    classes = "test_dataloader.dataset.metainfo.classes=('head','torso')"
    words = [MAIN, OUT, '--cfg-options', *TEST, classes]
    output = tool('test.py', *words, cwd=exported, status=1)
    assert 'predicts 7 classes' in output and 'Traceback' not in output


def test_errors_are_one_sentence(exported):
    words = [CHECKPOINT, OUT]
    output = tool('export_weights.py', *words, cwd=exported, status=1)
    assert '--force' in output and 'Traceback' not in output
