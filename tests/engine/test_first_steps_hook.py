import re

import pytest

from tests.engine import toy

LINE = re.compile(r'iteration (\d+) of (\d+): loss ([\d.]+), .* left$')


@pytest.mark.usefixtures('quick_start')
@pytest.mark.parametrize(('interval', 'steps'), [(50, [1, 10]), (5, [1])])
def test_early_lines_with_loss_and_time(tmp_path, interval, steps):
    cfg = toy.config(toy.draw(tmp_path / 'data'), tmp_path / 'run', iters=12)
    cfg.default_hooks.logger.interval = interval
    runner = toy.train(cfg)
    log = next((tmp_path / 'run').glob('*/*.log')).read_text()
    found = [LINE.search(line) for line in log.splitlines()]
    lines = [match.groups() for match in found if match]
    losses = toy.recorder(runner).losses
    wanted = [(str(n), '12', f'{losses[n]:.4f}') for n in steps]
    assert lines == wanted
