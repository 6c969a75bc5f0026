import logging
import warnings

import pytest
from mmengine.logging import MMLogger

from segplug.engine import console


@pytest.fixture
def logger(tmp_path):
    name = f'console-{tmp_path.name}'
    yield MMLogger.get_instance(name, log_file=str(tmp_path / 'run.log'))
    MMLogger._instance_dict.pop(name)


@pytest.fixture(autouse=True)
def _restore_warnings():
    show = warnings.showwarning
    yield
    warnings.showwarning = show
    console._held.clear()


STEP = 'Iter(train) [ 50/2000]  lr: 1.0e-02  eta: 0:10:00  loss: 1.2'


@pytest.mark.parametrize(
    ('level', 'message', 'plain', 'bar'),
    [
        (logging.INFO, STEP, True, False),
        (
            logging.INFO,
            'Iter(val) [1/3]    eta: 0:00:01  time: 1',
            False,
            False,
        ),
        (logging.INFO, 'Iter(val) [3/3]    mIoU: 20.0  time: 1', True, True),
        (logging.INFO, 'Config:\nmodel = dict()', False, False),
        (logging.INFO, 'Saving checkpoint at 4 iterations', True, True),
        (logging.WARNING, 'missing keys in source state_dict', True, True),
        (logging.WARNING, '"FileClient" will be deprecated', False, False),
        (logging.ERROR, 'two\nlines', True, True),
    ],
)
def test_what_is_shown(level, message, plain, bar):
    record = logging.LogRecord('a', level, '', 0, message, (), None)
    assert console.ConsoleFilter(bar=False).filter(record) is plain
    assert console.ConsoleFilter(bar=True).filter(record) is bar


def test_the_file_gets_everything(logger, tmp_path, capsys):
    console.quieten(logger)
    logger.info('Config:\nmodel = dict()')
    logger.info('Saving checkpoint')
    text = (tmp_path / 'run.log').read_text()
    assert 'model = dict()' in text and 'Saving checkpoint' in text
    shown = capsys.readouterr().out
    assert 'model' not in shown


def test_lines_appear_above_the_bar(logger, monkeypatch, capsys):
    monkeypatch.setattr(console, 'draws_bar', lambda: True)
    console.quieten(logger)
    with console.tqdm(total=2, desc='train') as bar:
        bar.update()
        logger.info('Saving checkpoint')
    shown = capsys.readouterr()
    assert shown.out.endswith('Saving checkpoint\n')
    # The bar was cleared before the line and drawn again after it.
    assert shown.err.count('train:  50%') >= 2


def test_third_party_warnings_go_to_the_file_alone(logger, tmp_path, capsys):
    console.hold_warnings()
    warnings.warn_explicit('before', UserWarning, '/lib/other/a.py', 1)
    console.quieten(logger)
    warnings.warn_explicit('after', UserWarning, '/lib/other/a.py', 2)
    warnings.warn_explicit('own', UserWarning, console.__file__, 3)
    text = (tmp_path / 'run.log').read_text()
    assert 'before' in text and 'after' in text and 'own' in text
    shown = ''.join(capsys.readouterr())
    assert 'before' not in shown and 'after' not in shown
