import json

import pytest

from segplug.evaluation.report import FORMAT
from segplug.evaluation.result_folder import result_folder
from segplug.evaluation.run_facts import RunFacts

FACTS = RunFacts(
    config={'sha256': 'c'}, checkpoint={'sha256': 'w'}, dataset={'type': 'D'}
)


def write(folder, facts):
    folder.mkdir(parents=True)
    content = {'format': FORMAT, 'scores': {}, **facts.to_dict()}
    (folder / 'metrics.json').write_text(json.dumps(content))


def test_a_first_test_takes_the_name(tmp_path):
    assert result_folder(tmp_path, 'iter_4', FACTS) == tmp_path / 'iter_4'


def test_the_same_test_takes_its_folder_again(tmp_path):
    write(tmp_path / 'iter_4', FACTS)
    assert result_folder(tmp_path, 'iter_4', FACTS) == tmp_path / 'iter_4'


@pytest.mark.parametrize('section', ['config', 'checkpoint', 'dataset'])
def test_other_tests_are_kept(tmp_path, section):
    other = RunFacts(**{**FACTS.to_dict(), section: {'sha256': 'x'}})
    write(tmp_path / 'iter_4', other)
    write(tmp_path / 'iter_4-2', other)
    assert result_folder(tmp_path, 'iter_4', FACTS) == tmp_path / 'iter_4-3'
    assert result_folder(tmp_path, 'iter_4', other) == tmp_path / 'iter_4'


def test_a_folder_of_a_test_that_is_under_way(tmp_path):
    write(tmp_path / 'iter_4', FACTS)
    taken = {tmp_path / 'iter_4', tmp_path / 'iter_4-2'}

    def claim(path):
        return path not in taken

    found = result_folder(tmp_path, 'iter_4', FACTS, claim)
    assert found == tmp_path / 'iter_4-3'


@pytest.mark.parametrize('text', ['', '[]', '{"format": "other"}'])
def test_files_of_others_are_kept(tmp_path, text):
    (tmp_path / 'iter_4').mkdir()
    (tmp_path / 'iter_4' / 'metrics.json').write_text(text)
    assert result_folder(tmp_path, 'iter_4', FACTS) == tmp_path / 'iter_4-2'
