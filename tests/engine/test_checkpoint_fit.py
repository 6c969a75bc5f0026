import pytest

from segplug.engine.checkpoint_fit import (
    CheckpointMismatchError,
    check_resumed,
    check_scored,
    check_start,
)
from segplug.weights import Fit


def fit(missing=(), unexpected=(), reshaped=()):
    shapes = {name: ((1,), (2,)) for name in reshaped}
    return Fit(3, tuple(missing), tuple(unexpected), shapes)


EXACT = fit()
AUXILIARY = fit(['auxiliary_head.a'], ['auxiliary_head.b'])
PARTS = [fit(missing=['a']), fit(unexpected=['a']), fit(reshaped=['a'])]


@pytest.mark.parametrize('part', PARTS)
def test_parts_of_models_are_not_scored_nor_resumed(part):
    with pytest.raises(CheckpointMismatchError, match='x.pth.*not scored.* a'):
        check_scored(part, 'x.pth')
    with pytest.raises(CheckpointMismatchError, match='load_from=x.pth'):
        check_resumed(part, 'x.pth')
    check_start(part, 'x.pth')


def test_auxiliary_heads_matter_in_training_only():
    check_scored(AUXILIARY, 'x.pth')
    with pytest.raises(CheckpointMismatchError, match='auxiliary_head'):
        check_resumed(AUXILIARY, 'x.pth')


def test_whole_models_pass():
    for check in (check_scored, check_resumed, check_start):
        check(EXACT, 'x.pth')


def test_nothing_to_start_from():
    nothing = fit(missing=['a', 'b', 'c'], unexpected=['d'])
    with pytest.raises(CheckpointMismatchError, match='nothing in x.pth fits'):
        check_start(nothing, 'x.pth')
