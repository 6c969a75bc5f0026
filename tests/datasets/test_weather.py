import colorsys
import sys
from importlib.metadata import version

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dataset import worker_init_fn
from mmengine.utils import digit_version
from mmseg.registry import TRANSFORMS
from torch.utils.data import DataLoader, Dataset

from segplug.datasets.transforms import MissingKorniaError
from segplug.datasets.transforms.random_night import darken, headlights

KORNIA = ('RandomSnow', 'RandomRain')
NAMES = (*KORNIA, 'RandomNight')


def build(name, **options):
    if name in KORNIA:
        pytest.importorskip('kornia')
    return TRANSFORMS.build(dict(type=name, **{'prob': 1.0, **options}))


def picture(size=(24, 30), seed=0):
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (*size, 3), dtype=np.uint8)


def apply(transform, image, seed=0):
    np.random.seed(seed)
    return transform(dict(img=image.copy()))['img']


@pytest.mark.parametrize('name', NAMES)
def test_image_changes_and_nothing_else(name):
    label = np.arange(720, dtype=np.uint8).reshape(24, 30)
    sample = dict(img=picture(), gt_seg_map=label.copy(), img_path='a.png')
    result = build(name)(sample)
    assert result['img'].dtype == np.uint8
    assert result['img'].shape == (24, 30, 3)
    assert (result['img'] != picture()).any()
    assert (result['gt_seg_map'] == label).all()
    assert set(result) == {'img', 'gt_seg_map', 'img_path'}


@pytest.mark.parametrize('name', NAMES)
def test_randomness_is_numpys_alone(name):
    transform = build(name)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = apply(transform, picture(), seed=5)
    assert (torch.get_rng_state() == before).all()
    torch.manual_seed(2)
    assert (apply(transform, picture(), seed=5) == first).all()
    assert (apply(transform, picture(), seed=6) != first).any()


@pytest.mark.parametrize('name', NAMES)
def test_probability(name):
    never, always = build(name, prob=0.0), build(name)
    states = []
    for transform in (never, always):
        result = apply(transform, picture(), seed=3)
        states.append(np.random.rand())
        assert (result == picture()).all() == (transform is never)
    assert states[0] == states[1]  # the rest of the pipeline goes on alike


def test_half_the_images():
    transform = build('RandomNight', prob=0.5)
    np.random.seed(0)
    image = picture((4, 4))
    hits = sum(
        (transform(dict(img=image))['img'] != image).any() for _ in range(400)
    )
    assert 160 < hits < 240  # 4 standard deviations


class Repeated(Dataset):
    """Eight times the same image, augmented."""

    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.transform(dict(img=picture()))['img']


def _seed(worker):
    worker_init_fn(worker, num_workers=2, rank=0, seed=7)


def from_workers(transform):
    loader = DataLoader(
        Repeated(transform), num_workers=2, worker_init_fn=_seed
    )
    return torch.cat(list(loader)).flatten(1)


@pytest.mark.parametrize('name', NAMES)
def test_workers_differ_and_repeat(name):
    transform = build(name)
    images = from_workers(transform)
    assert len(images.unique(dim=0)) == 8
    assert torch.equal(images, from_workers(transform))


@given(
    threshold=st.floats(0.05, 0.95),
    brightness=st.floats(1, 4),
    seed=st.integers(0, 9),
)
@settings(max_examples=20)
def test_snow_by_the_standard_library(threshold, brightness, seed):
    image = picture((5, 6), seed)
    transform = build(
        'RandomSnow',
        threshold=(threshold, threshold),
        brightness=(brightness, brightness),
    )
    result = apply(transform, image)
    for pixel, found in zip(image.reshape(-1, 3), result.reshape(-1, 3)):
        hue, light, saturation = colorsys.rgb_to_hls(*pixel[::-1] / 255)
        if abs(light - threshold) < 1e-5:
            continue
        if light < threshold:
            light = min(1.0, light * brightness)
        truth = colorsys.hls_to_rgb(hue, light, saturation)
        np.testing.assert_allclose(found[::-1], np.array(truth) * 255, atol=1)


def rain(**options):
    fixed = dict(light=(0.5, 0.5), opacity=(1, 1), slant=(0, 0))
    return build('RandomRain', **{**fixed, **options})


def test_rain_is_grey_lines_on_a_darker_image():
    image = np.zeros((40, 60, 3), np.uint8)
    image[..., 0], image[..., 2] = 40, 80
    result = apply(rain(drops=(4, 4), length=(0.2, 0.2)), image)
    drawn = (result == 200).all(2)
    assert (result[~drawn] == (20, 0, 40)).all()
    # 4 drops in a thousand of 2400 pixels: 10 lines of 8 pixels or fewer,
    # since they may overlap.
    assert 40 < drawn.sum() <= 80
    if digit_version(version('kornia')) < digit_version('0.9'):
        return  # its lines have gaps
    for column in drawn.T:
        edges = np.flatnonzero(np.diff(np.pad(column, 1).astype(int)))
        for start, end in zip(edges[::2], edges[1::2]):
            # Lines may leave the image.
            assert end - start >= 8 or start == 0 or end == len(column)


def test_rain_is_blended():
    image = np.full((40, 60, 3), 100, np.uint8)
    result = apply(rain(drops=(4, 4), opacity=(0.5, 0.5)), image)
    assert set(np.unique(result)) == {50, 125}


def test_no_rain_only_darkens():
    image = np.full((40, 60, 3), 100, np.uint8)
    assert (apply(rain(drops=(0, 0)), image) == 50).all()


@pytest.mark.parametrize('slant', [-1.0, 1.0])
@pytest.mark.parametrize('size', [(4, 5), (9, 4), (200, 6)])
def test_rain_on_small_images(size, slant):
    transform = rain(slant=(slant, slant), drops=(50, 50), length=(0.5, 0.5))
    assert apply(transform, picture(size)).shape == (*size, 3)


def by_night(pixel, place, size, gamma, gain, fade, blue, glow):
    """The formula of the docstring, in double precision."""
    rows, columns = size
    values = [gain * value**gamma for value in pixel]
    grey = 0.2126 * values[0] + 0.7152 * values[1] + 0.0722 * values[2]
    values = [(1 - fade) * value + fade * grey for value in values]
    tint = (1 - blue, 1 - blue / 2, 1)
    a = (place[1] - columns / 2) / (columns / 4)
    b = (place[0] - 0.8 * rows) / (0.12 * rows)
    light = glow * np.exp(-(a * a + b * b) / 2)
    return [
        min(1.0, v * t + light * p * c)
        for v, t, p, c in zip(values, tint, pixel, (1, 0.9, 0.7))
    ]


@given(
    gamma=st.floats(1, 3),
    gain=st.floats(0, 1),
    fade=st.floats(0, 1),
    blue=st.floats(0, 1),
    glow=st.floats(0, 2),
)
@settings(max_examples=25)
def test_night_by_its_formula(gamma, gain, fade, blue, glow):
    numbers = dict(gamma=gamma, gain=gain, fade=fade, blue=blue, glow=glow)
    size = (6, 7)
    image = picture(size)
    options = {name: (value, value) for name, value in numbers.items()}
    result = apply(build('RandomNight', noise=(0, 0), **options), image)
    for place in np.ndindex(size):
        pixel = image[place][::-1] / 255
        truth = np.array(by_night(pixel, place, size, **numbers)) * 255
        np.testing.assert_allclose(result[place][::-1], truth, atol=0.51)


def test_noise_of_the_night():
    image = np.full((100, 100, 3), 255, np.uint8)
    options = dict(gamma=(1, 1), gain=(0.5, 0.5), blue=(0, 0), glow=(0, 0))
    transform = build('RandomNight', noise=(0.04, 0.04), **options)
    noise = apply(transform, image) / 255 - 0.5
    assert abs(noise.mean()) < 0.001  # 4 standard deviations
    assert noise.std() == pytest.approx(0.04, rel=0.03)


def test_headlights_shine_on_the_road():
    light = headlights(100, 200)
    assert light.max() == light[80, 100] == 1
    assert light[:40].max() < 0.01
    np.testing.assert_allclose(light[:, 101:], light[:, 99:0:-1], atol=1e-6)


def test_dark_is_darker_and_bluer():
    image = np.random.default_rng(0).random((9, 9, 3), np.float32)
    dark = darken(image, gamma=1.3, gain=0.4, fade=0.5, blue=0.3)
    assert (dark.mean((0, 1)) < image.mean((0, 1))).all()
    share = dark[..., 2].sum() / dark.sum()
    assert share > image[..., 2].sum() / image.sum()


def test_from_a_pipeline():
    """Colour of the sample's image, and its label, after packing."""
    transforms = [build(name) for name in NAMES]
    pack = TRANSFORMS.build(dict(type='PackSegInputs', meta_keys=()))
    sample = dict(img=picture(), gt_seg_map=np.zeros((24, 30), np.uint8))
    for transform in transforms:
        sample = transform(sample)
    packed = pack(sample)
    assert packed['inputs'].shape == (3, 24, 30)
    assert (packed['data_samples'].gt_sem_seg.data == 0).all()


@pytest.mark.parametrize('name', KORNIA)
def test_without_kornia(name, monkeypatch):
    monkeypatch.setitem(sys.modules, 'kornia', None)
    with pytest.raises(MissingKorniaError, match=r'segplug\[weather\]'):
        TRANSFORMS.build(dict(type=name))


@pytest.mark.parametrize(
    ('name', 'options'),
    [
        ('RandomNight', dict(gain=(0.5, 0.2))),
        ('RandomNight', dict(gamma=1.5)),
        ('RandomNight', dict(gamma=('a', 'b'))),
        ('RandomNight', dict(noise=(0, float('nan')))),
        ('RandomSnow', dict(threshold=(0.5, 1.5))),
        ('RandomSnow', dict(brightness=(0.5, 2))),
        ('RandomRain', dict(slant=(-2, 0))),
    ],
)
def test_bad_ranges(name, options):
    with pytest.raises(ValueError, match=f'{[*options][0]} must be two'):
        build(name, **options)


@pytest.mark.parametrize('prob', [-0.1, 1.5])
def test_bad_probability(prob):
    with pytest.raises(ValueError, match='prob must be in'):
        build('RandomNight', prob=prob)


@pytest.mark.parametrize(
    'image', [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 3), np.float32)]
)
def test_images_of_another_kind(image):
    with pytest.raises(ValueError, match='RandomNight needs an 8-bit colour'):
        apply(build('RandomNight'), image)


def test_rain_on_an_image_too_small():
    with pytest.raises(ValueError, match='4×4 px or more, got 3×9'):
        apply(rain(), picture((3, 9)))
