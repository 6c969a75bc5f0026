"""Scores of the reduced Cityscapes at both sizes, from raw files on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.registry import DATASETS
from mmseg.structures import SegDataSample

from segplug.labels.cityscapes import CLASSES
from segplug.prepare import cli

from .official_streets import (
    RawCityscapes,
    expected_city_label,
    write_bdd,
    write_cityscapes,
)

CONFIGS = Path(__file__).parents[2] / 'configs'
LEAF = """
_base_ = '{base}'
test_evaluator = _base_.both_sizes
"""


@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw = RawCityscapes(tmp_path)
    raw.run(out='data/cityscapes')
    raw.run('--size', '4x8', out='data/cityscapes256')
    return raw


def load(tmp_path):
    """Return the config as the documentation says to write it."""
    path = tmp_path / 'leaf.py'
    base = CONFIGS / '_base_/datasets/cityscapes256.py'
    path.write_text(LEAF.format(base=base))
    return Config.fromfile(path)


def predict(label, generator):
    """Return a sample whose logits show, mostly, a reduced label."""
    shown = torch.from_numpy(label.astype(int))
    shown[shown == 255] = 0
    logits = torch.nn.functional.one_hot(shown, len(CLASSES)).float()
    logits = logits.permute(2, 0, 1) * 3
    logits += torch.rand(logits.shape, generator=generator)
    return logits


def iou(pairs):
    """Return the mean IoU in percent of the classes that occur."""
    scores = []
    truth = np.concatenate([t.ravel() for t, _ in pairs])
    made = np.concatenate([p.ravel() for _, p in pairs])
    made, truth = made[truth != 255], truth[truth != 255]
    for number in range(len(CLASSES)):
        union = ((truth == number) | (made == number)).sum()
        if union:
            both = ((truth == number) & (made == number)).sum()
            scores.append(100 * both / union)
    return np.mean(scores)


def test_both_sizes_from_the_prepared_data(raw, tmp_path):
    cfg = load(tmp_path)
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    generator = torch.Generator().manual_seed(0)
    small, full = [], []
    for entry in dataset:
        sample = entry['data_samples']
        name = Path(sample.img_path).stem
        label = sample.gt_sem_seg.data[0].numpy()
        logits = predict(label, generator)
        result = SegDataSample(metainfo=sample.metainfo)
        result.gt_sem_seg = sample.gt_sem_seg
        result.seg_logits = PixelData(data=logits)
        result.pred_sem_seg = PixelData(data=logits.argmax(0, keepdim=True))
        evaluator.process(data_samples=[result])
        large = torch.nn.functional.interpolate(
            logits[None], scale_factor=4, mode='bilinear'
        )
        small.append((label, logits.argmax(0).numpy()))
        full.append(
            (expected_city_label(raw.ids[name]), large[0].argmax(0).numpy())
        )
    scores = evaluator.evaluate(len(dataset))
    assert scores['mIoU'] == pytest.approx(iou(small))
    assert scores['full_size/mIoU'] == pytest.approx(iou(full))
    assert scores['mIoU'] > 90 > scores['full_size/mIoU'] > 5


@pytest.mark.parametrize(
    'name, raw_shape, shape, classes',
    [
        ('cityscapes256', (512, 1024), (256, 512), 19),
        ('cityscapes', (520, 600), (513, 513), 19),
        ('bdd100k', (72, 128), (360, 640), 41),
    ],
)
def test_fragments_give_batches_of_their_size(
    tmp_path, monkeypatch, name, raw_shape, shape, classes
):
    monkeypatch.chdir(tmp_path)
    dataset = name.replace('256', '')
    if dataset == 'bdd100k':
        clips = {'train': ('1-1', '2-1', '3-1'), 'val': ('4-1',)}
        write_bdd(tmp_path / 'raw', clips, raw_shape)
    else:
        cities = {'train': ('a_1_1', 'a_2_1'), 'val': ('b_1_1',)}
        write_cityscapes(tmp_path / 'raw', cities, raw_shape, test=False)
    size = ['--size', '256x512'] if name == 'cityscapes256' else []
    sources = ['--images', 'raw', '--labels', 'raw', '--workers', '1']
    target = ['--out', f'data/{name}']
    assert cli.main([dataset, *sources, *target, *size]) == 0
    cfg = Config.fromfile(CONFIGS / f'_base_/datasets/{name}.py')
    assert (cfg.num_classes, tuple(cfg.crop_size)) == (classes, shape)
    prepared = shape if name == 'cityscapes256' else raw_shape
    tested = raw_shape if name == 'cityscapes' else shape
    for part in ('train', 'val', 'test'):
        data = DATASETS.build(cfg[f'{part}_dataloader'].dataset)
        assert len(data.metainfo['classes']) == classes
        sample = data[0]
        size = shape if part == 'train' else tested
        assert tuple(sample['inputs'].shape) == (3, *size)
        truth = sample['data_samples'].gt_sem_seg.shape
        assert truth == (shape if part == 'train' else prepared)
