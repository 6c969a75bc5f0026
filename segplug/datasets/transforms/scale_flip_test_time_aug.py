"""Test-time augmentation that follows the pipeline of the plain test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmcv.transforms import Compose, TestTimeAug
from mmseg.registry import TRANSFORMS

from segplug.typed import type_name

Step = Mapping[str, Any]


@TRANSFORMS.register_module()
class ScaleFlipTestTimeAug(TestTimeAug):
    """Run a test pipeline at several scales, each plain and mirrored.

    The scales are factors of what the pipeline's ``Resize`` asks for, or of
    the image's size when it has none (the image is then resized after the
    first step, which loads it). So scores with and without augmentation are
    of the same protocol.

    Modified keys: all that the pipeline gives, as lists with one entry per
    scale and flip, in this order: first scale plain, first scale mirrored,
    second scale plain, …

    Args:
        pipeline: Steps of the plain test.
        factors: Scales relative to the plain test.
        flip: Whether to add horizontally mirrored images.

    Raises:
        ValueError: If there is no step, a factor is not positive, or a step
            resizes otherwise than ``Resize`` does, so that no factor of it
            is known.
    """

    def __init__(
        self,
        *,
        pipeline: Sequence[Step],
        factors: Sequence[float] = (0.75, 1.0, 1.25),
        flip: bool = True,
    ) -> None:
        if not (pipeline and factors and min(factors) > 0):
            raise ValueError(
                f'{type(self).__name__} needs a pipeline with steps and '
                f'positive factors, got {len(pipeline)} steps and {factors}.'
            )
        steps = [dict(step) for step in pipeline]
        for step in steps:
            if 'Resize' in type_name(step) and not _resizes(step):
                raise ValueError(
                    f'{type(self).__name__} knows no factors of '
                    f'{type_name(step)}: write tta_pipeline with TestTimeAug.'
                )
        at = next((i for i, step in enumerate(steps) if _resizes(step)), None)
        resize = {'type': 'Resize', 'scale_factor': 1.0, 'keep_ratio': True}
        if at is None:
            at, rest = 1, steps[1:]
        else:
            resize, rest = steps[at], steps[at + 1 :]
        mirrors = (0.0, 1.0) if flip else (0.0,)
        super().__init__(
            [
                [_scaled(resize, factor) for factor in factors],
                [
                    {
                        'type': 'RandomFlip',
                        'prob': p,
                        'direction': 'horizontal',
                    }
                    for p in mirrors
                ],
                *([step] for step in rest),
            ]
        )
        self._loading = Compose(steps[:at])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the image once and augment it."""
        return super().transform(self._loading(results))


def _resizes(step: Step) -> bool:
    return type_name(step) == 'Resize'


def _scaled(resize: Step, factor: float) -> dict[str, Any]:
    """Return a step that resizes to a multiple of what another does."""
    scaled = dict(resize)
    if resize.get('scale') is not None:
        pair = _pair(resize['scale'])
        scaled['scale'] = tuple(int(part * factor) for part in pair)
    else:
        pair = _pair(resize['scale_factor'])
        scaled['scale_factor'] = tuple(part * factor for part in pair)
    return scaled


def _pair(value: Any) -> Sequence[float]:
    return value if isinstance(value, Sequence) else (value, value)
