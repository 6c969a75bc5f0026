"""Base of augmentations that change the image and not the label."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

Range = tuple[float, float]


class ImageChange(BaseTransform):
    """Changes the image with a probability; labels stay as they are.

    All randomness comes from NumPy's global generator, which MMEngine seeds
    in every worker, as for MMSegmentation's own transforms. Inside
    :meth:`change` a generator of its own is used, seeded from that.

    Required keys: ``img``, uint8, H × W × 3, BGR. Modified keys: ``img``.

    Args:
        prob (float): Probability of a change, in [0, 1].

    Raises:
        ValueError: If ``prob`` is out of range, or when an image is no 8-bit
            colour image.
    """

    def __init__(self, *, prob: float = 0.5) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be in [0, 1], got {prob}.')
        self.prob = prob

    @abstractmethod
    def change(
        self, image: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """Return the changed image.

        Args:
            image: float32 in [0, 1], H × W × 3, RGB.
            generator: Source of all randomness.

        Returns:
            The same, float32; it gets clipped to [0, 1].
        """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the image, or leave it.

        Args:
            results: Sample with ``img``.

        Returns:
            The sample.
        """
        # Both are drawn in any case, so that what follows in a pipeline does
        # not depend on what this transform does.
        hit = np.random.rand() < self.prob
        seed = np.random.randint(2**32, dtype=np.int64)
        generator = np.random.default_rng(seed)
        if hit:
            results['img'] = self._changed(results['img'], generator)
        return results

    def _changed(
        self, image: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                f'{type(self).__name__} needs an 8-bit colour image (H, W, '
                f'3), got {image.dtype} {image.shape}: place it right after '
                'loading.'
            )
        rgb = image[..., ::-1].astype(np.float32) / 255
        changed = self.change(rgb, generator).clip(0, 1)
        return np.rint(changed[..., ::-1] * 255).astype(np.uint8)

    def __repr__(self) -> str:
        options = ', '.join(f'{k}={v!r}' for k, v in vars(self).items())
        return f'{type(self).__name__}({options})'


def check_range(name: str, value: Range, low: float, high: float) -> Range:
    """Return a pair of a lower and an upper bound.

    Raises:
        ValueError: If it is none, or leaves [low, high].
    """
    fits = isinstance(value, (tuple, list)) and len(value) == 2
    fits = fits and all(isinstance(bound, (int, float)) for bound in value)
    if not fits or not low <= value[0] <= value[1] <= high:
        raise ValueError(
            f'{name} must be two numbers, lower and upper bound, within '
            f'[{low:g}, {high:g}], got {value!r}.'
        )
    return (value[0], value[1])
