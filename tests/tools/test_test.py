import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tools.runs import MAIN, TINY, tool

CHECKPOINT = 'work_dirs/dlv3p_r50_lovasz_pascalpart/iter_4.pth'
TEST = [option for option in TINY if option.startswith('test_')]


@pytest.fixture(scope='module')
def tested(trained):
    """Folder with everything that a test can leave behind."""
    words = [MAIN, CHECKPOINT, '--work-dir', 'run', '--out', 'masks']
    options = ['--show-dir', 'pictures', '--cfg-options', *TEST]
    output = tool('test.py', *words, *options, cwd=trained)
    (trained / 'output.txt').write_text(output)
    return trained


def test_prints_the_scores_and_a_table(tested):
    output = (tested / 'output.txt').read_text()
    for name in ('mIoU', 'aAcc', 'mAcc', 'background', 'lower-legs'):
        assert name in output
    assert 'Warning' not in output


def test_masks_give_the_scores_that_are_written(tested):
    """The JSON against counts over the saved masks, by definition."""
    intersection, union, right, total = np.zeros(7), np.zeros(7), 0, 0
    labels = sorted((tested / 'data/pascal_part/labels').glob('*5000*.png'))
    masks = sorted((tested / 'masks').glob('*.png'))
    assert [m.name for m in masks] == [label.name for label in labels]
    for label, mask in zip(labels, masks):
        truth, seen = (np.array(Image.open(path)) for path in (label, mask))
        right, total = right + (truth == seen).sum(), total + truth.size
        for c in range(7):
            intersection[c] += ((truth == c) & (seen == c)).sum()
            union[c] += ((truth == c) | (seen == c)).sum()
    metrics = json.loads((tested / 'run/test/iter_4/metrics.json').read_text())
    scores = metrics['scores']['segmentation']
    assert metrics['values']['mIoU'] == scores['mean']['mIoU']
    present = union > 0
    iou = 100 * intersection[present] / union[present]
    assert scores['mean']['mIoU'] == pytest.approx(iou.mean())
    assert scores['mean']['aAcc'] == pytest.approx(100 * right / total)
    assert len(metrics['checkpoint']['sha256']) == 64
    assert len(metrics['dataset']['manifest_sha256']) == 64


def test_every_image_is_drawn(tested):
    drawn = sorted((tested / 'pictures').iterdir())
    assert len(drawn) == 3
    for path in drawn:
        with Image.open(path) as image:
            assert image.width == 2 * 52  # truth beside prediction


def test_time_augmentation_tests_every_image(tested):
    words = [MAIN, CHECKPOINT, '--tta', '--work-dir', 'tta']
    tool('test.py', *words, '--cfg-options', *TEST, cwd=tested)
    metrics = json.loads(
        (tested / 'tta/test/iter_4-tta/metrics.json').read_text()
    )
    assert metrics['scores']['segmentation']['images'] == 3


def test_another_number_of_classes_stops_before_inference(tested):
    classes = "test_dataloader.dataset.metainfo.classes=('head','torso')"
    output = tool(
        'test.py',
        *(MAIN, CHECKPOINT, '--cfg-options', *TEST, classes),
        cwd=tested,
        status=1,
    )
    assert 'predicts 7 classes' in output and 'has 2' in output
    assert 'Traceback' not in output and 'Iter(test)' not in output


def test_half_a_checkpoint_is_not_scored(tested):
    """And the results of an earlier test stay."""
    checkpoint = torch.load(tested / CHECKPOINT, weights_only=False)
    weights = checkpoint['state_dict']
    del weights['decode_head.image_pool.1.conv.weight']
    weights['backbone.layer9.weight'] = torch.zeros(1)
    torch.save({'state_dict': weights}, tested / 'half.pth')
    words = [MAIN, 'half.pth', '--work-dir', 'half', '--cfg-options', *TEST]
    output = tool('test.py', *words, cwd=tested, status=1)
    for name in ('not scored', 'image_pool.1.conv', 'backbone.layer9'):
        assert name in output
    assert 'Traceback' not in output and not (tested / 'half/test').exists()


def test_weights_without_auxiliary_head_are_scored(tested):
    checkpoint = torch.load(tested / CHECKPOINT, weights_only=False)
    weights = {
        name: value
        for name, value in checkpoint['state_dict'].items()
        if not name.startswith('auxiliary_head')
    }
    torch.save(weights, tested / 'bare.pth')
    words = [MAIN, 'bare.pth', '--work-dir', 'bare', '--cfg-options', *TEST]
    tool('test.py', *words, cwd=tested)
    scores = [
        json.loads((tested / folder / 'metrics.json').read_text())['values']
        for folder in ('bare/test/bare', 'run/test/iter_4')
    ]
    assert scores[0] == scores[1]


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        ([MAIN, 'gone.pth'], 'no checkpoint gone.pth'),
        ([CHECKPOINT, MAIN], 'the config comes first'),
        ([MAIN, MAIN], 'is no checkpoint but a config'),
        ([MAIN, 'work_dirs'], 'work_dirs is a folder'),
        ([MAIN, CHECKPOINT, '--out', 'output.txt'], 'wanted is a folder'),
        ([MAIN, CHECKPOINT, '--show-dir', 'output.txt'], 'wanted is a folder'),
    ],
)
def test_mendable_errors(tested, words, message):
    output = tool('test.py', *words, cwd=tested, status=1)
    assert message in output and 'Traceback' not in output
