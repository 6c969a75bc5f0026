"""Count the class weights that a config leaves to be counted."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.datasets.class_weights import dataset_counts, median_frequency
from segplug.engine.checkpoint_fit import unwrap
from segplug.models import WeightedCrossEntropyLoss


@HOOKS.register_module()
class ClassWeightHook(Hook):
    """Weight classes by the median frequency of the training data.

    Sets the weights of every
    :class:`~segplug.models.WeightedCrossEntropyLoss` whose ``class_weight``
    is ``'median_frequency'``, before the first iteration. Counted are the
    images that the training dataset lists, from the manifest of the prepared
    data (:func:`segplug.datasets.median_frequency`); no label is read.

    Raises:
        ManifestError: When training starts on data without a manifest.
    """

    def before_train(self, runner: Runner) -> None:
        """Count before training."""
        self._set_weights(runner)

    def before_val(self, runner: Runner) -> None:
        """Count before a validation without training."""
        self._set_weights(runner)

    def _set_weights(self, runner: Runner) -> None:
        model = unwrap(runner.model)
        losses = [
            module
            for module in model.modules()
            if isinstance(module, WeightedCrossEntropyLoss) and module.pending
        ]
        if not losses:
            return
        counts = dataset_counts(runner.train_dataloader.dataset)
        weights = median_frequency(counts.pixels)
        for loss in losses:
            loss.set_class_weight(weights)
        listed = ', '.join(
            f'{name} {weight:.4f}'
            for name, weight in zip(counts.classes, weights)
        )
        runner.logger.info(
            f'Class weights by median frequency over {len(counts.pixels)} '
            f'images: {listed}.'
        )
