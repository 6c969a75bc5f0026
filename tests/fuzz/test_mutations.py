"""Damaged files end in segplug's own errors, soon and in little memory."""

import json
import random
import resource
import signal
from contextlib import contextmanager

import pytest

from segplug.errors import SegplugError
from segplug.synthetic.generation import RECORD
from tests.fuzz import corpus, mutations
from tests.fuzz.readers import READERS

_CPU_SECONDS = 20  # for one input, which takes a millisecond
_GROWTH = 1 << 30  # bytes; a picture of the most pixels takes 450 MiB

#: Kind, name of the file, seeds, deep mutation, number of inputs.
KINDS = {
    'jpeg': ('image', 'a.jpg', corpus.images()['.jpg'], None, 2500),
    'png': ('image', 'a.png', corpus.images()['.png'], mutations.png, 3000),
    'label': ('label', 'a.png', corpus.labels(), mutations.png, 3000),
    'part': ('part', 'a.mat', corpus.part_mats(), mutations.mat, 2000),
    'sbd': ('sbd', 'a.mat', corpus.sbd_mats(), mutations.mat, 2000),
    'list': ('list', 'train.txt', corpus.lists(), None, 3000),
    'manifest': (
        *('manifest', 'manifest.json', [corpus.manifest()]),
        *(mutations.text, 2000),
    ),
    'journal': (
        *('journal', 'journal', [corpus.journal()], mutations.text, 1500),
    ),
    'metrics': (
        *('metrics', 'metrics.json', [corpus.metrics()]),
        *(mutations.text, 2000),
    ),
    'record': (
        *('synthetic', RECORD, [json.dumps({'seed': 1, 'a': [2]}).encode()]),
        *(mutations.text, 500),
    ),
    'per_image': (
        *('per_image', 'a.npz', [corpus.per_image()], mutations.zipped, 1000),
    ),
    'checkpoint': (
        *('checkpoint', 'a.pth', corpus.checkpoint(), mutations.zipped, 2500),
    ),
}


@contextmanager
def limited(seconds):
    """Interrupt what takes more CPU time."""

    def stop(*_):
        raise TimeoutError(f'more than {seconds} s of CPU time')

    former = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, former)


def peak():
    """Return the most memory that the process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def damaged(kind):
    """Yield the damaged files of a kind, the same in every run."""
    _, _, seeds, deep, count = KINDS[kind]
    rng = random.Random(kind)
    for number in range(count):
        mutate = deep if deep and number % 2 else mutations.blind
        yield mutate(rng, seeds[number % len(seeds)])


def outcome(reader, path):
    """Return whether a file was read; anything else escapes with its name."""
    try:
        with limited(_CPU_SECONDS):
            reader(path)
    except SegplugError as error:
        assert str(error)
        return False
    return True


def test_there_are_enough_inputs():
    assert sum(count for *_, count in KINDS.values()) >= 20_000


@pytest.mark.filterwarnings('ignore')  # of Pillow, SciPy and NumPy
@pytest.mark.parametrize('kind', KINDS)
def test_only_our_errors_escape(kind, tmp_path):
    name, file, seeds, _, count = KINDS[kind]
    path, held, read = tmp_path / file, peak(), 0
    for seed in seeds[:2]:
        path.write_bytes(seed)
        assert any([outcome(reader, path) for reader in READERS[name]])
    for number, data in enumerate(damaged(kind)):
        path.write_bytes(data)
        for reader in READERS[name]:
            try:
                read += outcome(reader, path)
            except BaseException as error:
                raise AssertionError(
                    f'{kind} {number}, {reader}: {type(error)}'
                ) from error
    print(f'{kind}: {count} inputs, {read} of {len(READERS[name])} readers')
    assert number == count - 1
    assert 0 < read < count * len(READERS[name])
    assert peak() - held < _GROWTH
