import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample

from segplug.models import SampleScalingDataPreProcessor


def image(seed=0, size=(6, 7), low=0, high=256):
    generator = torch.Generator().manual_seed(seed)
    shape = (3, *size)
    return torch.randint(low, high, shape, generator=generator).byte()


def sample(size=(6, 7)):
    label = PixelData(data=torch.zeros(1, *size, dtype=torch.long))
    return SegDataSample(
        gt_sem_seg=label, metainfo=dict(ori_shape=size, img_shape=size)
    )


def process(*images, training=False, **options):
    preprocessor = MODELS.build(
        dict(type='SampleScalingDataPreProcessor', **options)
    )
    samples = [sample(tuple(x.shape[1:])) for x in images]
    data = dict(inputs=list(images), data_samples=samples)
    return preprocessor(data, training)['inputs']


def test_min_max_of_the_whole_image():
    picture = image(low=30, high=90)
    result = process(picture)[0].double().numpy()
    values = picture.double().numpy()
    low, high = values.min(), values.max()
    truth = np.interp(values, [low, high], [-1, 1])
    np.testing.assert_allclose(result, truth, atol=1e-6)


def test_full_range_is_the_host_with_half_of_255():
    picture = image(low=30, high=90)
    host = MODELS.build(
        dict(type='SegDataPreProcessor', mean=[127.5] * 3, std=[127.5] * 3)
    )
    data = dict(inputs=[picture], data_samples=[sample()])
    theirs = host(data)['inputs']
    ours = process(picture, scaling='full_range')
    torch.testing.assert_close(ours, theirs)


@given(value=st.integers(0, 255))
def test_image_of_one_value(value):
    picture = torch.full((3, 4, 5), value, dtype=torch.uint8)
    assert (process(picture) == 0).all()


@given(
    seed=st.integers(0, 99), gain=st.integers(1, 4), shift=st.integers(0, 55)
)
def test_min_max_forgets_gain_and_shift(seed, gain, shift):
    picture = image(seed, high=51)
    changed = picture * gain + shift
    torch.testing.assert_close(
        process(picture), process(changed), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize('scaling', ['min_max', 'full_range'])
def test_neither_batch_nor_padding_matters(scaling):
    first, second = image(1, high=100), image(2, (4, 5), low=50)
    options = dict(scaling=scaling, size=(8, 8))
    both = process(first, second, training=True, **options)
    assert both.shape == (2, 3, 8, 8) and both.dtype == torch.float32
    alone = process(second, scaling=scaling)[0]
    torch.testing.assert_close(both[1, :, :4, :5], alone)
    assert (both[1, :, 4:] == 0).all() and (both[1, :, :, 5:] == 0).all()


def test_training_and_testing_agree():
    picture = image()
    options = dict(size_divisor=1)
    trained = process(picture, training=True, **options)
    torch.testing.assert_close(trained, process(picture))


def test_channel_order_and_padding_for_tests():
    picture = image()
    options = dict(bgr_to_rgb=True, test_cfg=dict(size_divisor=8))
    result = process(picture, **options)
    assert result.shape == (1, 3, 8, 8)
    plain = process(picture)
    torch.testing.assert_close(result[:, :, :6, :7], plain[:, [2, 1, 0]])


@pytest.mark.parametrize('scaling', ['min_max', 'full_range'])
def test_stacked_images(scaling):
    """A collate function may have stacked them already."""
    pictures = torch.stack([image(1), image(2)])
    preprocessor = SampleScalingDataPreProcessor(scaling=scaling)
    data = dict(inputs=pictures, data_samples=[sample(), sample()])
    separate = process(*pictures, scaling=scaling)
    torch.testing.assert_close(preprocessor(data)['inputs'], separate)


@pytest.mark.parametrize('training', [True, False])
def test_inside_a_segmentor(training):
    """Works from a config; the images that arrive are in [−1, 1]."""
    model = MODELS.build(
        ConfigDict(
            type='EncoderDecoder',
            data_preprocessor=dict(
                type='SampleScalingDataPreProcessor',
                bgr_to_rgb=True,
                size=(32, 32),
                seg_pad_val=255,
                mean=None,
                std=None,
            ),
            backbone=dict(type='ResNet', depth=18),
            decode_head=dict(
                type='FCNHead',
                in_channels=512,
                in_index=3,
                channels=8,
                num_convs=1,
                num_classes=3,
            ),
            train_cfg={},
            test_cfg=dict(mode='whole'),
        )
    )
    picture = image(size=(32, 32), low=20, high=200)
    data = dict(inputs=[picture], data_samples=[sample((32, 32))])
    arrived = model.data_preprocessor(data, training)['inputs']
    assert arrived.min() == -1 and arrived.max() == 1
    if not training:
        prediction = model.eval().test_step(data)[0].pred_sem_seg.data
        assert prediction.shape == (1, 32, 32)


def test_unknown_scaling():
    with pytest.raises(ValueError, match="'min_max', 'full_range', got 'x'"):
        SampleScalingDataPreProcessor(scaling='x')


@pytest.mark.parametrize('name', ['mean', 'std'])
def test_mean_and_deviation_are_refused(name):
    with pytest.raises(ValueError, match=f'Set {name}=None'):
        SampleScalingDataPreProcessor(**{name: [1.0, 2.0, 3.0]})
