import numpy as np
import pytest
import torch
from mmseg.datasets.transforms import PackSegInputs

from segplug.engine import shared_memory
from segplug.engine.shared_memory import (
    SharedMemoryError,
    check_shared_memory,
    needed,
    sample_pixels,
)
from tests.engine import toy


def config(pipeline, workers=3, batch=4, **changes):
    dataset = dict(type='X', pipeline=pipeline)
    loader = dict(batch_size=batch, num_workers=workers, dataset=dataset)
    return dict(train_dataloader={**loader, **changes})


CROP = dict(type='RandomCrop', crop_size=(10, 20))
SCALE = dict(type='Resize', scale=(64, 32))


@pytest.mark.parametrize(
    ('pipeline', 'pixels'),
    [
        ([], 0),
        ([CROP], 200),
        ([dict(type='RandomCrop', crop_size=12)], 144),
        ([SCALE], 64 * 32),
        ([{**SCALE, 'keep_ratio': True}], 32 * 32),
        ([{**SCALE, 'keep_ratio': True}, CROP], 200),
        ([CROP, SCALE], 64 * 32),
        ([SCALE, dict(type='RandomCrop', crop_size=(99, 99))], 64 * 32),
        ([dict(type='mmpretrain.RandomResizedCrop', scale=8)], 64),
    ],
)
def test_least_size_of_a_sample(pipeline, pixels):
    assert sample_pixels(dict(pipeline=pipeline)) == pixels
    inner = dict(type='RepeatDataset', dataset=dict(pipeline=pipeline))
    assert sample_pixels(inner) == pixels


def test_bytes_are_those_of_a_packed_sample():
    arrays = dict(
        img=np.zeros((10, 20, 3), np.uint8),
        gt_seg_map=np.zeros((10, 20), np.uint8),
        seg_fields=['gt_seg_map'],
    )
    packed = PackSegInputs(meta_keys=())(arrays)
    tensors = [packed['inputs'], packed['data_samples'].gt_sem_seg.data]
    size = sum(t.numel() * t.element_size() for t in tensors)
    cfg = config([CROP], workers=1, batch=1, prefetch_factor=1)
    assert needed(cfg) == size


def test_workers_batches_and_processes_multiply(monkeypatch):
    one = needed(config([CROP], workers=1, batch=1))
    assert needed(config([CROP], workers=3, batch=4)) == 12 * one
    assert needed(config([CROP], workers=0)) == 0
    assert needed(dict(train_dataloader=None)) == 0
    monkeypatch.setenv('LOCAL_WORLD_SIZE', '8')
    assert needed(config([CROP], workers=1, batch=1)) == 8 * one


def test_the_bound(monkeypatch):
    cfg = config([CROP])
    for free, fits in ((needed(cfg), True), (needed(cfg) - 1, False)):
        monkeypatch.setattr(shared_memory, 'available', lambda free=free: free)
        if fits:
            check_shared_memory(cfg)
        else:
            with pytest.raises(SharedMemoryError, match='--shm-size=1g'):
                check_shared_memory(cfg)
    monkeypatch.setattr(shared_memory, 'available', lambda: None)
    check_shared_memory(cfg)


def test_a_folder_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr(shared_memory, 'FOLDER', tmp_path / 'absent')
    assert shared_memory.available() is None


def test_training_does_not_start(toy_data, tmp_path, monkeypatch, quick_start):
    monkeypatch.setattr(shared_memory, 'available', lambda: 4096)
    cfg = toy.config(toy_data, tmp_path / 'run', workers=2)
    with pytest.raises(SharedMemoryError, match='num_workers'):
        toy.train(cfg)
    assert not list((tmp_path / 'run').glob('*.pth'))
    assert torch.utils.data.get_worker_info() is None
    toy.train(toy.config(toy_data, tmp_path / 'run', workers=0, iters=1))
