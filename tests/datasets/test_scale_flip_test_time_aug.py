import cv2
import numpy as np
import pytest
from mmcv.transforms import Compose, TestTimeAug
from mmengine.registry import init_default_scope
from mmseg.datasets.transforms import Resize

from segplug.datasets.transforms import ScaleFlipTestTimeAug

FLIPS = [
    dict(type='RandomFlip', prob=p, direction='horizontal') for p in (0.0, 1.0)
]
LOAD, LABELS, PACK = (
    dict(type=kind)
    for kind in ('LoadImageFromFile', 'LoadAnnotations', 'PackSegInputs')
)


@pytest.fixture
def sample(tmp_path):
    init_default_scope('mmseg')
    rng = np.random.default_rng(0)
    image, label = tmp_path / 'image.png', tmp_path / 'label.png'
    cv2.imwrite(str(image), rng.integers(0, 256, (20, 32, 3), np.uint8))
    cv2.imwrite(str(label), rng.integers(0, 3, (20, 32), np.uint8))
    return dict(
        img_path=str(image),
        seg_map_path=str(label),
        reduce_zero_label=False,
        label_map=None,
        seg_fields=[],
    )


def assert_same(ours, hosts):
    assert len(ours['inputs']) == len(hosts['inputs'])
    for mine, theirs in zip(ours['inputs'], hosts['inputs']):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(ours['data_samples'], hosts['data_samples']):
        assert (mine.gt_sem_seg.data == theirs.gt_sem_seg.data).all()
        assert mine.metainfo == theirs.metainfo


@pytest.mark.parametrize(
    ('resize', 'scaled'),
    [
        (dict(scale=(64, 16), keep_ratio=True), dict(scale=(32, 8))),
        (dict(scale=(16, 16), keep_ratio=False), dict(scale=(8, 8))),
        (dict(scale=16, keep_ratio=False), dict(scale=8)),
        (
            dict(scale_factor=1.5, keep_ratio=True),
            dict(scale_factor=(0.75, 0.75)),
        ),
        (
            dict(scale_factor=(2.0, 1.0), keep_ratio=False),
            dict(scale_factor=(1.0, 0.5)),
        ),
    ],
)
@pytest.mark.parametrize('kind', ['Resize', 'mmseg.Resize', Resize])
def test_equals_the_hosts_with_every_step_written_out(
    sample, resize, scaled, kind
):
    plain = dict(type=kind, **resize)
    half = dict(plain, **scaled)
    pipeline = [LOAD, plain, LABELS, PACK]
    ours = ScaleFlipTestTimeAug(pipeline=pipeline, factors=(0.5, 1))
    steps = [[half, plain], [dict(flip) for flip in FLIPS], [LABELS], [PACK]]
    hosts = Compose([LOAD, TestTimeAug(steps)])
    assert_same(ours(dict(sample)), hosts(dict(sample)))


def test_pipelines_without_resize_are_scaled_from_the_images_size(sample):
    step = ScaleFlipTestTimeAug(
        pipeline=[LOAD, LABELS, PACK], factors=(0.5, 2), flip=False
    )
    found = step(dict(sample))
    assert [tuple(i.shape[1:]) for i in found['inputs']] == [
        (10, 16),
        (40, 64),
    ]
    for packed in found['data_samples']:
        assert packed.gt_sem_seg.shape == packed.ori_shape == (20, 32)


def test_the_given_pipeline_is_left_alone(sample):
    pipeline = [LOAD, dict(type='Resize', scale=(8, 8)), PACK]
    before = [dict(step) for step in pipeline]
    ScaleFlipTestTimeAug(pipeline=pipeline)
    assert pipeline == before


@pytest.mark.parametrize(
    'wrong',
    [
        dict(pipeline=[]),
        dict(pipeline=[LOAD], factors=()),
        dict(pipeline=[LOAD], factors=(1, -0.5)),
    ],
)
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match='positive factors'):
        ScaleFlipTestTimeAug(**wrong)


def test_steps_whose_factors_are_unknown():
    step = dict(type='ResizeShortestEdge', scale=8)
    with pytest.raises(ValueError, match='no factors of ResizeShortestEdge'):
        ScaleFlipTestTimeAug(pipeline=[LOAD, step, PACK])
