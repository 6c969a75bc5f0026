"""The small run of the doctor, with the main config on synthetic data."""

import json

from tests.tools.runs import MAIN, TINY, tool

OWN = ('train_cfg', 'default_hooks')  # the small run has its own


def test_the_main_config_runs_in_small(here):
    options = [option for option in TINY if not option.startswith(OWN)]
    words = ['--smoke', '--json', 'report.json', '--cfg-options', *options]
    output = tool('doctor.py', MAIN, *words, cwd=here)
    assert '2 iterations, validation, save and resume passed' in output
    report = json.loads((here / 'report.json').read_text())
    assert report['problems'] == 0
    topics = {item['topic'] for item in report['findings']}
    assert {'model', 'classes', 'data', 'weights', 'disk'} <= topics
    assert not (here / 'work_dirs').exists()
