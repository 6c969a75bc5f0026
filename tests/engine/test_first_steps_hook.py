import re

import pytest

from tests.engine import toy

LINE = re.compile(r'iteration (\d+) of (\d+): loss ([\d.]+), .* left$')


@pytest.mark.usefixtures('quick_start')
def test_early_lines_with_loss_and_time(tmp_path):
    cfg = toy.config(toy.draw(tmp_path / 'data'), tmp_path / 'run', iters=12)
    runner = toy.train(cfg)
    log = next((tmp_path / 'run').glob('*/*.log')).read_text()
    found = [LINE.search(line) for line in log.splitlines()]
    lines = [match.groups() for match in found if match]
    assert [(at, of) for at, of, _ in lines] == [('1', '12'), ('10', '12')]
    losses = toy.recorder(runner).losses
    assert [loss for _, _, loss in lines] == [
        f'{losses[n]:.4f}' for n in (1, 10)
    ]
