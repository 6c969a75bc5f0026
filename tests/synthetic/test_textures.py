import numpy as np
import pytest

from segplug.synthetic.lighting import develop, sample_light
from segplug.synthetic.textures import (
    CLOTH_PATTERNS,
    WALL_PATTERNS,
    Material,
    NoiseField,
    fbm,
)


@pytest.fixture(scope='module')
def noise():
    return NoiseField(np.random.default_rng(0))


@pytest.mark.parametrize('shape', [(32, 32), (33, 200), (375, 500)])
def test_fractal_noise_is_about_standard(shape):
    rng = np.random.default_rng(0)
    draws = np.stack([fbm(rng, shape, 3, 4) for _ in range(12)])
    assert draws.shape[1:] == shape and draws.dtype == np.float32
    assert abs(draws.mean()) < 0.35
    assert 0.6 < draws.std() < 1.6


def test_noise_field_wraps_without_a_seam(noise):
    u = np.linspace(0, 1, 257)[None]
    v = np.linspace(0, 1, 257)[:, None]
    tile = noise.sample(u, v)
    np.testing.assert_allclose(tile, noise.sample(u + 3, v - 2), atol=0.02)
    step = np.abs(np.diff(tile, axis=1))
    across = np.abs(tile[:, 1] - tile[:, -2]).mean()
    assert across < 3 * step.mean()


@pytest.mark.parametrize('pattern', sorted({*CLOTH_PATTERNS, *WALL_PATTERNS}))
def test_patterns_stay_between_their_colours(noise, pattern):
    base, accent = (0.8, 0.2, 0.5), (0.1, 0.9, 0.5)
    material = Material(base, accent, pattern, 0.1, grain=0.0)
    u = np.linspace(0, 2, 90)[:, None]
    rgb = material.albedo(u, np.linspace(0, 2, 70)[None], noise)
    assert rgb.shape == (90, 70, 3)
    np.testing.assert_allclose(rgb[..., 2], 0.5, atol=1e-6)
    assert rgb[..., 0].min() >= 0.1 - 1e-6
    assert rgb[..., 0].max() <= 0.8 + 1e-6
    assert (rgb[..., 0].std() > 0.02) == (pattern != 'plain')


def test_stripes_repeat_after_their_period(noise):
    material = Material((0, 0, 0), (1, 1, 1), 'stripes', 0.25, grain=0.0)
    u = np.linspace(0, 0.5, 41)[None]
    first = material.albedo(u, np.zeros((1, 1)), noise)
    second = material.albedo(u + 0.25, np.zeros((1, 1)), noise)
    np.testing.assert_allclose(first, second, atol=1e-4)


@pytest.mark.parametrize('setting', ['indoor', 'sun', 'overcast'])
def test_light_is_brighter_on_the_side_it_comes_from(setting):
    light = sample_light(np.random.default_rng(1), setting)
    assert np.linalg.norm(light.direction) == pytest.approx(1)
    lit = light.shade(np.array([[-1.0, 0.0, 1.0]]))[0].mean(axis=-1)
    assert lit[0] < lit[1] < lit[2]
    assert lit[0] == pytest.approx(light.ambient)


def test_developing_keeps_the_size_and_uses_the_range():
    rng = np.random.default_rng(2)
    ramp = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (48, 1))
    image = develop(np.stack([ramp] * 3, axis=-1), rng)
    assert image.shape == (48, 64, 3) and image.dtype == np.uint8
    columns = image.mean(axis=(0, 2))
    assert columns[48:].mean() > columns[:16].mean() + 60
