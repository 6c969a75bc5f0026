"""Two processes on the CPU do what one does."""

import json
import socket

from tests.tools.runs import MAIN, ROOT, TINY, run, tool

WORK = 'work_dirs/dlv3p_r50_lovasz_pascalpart'


def free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def two_processes(script, *words, cwd):
    return run(
        *('env', f'PORT={free_port()}', 'bash', ROOT / 'tools' / script),
        *words,
        cwd=cwd,
    )


def test_training_on_two_processes(here):
    options = [*TINY, 'train_cfg.max_iters=2', 'train_cfg.val_interval=2']
    output = two_processes(
        'dist_train.sh', MAIN, 2, '--cfg-options', *options, cwd=here
    )
    assert output.count('Iter(train) [2/2]') == 1
    assert (here / WORK / 'iter_2.pth').is_file()


def test_scores_equal_those_of_one_process(trained):
    """Three images on two processes: one of them is seen twice."""
    checkpoint = f'{WORK}/iter_4.pth'
    scores = []
    for folder in ('one', 'two'):
        words = [MAIN, checkpoint]
        options = ['--work-dir', folder, '--show-dir', f'{folder}/shown']
        options += ['--cfg-options', *TINY]
        if folder == 'one':
            tool('test.py', *words, *options, cwd=trained)
        else:
            two_processes('dist_test.sh', *words, 2, *options, cwd=trained)
        file = trained / folder / 'test/iter_4/metrics.json'
        scores.append(json.loads(file.read_text())['scores'])
    assert scores[0] == scores[1]
    pictures = [
        {path.name: path.read_bytes() for path in (trained / folder).glob('*')}
        for folder in ('one/shown', 'two/shown')
    ]
    assert len(pictures[0]) == 3 and pictures[0] == pictures[1]
