"""Light on surfaces, and what a camera does to the finished picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from .textures import fbm

Setting = Literal['indoor', 'sun', 'overcast']


@dataclass(frozen=True)
class Light:
    """A key light with ambient fill.

    Attributes:
        direction: Unit vector toward the light (x right, y up, z to camera).
        ambient: Brightness of a surface that faces away from the key light.
        diffuse: Brightness that the key light adds at normal incidence.
        tint: RGB factor of the key light, mean 1.
    """

    direction: np.ndarray
    ambient: float
    diffuse: float
    tint: np.ndarray

    def shade(self, cosine: np.ndarray) -> np.ndarray:
        """Return ``HxWx3`` factors for cosines of the angle to the light."""
        key = self.diffuse * np.clip(0.25 + 0.75 * cosine, 0, None)
        return self.ambient + key[..., None] * self.tint


def sample_light(rng: np.random.Generator, setting: Setting) -> Light:
    """Draw a light that fits the setting."""
    azimuth = rng.uniform(-1.3, 1.3)
    height = rng.uniform(0.2, 1.2)
    direction = np.array(
        [
            np.sin(azimuth) * np.cos(height),
            np.sin(height),
            np.cos(azimuth) * np.cos(height),
        ]
    )
    low, high = {
        'indoor': (0.4, 0.7),
        'sun': (0.3, 0.5),
        'overcast': (0.6, 0.85),
    }[setting]
    ambient = rng.uniform(low, high)
    warmth = rng.normal(0.03 if setting != 'overcast' else -0.02, 0.05)
    tint = np.array([1 + warmth, 1, 1 - warmth], np.float32)
    return Light(direction, ambient, 1.2 - ambient, tint)


def develop(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn a rendered scene into a photograph.

    White balance, exposure, contrast, vignetting, blur and sensor noise are
    drawn at random. Pixels do not move: labels stay valid.

    Args:
        rgb: ``HxWx3`` float32 colours, nominally in [0, 1].
        rng: Source of randomness.

    Returns:
        ``HxWx3`` uint8 RGB.
    """
    rgb = _blur(rgb, rng)
    warmth, green = rng.normal(0, 0.07), rng.normal(0, 0.02)
    gains = np.array([1 + warmth, 1 + green, 1 - warmth], np.float32)
    gains *= np.float32(np.exp(rng.normal(0.12, 0.18)))
    rgb = rgb * gains * _vignette(rgb.shape[:2], rng)[..., None]
    rgb = _tone(rgb, rng)
    rgb = rgb + _sensor_noise(rgb.shape, rng)
    return np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)


def _blur(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    unit = min(rgb.shape[:2]) / 375
    sigma = (0.25 + rng.gamma(1.0, 0.3)) * unit
    if sigma > 0.3:
        rgb = cv2.GaussianBlur(rgb, (0, 0), sigma)
    if rng.random() < 0.12:
        length = rng.uniform(2, 7) * unit
        rgb = _motion_blur(rgb, length, rng.uniform(0, np.pi))
    return rgb


def _motion_blur(rgb: np.ndarray, length: float, angle: float) -> np.ndarray:
    half = int(np.ceil(length / 2))
    size = 2 * half + 1
    kernel = np.zeros((size, size), np.float32)
    for t in np.linspace(-0.5, 0.5, 4 * size):
        x = half + t * length * np.cos(angle)
        y = half + t * length * np.sin(angle)
        kernel[int(round(y)), int(round(x))] += 1
    return cv2.filter2D(rgb, -1, kernel / kernel.sum())


def _vignette(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    height, width = shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    fall = 1 - rng.uniform(0, 0.25) * (x * x + y * y) / 2
    slope = rng.normal(0, 0.06, 2).astype(np.float32)
    return fall * (1 + slope[0] * x + slope[1] * y)


def _tone(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    contrast = np.float32(np.exp(rng.normal(0, 0.15)))
    colourfulness = np.float32(np.clip(rng.normal(1.0, 0.2), 0, 1.6))
    if rng.random() < 0.02:
        colourfulness = np.float32(0)
    grey = rgb.mean(axis=2, keepdims=True)
    rgb = grey + colourfulness * (rgb - grey)
    rgb = 0.45 + contrast * (rgb - 0.45) + np.float32(rng.normal(0, 0.03))
    return np.clip(rgb, 0, None) / (1 + 0.12 * np.clip(rgb, 0, None) ** 4)


def _sensor_noise(
    shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    strength = np.float32(min(rng.gamma(1.5, 0.007), 0.035))
    noise = rng.standard_normal(shape, dtype=np.float32)
    if rng.random() < 0.2:  # Blotches that in-camera denoising leaves.
        noise += 0.5 * fbm(rng, shape[:2], shape[0] / 3, octaves=1)[..., None]
    return strength * noise
