"""Stop before inference when a checkpoint has other classes."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.evaluation.checks import check_classes


@HOOKS.register_module()
class ClassCheckHook(Hook):
    """Compare a checkpoint's classes with those of the test data.

    Raises:
        ClassMismatchError: When a checkpoint is loaded whose classes differ
            in number, name or order.
    """

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Check what was read, before it goes into the model."""
        dataset = runner.test_dataloader.dataset
        check_classes(
            checkpoint,
            dataset.metainfo['classes'],
            source=str(runner._load_from),
            dataset=type(dataset).__name__,
        )
