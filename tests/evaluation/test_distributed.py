import multiprocessing
import sys

import numpy as np
import pytest

from . import processes

pytestmark = pytest.mark.skipif(
    sys.platform == 'win32', reason='gloo over files needs POSIX'
)


@pytest.fixture(scope='module')
def context():
    """Return a server of processes that have segplug imported already."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['tests.evaluation.processes'])
    return context


@pytest.fixture(scope='module')
def found(context, tmp_path_factory):
    """Return what each process found, by number of processes and rank."""
    folder = tmp_path_factory.mktemp('gloo')
    for world in (1, 2, 3):
        workers = [
            context.Process(target=processes.work, args=(r, world, folder))
            for r in range(world)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0] * world
    return {
        (world, rank): dict(np.load(folder / f'{world}_{rank}.npz'))
        for world in (1, 2, 3)
        for rank in range(world)
    }


@pytest.mark.parametrize(('world', 'rank'), [(2, 0), (2, 1), (3, 0), (3, 2)])
def test_numbers_do_not_depend_on_the_processes(found, world, rank):
    alone, shared = found[1, 0], found[world, rank]
    assert alone.keys() == shared.keys()
    for key, value in alone.items():
        np.testing.assert_array_equal(shared[key], value, err_msg=key)


def test_one_process_counts_every_image_once(found):
    for i, (size, _, _) in enumerate(processes.CASES):
        pixels = found[1, 0][f'{i}_matrix'].sum() + found[1, 0][f'{i}_void']
        assert pixels == size * 24 * 31
        names = found[1, 0][f'{i}_names_c'].tolist()
        assert names == [f'{n}.png' for n in range(size)]
