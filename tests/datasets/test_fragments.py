"""The dataset fragments of VOC 2012 and CamVid, run on small images."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from PIL import Image

import segplug  # noqa: F401  (registers)

FRAGMENTS = Path(__file__).parents[2] / 'configs/_base_/datasets'
SHAPE = (45, 60)  # of the image files
LOADERS = ('train', 'val', 'test')


def load(name):
    return Config.fromfile(FRAGMENTS / f'{name}.py')


@pytest.fixture
def root(tmp_path):
    """A prepared data set of one image in each list."""
    for folder in ('images', 'labels', 'splits'):
        (tmp_path / folder).mkdir()
    rng = np.random.default_rng(0)
    for split in LOADERS:
        (tmp_path / f'splits/{split}.txt').write_text(f'{split}\n')
        pixels = rng.integers(0, 256, (*SHAPE, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f'images/{split}.jpg')
        label = rng.integers(0, 11, SHAPE, np.uint8)
        Image.fromarray(label).save(tmp_path / f'labels/{split}.png')
    return tmp_path


def first(cfg, loader, root, pipeline=None):
    init_default_scope('mmseg')
    options = dict(cfg[f'{loader}_dataloader'].dataset, data_root=str(root))
    if pipeline is not None:
        options['pipeline'] = pipeline
    return DATASETS.build(options)[0]


@pytest.mark.parametrize('name', ['voc12', 'camvid'])
def test_training_samples(root, name):
    cfg = load(name)
    sample = first(cfg, 'train', root)
    assert sample['inputs'].shape == (3, *cfg.crop_size)
    assert sample['data_samples'].gt_sem_seg.shape == cfg.crop_size


def test_voc12_is_report_r5s_protocol():
    cfg = load('voc12')
    kinds = [step.type for step in cfg.train_pipeline]
    assert kinds == [
        *('LoadCheckedImage', 'LoadCheckedAnnotations', 'Resize'),
        'PackSegInputs',
    ]
    assert cfg.train_pipeline[2].scale == (256, 256)
    assert not cfg.train_pipeline[2].keep_ratio
    assert cfg.train_dataloader.batch_size == 4
    assert (cfg.num_classes, cfg.crop_size) == (21, (256, 256))
    assert cfg.train_dataloader.dataset.ann_file == 'splits/train.txt'
    assert cfg.test_dataloader.dataset.ann_file == 'splits/val.txt'


def test_camvid_is_validated_and_tested_on_other_images():
    cfg = load('camvid')
    for loader in LOADERS:
        dataset = cfg[f'{loader}_dataloader'].dataset
        assert dataset.ann_file == f'splits/{loader}.txt'
        assert dataset.type == 'CamVidDataset'
    assert (cfg.num_classes, cfg.crop_size) == (11, (360, 480))


@pytest.mark.parametrize('loader', ['val', 'test'])
@pytest.mark.parametrize(
    ('name', 'scored'), [('voc12', (256, 256)), ('camvid', SHAPE)]
)
def test_scoring_size(root, name, scored, loader):
    cfg = load(name)
    sample = first(cfg, loader, root)
    assert sample['inputs'].shape == (3, *cfg.crop_size)
    assert sample['data_samples'].gt_sem_seg.shape == scored
    assert sample['data_samples'].ori_shape == scored


def test_voc12_at_the_original_size_with_one_option(root):
    cfg = load('voc12')
    words = 'test_dataloader.dataset.pipeline.3.size=None'.split('=')
    value = DictAction._parse_iterable(words[1])
    cfg.merge_from_dict({words[0]: value})
    text = (FRAGMENTS / 'voc12.py').read_text()
    assert '='.join(words) in text
    sample = first(cfg, 'test', root)
    with Image.open(root / 'labels/val.png') as label:
        truth = sample['data_samples'].gt_sem_seg.data[0].numpy()
        np.testing.assert_array_equal(truth, label)
    assert sample['data_samples'].ori_shape == SHAPE
    assert sample['inputs'].shape == (3, 256, 256)


@pytest.mark.parametrize('name', ['voc12', 'camvid'])
def test_augmented_samples_are_scored_as_plain_ones(root, name):
    cfg = load(name)
    plain = first(cfg, 'test', root)['data_samples']
    augmented = first(cfg, 'test', root, cfg.tta_pipeline)
    height, width = cfg.crop_size
    shapes = [tuple(image.shape[1:]) for image in augmented['inputs']]
    assert shapes == [
        (int(height * factor), int(width * factor))
        for factor in (0.75, 1, 1.25)
        for _ in range(2)
    ]
    for sample in augmented['data_samples']:
        assert sample.ori_shape == plain.ori_shape
        assert (sample.gt_sem_seg.data == plain.gt_sem_seg.data).all()
    flips = [sample.flip for sample in augmented['data_samples']]
    assert flips == [False, True] * 3
