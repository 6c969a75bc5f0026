import json
import sys

import pytest

from tests.engine.same import assert_same
from tests.tools.runs import ROOT, run

KILLS = 50
FEW = 4  # for the other versions of the stack


@pytest.mark.parametrize(
    'kills', [pytest.param(FEW, marks=pytest.mark.stack), KILLS]
)
def test_killed_at_random_moments(tmp_path, kills):
    """A whole checkpoint remains every time, and the run goes on from it.

    In the end its weights are those of a run that was never killed.
    """
    script = ROOT / 'tests/engine/checkpoints/kills.py'
    output = run(sys.executable, script, tmp_path, kills, 1, cwd=tmp_path)
    result = json.loads(output.splitlines()[-1])
    step = 0
    for each in result['rounds']:
        assert each['begun'] == step, 'the last whole checkpoint is resumed'
        assert each['step'] >= step
        step = each['step']
    assert len(result['rounds']) >= kills and step >= kills / 5
    inside = [each for each in result['rounds'] if each['half']]
    assert inside or kills == FEW, 'some kills hit a write'
    name = f'iter_{result["total"]}.pth'
    assert_same(tmp_path / 'straight' / name, tmp_path / 'killed' / name)
    left = {path.name for path in (tmp_path / 'killed').iterdir()}
    assert not any('.tmp' in name for name in left)
    assert len([n for n in left if n.startswith('iter_')]) == 1
