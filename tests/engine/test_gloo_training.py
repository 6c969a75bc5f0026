import multiprocessing
import sys

import numpy as np
import pytest
import torch

from tests.engine import gloo_training

pytestmark = pytest.mark.skipif(
    sys.platform == 'win32', reason='gloo over files needs POSIX'
)


@pytest.fixture(scope='module')
def found(tiny_data, tmp_path_factory):
    """What two processes found, and their folder."""
    folder = tmp_path_factory.mktemp('gloo')
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['tests.engine.gloo_training'])
    workers = [
        context.Process(
            target=gloo_training.work, args=(rank, 2, tiny_data, folder)
        )
        for rank in range(2)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
    assert [worker.exitcode for worker in workers] == [0, 0]
    ranks = [dict(np.load(folder / f'{rank}.npz')) for rank in range(2)]
    return ranks, folder / 'work'


def test_all_processes_stop_and_get_the_best_weights(found):
    (first, second), work_dir = found
    assert first['iteration'] == second['iteration'] == 4
    for rank in (first, second):
        np.testing.assert_array_equal(rank['weights'], rank['best'])
    # Also the statistics of batch norm, which each process had of its own.
    np.testing.assert_array_equal(first['buffers'], second['buffers'])
    kept = torch.load(work_dir / 'best_weights.pth', weights_only=False)
    vector = gloo_training.parameters(kept['state_dict'])
    np.testing.assert_array_equal(vector, first['weights'])


def test_loss_is_the_mean_over_the_images(found):
    """Three images: the second process gets one of them again."""
    (first, second), _ = found
    assert len(first['names']) == len(second['names']) == 2
    assert first['loss'] == second['loss']
    once = dict(zip(first['names'], first['noted']))
    names = zip(second['names'], second['noted'])
    once.update((name, loss) for name, loss in names if name not in once)
    assert len(once) == 3
    assert first['loss'] == pytest.approx(np.mean([*once.values()]), rel=1e-6)
