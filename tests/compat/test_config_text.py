"""Configs that are data, and config text inside checkpoints, run nothing."""

import argparse
import json

import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.fileio import dump, load

from segplug.compat.safe_load import safe_load
from segplug.engine import launch
from tests.engine import tiny_runs, toy
from tests.tools.runs import tool

TAGS = [
    '!!python/object/apply:os.system ["touch {mark}"]',
    '!!python/object/new:subprocess.Popen [["touch", "{mark}"]]',
    '!!python/object/apply:builtins.open ["{mark}", "w"]',
    '!!python/name:os.system',
    '!!python/module:this',
]
CALL = '__import__("os").system("touch {mark}")'


@pytest.fixture
def mark(tmp_path):
    return tmp_path / 'mark'


def load_config(*words):
    parser = argparse.ArgumentParser()
    launch.add_arguments(parser)
    return launch.load_config(parser.parse_args([str(w) for w in words]))


@pytest.mark.stack
@pytest.mark.parametrize('tag', TAGS)
def test_tags_of_yaml_are_refused(tmp_path, mark, tag):
    path = tmp_path / 'config.yaml'
    path.write_text(f'model:\n  - {tag.format(mark=mark)}\n')
    with pytest.raises(launch.LaunchError, match='config.yaml cannot be read'):
        load_config(path)
    assert not mark.exists()


def test_the_plain_loader_would_run_them(tmp_path, mark):
    """So that the test above means something."""
    yaml.load(TAGS[2].format(mark=mark), Loader=yaml.CLoader)
    assert mark.exists()


def test_what_mmengine_writes_as_yaml_is_read(tmp_path):
    content = {'scale': (4, 2), 'list': [1, {'a': None}], 'text': '1e-3'}
    dump(content, tmp_path / 'a.yaml')
    assert load(tmp_path / 'a.yaml') == content


@pytest.mark.parametrize('suffix', ['json', 'yaml'])
def test_expressions_stay_text(tmp_path, mark, suffix):
    """In files and in options of the command line."""
    text = CALL.format(mark=mark)
    path = tmp_path / f'config.{suffix}'
    path.write_text(json.dumps({'model': {'a': text, text: [text]}}))
    cfg = load_config(path, '--cfg-options', 'model.a=exit(9)')
    assert cfg.model.a == 'exit(9)' and cfg.model[text] == [text]
    assert not mark.exists()


@pytest.mark.parametrize(
    'text', ['{"a": ', 'a: [', TAGS[0], '{"a" 1', '\0', 'a: &b [*b']
)
@pytest.mark.parametrize('suffix', ['json', 'yaml'])
def test_damaged_files_end_in_a_sentence(tmp_path, mark, suffix, text):
    path = tmp_path / f'config.{suffix}'
    path.write_text(text.format(mark=mark) if '{mark}' in text else text)
    with pytest.raises(launch.LaunchError, match='cannot be read'):
        load_config(path)
    assert not mark.exists()


@pytest.mark.parametrize('name', ['train.py', 'doctor.py', 'check_data.py'])
def test_the_tools_run_none(tmp_path, mark, name):
    path = tmp_path / 'config.yaml'
    path.write_text(f'model: {TAGS[0].format(mark=mark)}\n')
    status = 2 if name == 'doctor.py' else 1
    output = tool(name, path, cwd=tmp_path, status=status)
    assert 'python/object/apply' in output and not mark.exists()


@pytest.fixture
def texts(tmp_path, mark, monkeypatch):
    """Texts of configs that leave the mark if MMEngine reads them."""
    touch = f'open({str(mark)!r}, "w").close()\n'
    (tmp_path / 'base.py').write_text(touch)
    (tmp_path / 'a_module_that_marks.py').write_text(touch)
    monkeypatch.syspath_prepend(tmp_path)
    imports = "dict(imports=['a_module_that_marks'])"
    return {
        'code': touch,
        'base': f'_base_ = [{str(tmp_path / "base.py")!r}]\n',
        'imports': f'custom_imports = {imports}\n',
    }


KINDS = ['code', 'base', 'imports']


def poison(path, text):
    """Put a text wherever MMEngine looks for one."""
    checkpoint = torch.load(path, weights_only=False)
    checkpoint['meta'].update(cfg=text, config=text)
    hub = checkpoint.setdefault('message_hub', {'runtime_info': {}})
    hub['runtime_info']['cfg'] = text
    torch.save(checkpoint, path)


@pytest.mark.parametrize('kind', KINDS)
def test_mmengine_runs_such_texts(texts, mark, kind):
    Config.fromstring(texts[kind], '.py')
    assert mark.exists()


@pytest.mark.usefixtures('quick_start')
@pytest.mark.stack
@pytest.mark.parametrize('kind', KINDS)
def test_training_runs_none(toy_data, tmp_path, texts, mark, kind):
    cfg = toy.config(toy_data, tmp_path / 'run', iters=2)
    toy.train(cfg)
    saved = tmp_path / 'run/iter_2.pth'
    poison(saved, texts[kind])
    cfg.train_cfg.max_iters = 3
    assert toy.train(cfg, resume=True).iter == 3
    cfg.work_dir = str(tmp_path / 'other')
    assert toy.train(cfg, load_from=str(saved)).iter == 3
    assert safe_load(str(saved))['meta']['config_text'] == texts[kind]
    assert not mark.exists()


@pytest.mark.stack
@pytest.mark.parametrize('kind', KINDS)
def test_inference_of_mmsegmentation_runs_none(tmp_path, texts, mark, kind):
    from mmseg.apis import MMSegInferencer, init_model
    from mmseg.registry import MODELS

    model = MODELS.build(tiny_runs.MODEL)
    classes = dict(classes=('a', 'b', 'c'), palette=[[0] * 3] * 3)
    content = {'state_dict': model.state_dict()}
    path = tmp_path / 'a.pth'
    torch.save({**content, 'meta': {'dataset_meta': classes}}, path)
    poison(path, texts[kind])
    loaded = init_model(
        Config(dict(model=tiny_runs.MODEL)), str(path), device='cpu'
    )
    assert loaded.dataset_meta['classes'] == classes['classes']
    with pytest.raises((KeyError, ValueError, TypeError)):
        MMSegInferencer(model=None, weights=str(path), device='cpu')
    assert not mark.exists()
