"""Stop at the start when the classes of model and data differ."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import HOOKS

from segplug.datasets.wrapped import innermost
from segplug.evaluation.checks import ClassMismatchError, check_classes


@HOOKS.register_module()
class ClassCheckHook(Hook):
    """Compare the model's classes with those of the data.

    Raises:
        ClassMismatchError: Before training, when a head has another number
            of classes than the data; before a test, when the checkpoint's
            classes differ in number, name or order.
    """

    def before_train(self, runner: Runner) -> None:
        """Check the heads, before a label goes out of their range."""
        dataset = runner.train_dataloader.dataset
        classes = dataset.metainfo.get('classes')
        if classes is None:
            return
        for name, head in runner.model.named_modules():
            if not isinstance(head, BaseDecodeHead):
                continue
            if head.num_classes != len(classes):
                raise ClassMismatchError(
                    f'model.{name} has num_classes={head.num_classes}, but '
                    f'{type(next(innermost(dataset))).__name__} has '
                    f'{len(classes)} classes. '
                    f'Set model.{name}.num_classes={len(classes)}, or use '
                    'the data set that the config is for.'
                )

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Check what a test has read, before it goes into the model."""
        if isinstance(runner._train_loop, BaseLoop):
            return
        dataset = runner.test_dataloader.dataset
        check_classes(
            checkpoint,
            dataset.metainfo['classes'],
            source=str(runner._load_from),
            dataset=type(dataset).__name__,
        )
