"""Run a pipeline so that a failing step and its image are named."""

from __future__ import annotations

import traceback
from typing import Any

from mmengine.dataset import Compose

from segplug.errors import SegplugError


class PipelineError(SegplugError, RuntimeError):
    """A step of a pipeline failed on a sample."""


def run_steps(pipeline: Compose, sample: dict[str, Any]) -> Any:
    """Do what calling the pipeline does.

    Args:
        pipeline: Steps, as a dataset built them.
        sample: What the first step is given, with ``img_path``.

    Returns:
        What the last step returns, or None if a step returned that.

    Raises:
        PipelineError: If a step fails with an error that is not of this
            package, whose errors name the file themselves.
    """
    path = sample.get('img_path')
    result: Any = sample
    for step in pipeline.transforms:
        try:
            result = step(result)
        except SegplugError:
            raise
        except Exception as error:
            raise PipelineError(
                f'{path}: the pipeline step {step!r} failed: '
                f'{type(error).__name__}: {error} ({_place(error)})'
            ) from error
        if result is None:
            return None
    return result


def _place(error: Exception) -> str:
    """Return file and line of an error, in code that is not installed."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [f for f in frames if 'site-packages' not in f.filename]
    last = (own or frames)[-1]
    return f'{last.filename}:{last.lineno}'
