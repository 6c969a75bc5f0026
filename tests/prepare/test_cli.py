import subprocess
import sys
from pathlib import Path

import pytest

from segplug.prepare import cli
from segplug.prepare.runner import Report

TOOL = Path(__file__).parents[2] / 'tools/prepare_data.py'


@pytest.mark.parametrize(
    'arguments, words',
    [
        ([], 'dataset'),
        (['mnist'], 'mnist'),
        (['pascal_part', '--images', 'x', '--out', 'y'], '--person-part'),
        (['pascal_part', '--parts', 'x', '--out', 'y'], '--images'),
        (['pascal_part', '--parts', 'x', '--person-part', 'x'], 'not allowed'),
        (['pascal_part', '--neck', 'arm'], 'invalid choice'),
        (['pascal_part', '--workers', '0'], 'at least 1'),
    ],
)
def test_usage_errors(arguments, words, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_tool(small):
    tool = [sys.executable, str(TOOL)]
    done = subprocess.run(
        [*tool, *small.arguments, '--workers', '2'],
        capture_output=True,
        text=True,
        env={'PYTHONPATH': str(TOOL.parents[1])},
    )
    assert done.returncode == 0, done.stderr
    assert 'Traceback' not in done.stderr
    assert '3 train, 2 val images (5 new or changed, 0 unch' in done.stdout


def test_summary_counts():
    report = Report({'train': 2, 'val': 1}, 2, 1, 4, 5, [], ['odd.'])
    text = cli.summarise(report, Path('data'))
    assert text.splitlines() == [
        'data: 2 train, 1 val images (2 new or changed, 1 unchanged, '
        '5 removed)',
        '4 listed images are left out: they show no part of a class.',
        'note: odd.',
    ]
