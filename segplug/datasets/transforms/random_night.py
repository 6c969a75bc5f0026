"""Turn day into night, on the image alone."""

from __future__ import annotations

import numpy as np
from mmseg.registry import TRANSFORMS

from .image_change import ImageChange, Range, check_range

#: Luminance of linear RGB, ITU-R BT.709.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
#: Colour of halogen headlights, relative to daylight.
_HEADLIGHT = np.array([1.0, 0.9, 0.7], np.float32)


@TRANSFORMS.register_module()
class RandomNight(ImageChange):
    """Make a photograph by day look like one by night.

    With the image x in [0, 1], its luminance Y (ITU-R BT.709) and numbers
    drawn from the ranges below::

        y = gain · x^gamma                      little light, deep shadows
        y = (1 − fade) · y + fade · Y(y)        the eye sees no colours
        y = y · (1 − blue, 1 − blue/2, 1)       and more of the blue (R, G, B)
        y = y + glow · h · x · (1, 0.9, 0.7)    headlights on the road
        y = y + noise · n,  n ~ N(0, 1)         of each pixel and channel

    h is the light of one's own headlights, exp(−(a² + b²)/2) with a = (column
    − W/2)/(W/4) and b = (row − 0.8 H)/(0.12 H): an ellipse on the road in
    front of a camera behind the windscreen. For other cameras set
    ``glow=(0, 0)``.

    Only photometric: lamps are not switched on, and the sky keeps its shapes.

    Args:
        gamma (tuple[float, float]): Range of the exponent, from 1 up.
            Defaults to (1.1, 1.5).
        gain (tuple[float, float]): Range of the factor of the light, in
            [0, 1]. Defaults to (0.25, 0.5).
        fade (tuple[float, float]): Range of the loss of colour, in [0, 1].
            Defaults to (0.3, 0.7).
        blue (tuple[float, float]): Range of the shift to blue, in [0, 1].
            Defaults to (0.15, 0.4).
        glow (tuple[float, float]): Range of the strength of the headlights,
            from 0 up. Defaults to (0.2, 0.8).
        noise (tuple[float, float]): Range of the noise's standard deviation,
            in parts of the full range. Defaults to (0.005, 0.025).
        prob (float): Probability of night. Defaults to 0.5.

    Raises:
        ValueError: If a range is none.
    """

    def __init__(
        self,
        *,
        gamma: Range = (1.1, 1.5),
        gain: Range = (0.25, 0.5),
        fade: Range = (0.3, 0.7),
        blue: Range = (0.15, 0.4),
        glow: Range = (0.2, 0.8),
        noise: Range = (0.005, 0.025),
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob=prob)
        self.gamma = check_range('gamma', gamma, 1, 10)
        self.gain = check_range('gain', gain, 0, 1)
        self.fade = check_range('fade', fade, 0, 1)
        self.blue = check_range('blue', blue, 0, 1)
        self.glow = check_range('glow', glow, 0, 10)
        self.noise = check_range('noise', noise, 0, 1)

    def change(
        self, image: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """Return the image by night."""
        ranges = (self.gamma, self.gain, self.fade, self.blue)
        gamma, gain, fade, blue = (generator.uniform(*r) for r in ranges)
        glow, noise = (generator.uniform(*r) for r in (self.glow, self.noise))
        dark = darken(image, gamma=gamma, gain=gain, fade=fade, blue=blue)
        lit = headlights(*image.shape[:2])[..., None] * (_HEADLIGHT * glow)
        grain = generator.standard_normal(image.shape, np.float32)
        return (
            dark + lit.astype(np.float32) * image + np.float32(noise) * grain
        )


def darken(
    image: np.ndarray, *, gamma: float, gain: float, fade: float, blue: float
) -> np.ndarray:
    """Take light and colour from an image.

    Args:
        image: float32 in [0, 1], H × W × 3, RGB.
        gamma: Exponent.
        gain: Factor of the light.
        fade: Loss of colour, in [0, 1].
        blue: Shift to blue, in [0, 1].

    Returns:
        float32, H × W × 3.
    """
    dark = np.float32(gain) * image ** np.float32(gamma)
    grey = (dark @ _LUMINANCE)[..., None]
    faded = dark + np.float32(fade) * (grey - dark)
    tint = np.array([1 - blue, 1 - blue / 2, 1], np.float32)
    return faded * tint


def headlights(rows: int, columns: int) -> np.ndarray:
    """Return the light that falls on each pixel, float32 in [0, 1]."""
    down = (np.arange(rows, dtype=np.float32) - 0.8 * rows) / (0.12 * rows)
    across = np.arange(columns, dtype=np.float32) - columns / 2
    across /= columns / 4
    return np.exp(-(down[:, None] ** 2 + across**2) / 2).astype(np.float32)
