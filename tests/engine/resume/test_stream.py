import itertools
import pickle
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.dataset import InfiniteSampler
from torch.utils.data import BatchSampler, DataLoader, Dataset

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints import files
from segplug.engine.resume import rng
from segplug.engine.resume.loader import resumable
from segplug.engine.resume.stream import (
    EmptyLoaderError,
    Numbered,
    NumberedBatches,
    SeededDataset,
)
from tests.engine import toy


class Shuffled:
    """A sampler with an order of its own for each epoch."""

    def __init__(self, size):
        self.size, self.epoch = size, 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        order = list(range(self.size))
        random.Random(self.epoch).shuffle(order)
        return iter(order)

    def __len__(self):
        return self.size


class Noise(Dataset):
    """Random numbers of all three generators."""

    def __init__(self, size=5):
        self.size = size
        self.metainfo = {'classes': ('a',)}

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        draws = random.random(), np.random.rand(), torch.rand(()).item()
        return (index, *draws)


@given(
    size=st.integers(1, 9),
    batch=st.integers(1, 4),
    skipped=st.integers(0, 40),
    drop=st.booleans(),
)
def test_skipping_equals_consuming(size, batch, skipped, drop):
    if drop and size < batch:
        return

    def make():
        batches = BatchSampler(Shuffled(size), batch, drop)
        return NumberedBatches(batches, endless=True)

    def key(indices):
        return [(int(i), i.epoch, i.place) for i in indices]

    whole = list(itertools.islice(make(), skipped + 9))
    resumed = make()
    resumed.skip(skipped)
    rest = list(itertools.islice(resumed, 9))
    assert [*map(key, whole[skipped:])] == [*map(key, rest)]


@given(st.integers(0, 300))
def test_one_pass_in_the_midst(skipped):
    batches = NumberedBatches(BatchSampler(range(10), 3, False), endless=False)
    batches.skip(min(skipped, 4))
    assert list(batches) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]][skipped:]
    assert len(list(batches)) == 4  # skipped once only


def test_numbers_of_a_sample_follow_from_its_place_alone():
    loader = DataLoader(Noise(), batch_size=2, sampler=Shuffled(5))
    made = resumable(loader, seed=3, endless=True)
    first = [b for b in itertools.islice(made, 6)]
    torch.rand(7), random.random(), np.random.rand()
    loader = DataLoader(
        Noise(), batch_size=2, sampler=Shuffled(5), num_workers=2
    )
    again = resumable(loader, seed=3, endless=True)
    again.batch_sampler.skip(2)
    for one, two in zip(first[2:], again):
        assert all(torch.equal(a, b) for a, b in zip(one, two))
    drawn = torch.cat([b[1] for b in first]).tolist()
    assert len(set(drawn)) == len(drawn)  # also of equal images


def test_generators_outside_are_left_alone():
    dataset = SeededDataset(Noise(), seed=3, rank=0)
    rng.seed_all(1, 2)
    expected = random.random(), np.random.rand(), torch.rand(()).item()
    rng.seed_all(1, 2)
    dataset[Numbered(1, 0, 5)]
    assert expected == (
        random.random(),
        np.random.rand(),
        torch.rand(()).item(),
    )


def test_ranks_seeds_and_epochs_differ():
    draws = {
        SeededDataset(Noise(), seed=seed, rank=rank)[Numbered(0, epoch, place)]
        for seed in (0, 1)
        for rank in (0, 1)
        for epoch in (0, 1)
        for place in (0, 1)
    }
    assert len(draws) == 16


def test_states_are_put_back():
    rng.seed_all(5)
    np.random.randn()  # leaves a second value cached
    random.gauss(0, 1)
    state = pickle.loads(pickle.dumps(rng.collect()))

    def draw():
        return (
            [random.gauss(0, 1), random.random()],
            np.random.randn(3).tolist(),
            torch.randn(3).tolist(),
        )

    expected = draw()
    rng.restore(state)
    assert draw() == expected


def test_the_dataset_can_be_asked_and_sent_to_workers():
    dataset = SeededDataset(Noise(), seed=0, rank=0)
    assert dataset.metainfo == {'classes': ('a',)} and len(dataset) == 5
    copy = pickle.loads(pickle.dumps(dataset))
    index = pickle.loads(pickle.dumps(Numbered(3, 1, 2)))
    assert (index, index.epoch, index.place) == (3, 1, 2)
    assert copy[index] == dataset[Numbered(3, 1, 2)]
    with pytest.raises(AttributeError):
        dataset.gone()


def test_empty_data():
    with pytest.raises(EmptyLoaderError, match='no sample'):
        resumable(DataLoader(Noise(0)), seed=0, endless=True)
    loader = DataLoader(Noise(3), batch_size=4, drop_last=True)
    with pytest.raises(EmptyLoaderError, match='batch_size = 4'):
        next(iter(resumable(loader, seed=0, endless=True)))


@pytest.mark.usefixtures('quick_start')
def test_resuming_far_on_loads_nothing_twice(tmp_path, toy_data, monkeypatch):
    """At iteration 100,000; the order is that of MMEngine's sampler."""
    cfg = toy.config(toy_data, tmp_path, iters=2, randomness=dict(seed=7))
    cfg.default_hooks.checkpoint.interval = 2
    toy.train(cfg)
    path = tmp_path / 'iter_2.pth'
    checkpoint = safe_load(str(path))
    checkpoint['meta']['iter'] = 100_000
    files.write(checkpoint, path)
    loaded = []
    load = toy.ToyDataset.prepare_data
    monkeypatch.setattr(
        toy.ToyDataset,
        'prepare_data',
        lambda self, i: loaded.append((i, self.test_mode)) or load(self, i),
    )
    cfg.train_cfg.update(max_iters=100_002, val_interval=10**6)
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.default_hooks.checkpoint.save_best = None
    toy.train(cfg, resume=True)
    sampler = InfiniteSampler(range(10), seed=7)
    expected = itertools.islice(sampler, 200_000, 200_004)
    assert [index for index, _ in loaded] == list(expected)
