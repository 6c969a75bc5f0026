"""Snow and rain, drawn by kornia, on the image alone."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import torch
from mmseg.registry import TRANSFORMS
from torch import Tensor, nn

from segplug.errors import SegplugError

from .image_change import ImageChange, Range, check_range


class MissingKorniaError(SegplugError, ImportError):
    """The library that draws the weather is not installed."""


class KorniaChange(ImageChange):
    """An augmentation of kornia, with NumPy's randomness.

    Args:
        prob (float): Probability of a change. Defaults to 0.5.

    Raises:
        MissingKorniaError: If kornia cannot be imported.
    """

    def __init__(self, *, prob: float = 0.5) -> None:
        super().__init__(prob=prob)
        import_kornia(type(self).__name__)  # now, not in a worker

    def _apply(
        self,
        augmentation: nn.Module,
        image: np.ndarray,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Run an augmentation of kornia on an H × W × 3 image."""
        tensor = torch.from_numpy(np.ascontiguousarray(image))
        seed = int(generator.integers(2**63))
        # kornia draws from PyTorch's global generator, which training uses.
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.random.default_generator.manual_seed(seed)
            changed: Tensor = augmentation(tensor.permute(2, 0, 1)[None])
        return changed[0].permute(1, 2, 0).numpy()


@TRANSFORMS.register_module()
class RandomSnow(KorniaChange):
    """Cover dark surfaces with snow.

    ``kornia.augmentation.RandomSnow``: a pixel whose lightness (HLS, in
    [0, 1]) is below ``threshold`` is made lighter by ``brightness``, up to
    white. Roads turn white, bright skies stay. Needs ``segplug[weather]``.

    Args:
        threshold (tuple[float, float]): Range of the lightness below which
            snow lies, in [0, 1]. Defaults to (0.35, 0.6).
        brightness (tuple[float, float]): Range of the factor of the
            lightness, from 1 up. Defaults to (1.8, 3.0).
        prob (float): Probability of snow. Defaults to 0.5.

    Raises:
        ValueError: If a range is none.
        MissingKorniaError: If kornia is not installed.
    """

    def __init__(
        self,
        *,
        threshold: Range = (0.35, 0.6),
        brightness: Range = (1.8, 3.0),
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob=prob)
        self.threshold = check_range('threshold', threshold, 0, 1)
        self.brightness = check_range('brightness', brightness, 1, 100)

    def change(
        self, image: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """Return the image under snow."""
        threshold = generator.uniform(*self.threshold)
        brightness = generator.uniform(*self.brightness)
        snow = import_kornia('RandomSnow').augmentation.RandomSnow(
            snow_coefficient=(threshold, threshold),
            brightness=(brightness, brightness),
            p=1.0,
        )
        return self._apply(snow, image, generator)


@TRANSFORMS.register_module()
class RandomRain(KorniaChange):
    """Darken the image and draw streaks of rain.

    ``kornia.augmentation.RandomRain`` draws slanted lines, one pixel wide,
    all of one direction and of grey 200/255; here they are blended with the
    image. Their number and length follow the size of the image. Needs
    ``segplug[weather]``.

    Args:
        drops (tuple[float, float]): Range of the number of drops in a
            thousand pixels. Defaults to (2.0, 6.0).
        length (tuple[float, float]): Range of the drops' height, in parts of
            the image's. Defaults to (0.02, 0.06).
        slant (tuple[float, float]): Range of the drops' width over their
            height, in [−1, 1]; negative leans to the left. Defaults to
            (−0.4, 0.4).
        light (tuple[float, float]): Range of the factor of the image's
            values before drops are drawn, in [0, 1]: an overcast sky gives
            less light. Defaults to (0.6, 0.9).
        opacity (tuple[float, float]): Range of the share of a drop in its
            pixels, in [0, 1]. Defaults to (0.4, 0.8).
        prob (float): Probability of rain. Defaults to 0.5.

    Raises:
        ValueError: If a range is none, or when an image is too small.
        MissingKorniaError: If kornia is not installed.
    """

    def __init__(
        self,
        *,
        drops: Range = (2.0, 6.0),
        length: Range = (0.02, 0.06),
        slant: Range = (-0.4, 0.4),
        light: Range = (0.6, 0.9),
        opacity: Range = (0.4, 0.8),
        prob: float = 0.5,
    ) -> None:
        super().__init__(prob=prob)
        self.drops = check_range('drops', drops, 0, 1000)
        self.length = check_range('length', length, 0, 0.5)
        self.slant = check_range('slant', slant, -1, 1)
        self.light = check_range('light', light, 0, 1)
        self.opacity = check_range('opacity', opacity, 0, 1)

    def change(
        self, image: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """Return the image in the rain."""
        rows, columns = image.shape[:2]
        if min(rows, columns) < 4:
            raise ValueError(
                f'RandomRain needs images of 4×4 px or more, got {rows}×'
                f'{columns} px (H×W).'
            )
        number = round(generator.uniform(*self.drops) * rows * columns / 1000)
        high = max(2, round(generator.uniform(*self.length) * rows))
        wide = round(generator.uniform(*self.slant) * high)
        wide = min(max(wide, 1 - columns), columns - 1)
        dim = image * np.float32(generator.uniform(*self.light))
        opacity = np.float32(generator.uniform(*self.opacity))
        rain = import_kornia('RandomRain').augmentation.RandomRain(
            number_of_drops=(number, number),
            drop_height=(high, high),
            drop_width=(wide, wide),
            p=1.0,
        )
        drawn = self._apply(rain, dim, generator)
        return dim + opacity * (drawn - dim)


def import_kornia(user: str) -> ModuleType:
    """Import kornia, which is optional.

    Args:
        user: Name of the transform that needs it, for the message.

    Raises:
        MissingKorniaError: If it cannot be imported.
    """
    try:
        import kornia
        import kornia.augmentation
    except ImportError as error:
        raise MissingKorniaError(
            f'{user} draws with kornia, which cannot be imported ({error}). '
            "Install it with `pip install 'segplug[weather]'` (or `pip "
            f'install kornia`), or take {user} out of the pipeline.'
        ) from error
    return kornia
