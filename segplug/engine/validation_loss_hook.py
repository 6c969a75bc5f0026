"""Log the loss on the validation data beside the scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import HOOKS
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from segplug.engine.checkpoint_fit import unwrap
from segplug.errors import SegplugError
from segplug.evaluation.ledger import Ledger


class ValidationLossError(SegplugError, TypeError):
    """A model or its validation data have no loss to log."""


@HOOKS.register_module()
class ValidationLossHook(Hook):
    """Add ``loss`` to what a validation finds.

    The losses of the decode head are computed from the logits that the
    validation has inferred anyway, at the size of the loaded labels. Nothing
    is run again, so batch-norm statistics and random numbers stay as they
    are. It is ``decode.loss_…`` of the training log, without the auxiliary
    heads, which do not predict.

    The loss is the mean over the images of each image's loss; with several
    processes every image counts once. It is logged as ``val/loss`` and, where
    the head has several losses, each as ``val/loss_…``; hooks can monitor
    ``loss`` (``save_best='loss'``).

    With sliding windows it is the loss of the averaged logits. Of a head
    with one channel the probabilities are turned back into logits, which
    caps the loss of a pixel at 16.

    Raises:
        ValidationLossError: When validation starts with a model whose head
            has no losses of pixels, or meets an image without a label.
    """

    # Before the hook that copies the metrics into the log.
    priority = 'HIGHEST'

    def __init__(self) -> None:
        self._head: BaseDecodeHead | None = None
        self._names: list[str] = []
        self._ledger: Ledger | None = None

    def before_val_epoch(self, runner: Runner) -> None:
        """Start a sum of losses."""
        self._head = decode_head(runner.model)
        self._names = loss_names(self._head)
        zero = torch.zeros(len(self._names), dtype=torch.float64)
        self._ledger = Ledger.like(zero)

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Sequence[SegDataSample] | None = None,
    ) -> None:
        """Add the losses of a batch's images; nothing is synchronised."""
        for sample in outputs or ():
            losses = sample_losses(self._head, sample)
            values = [losses[name].double() for name in self._names]
            self._ledger.add(torch.stack(values), sample.get('img_path'))

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Add the means to the metrics, which the other hooks get next."""
        size = len(runner.val_dataloader.dataset)
        total, _ = self._ledger.close(size)
        self._head = self._ledger = None
        means = dict(zip(self._names, (total / size).tolist()))
        metrics['loss'] = sum(means.values())
        if len(means) > 1:
            metrics.update(means)
        # MMEngine logs the mean of the last ten values of whatever is named
        # loss: of iterations in training, of validations here.
        for name in ('loss', *self._names):
            runner.message_hub.log_scalars.pop(f'val/{name}', None)


def decode_head(model: nn.Module) -> BaseDecodeHead:
    """Return the head that predicts, the last one of a cascade.

    Raises:
        ValidationLossError: If it is not one with losses of pixels.
    """
    model = unwrap(model)
    head = getattr(model, 'decode_head', None)
    if isinstance(head, nn.ModuleList):
        head = head[-1]
    if not isinstance(head, BaseDecodeHead):
        raise ValidationLossError(
            'ValidationLossHook needs a model whose decode_head computes its '
            f'loss from logits of pixels, not {type(head).__name__}: remove '
            'the hook from the config.'
        )
    return head


def loss_names(head: BaseDecodeHead) -> list[str]:
    """Return the names of a head's losses, each once."""
    losses = head.loss_decode
    losses = losses if isinstance(losses, nn.ModuleList) else [losses]
    return list(dict.fromkeys(loss.loss_name for loss in losses))


@torch.no_grad()
def sample_losses(
    head: BaseDecodeHead, sample: SegDataSample
) -> dict[str, Tensor]:
    """Compute a head's losses of one predicted image.

    Args:
        head: Head with the losses.
        sample: Prediction with ``seg_logits`` (C × H × W) and
            ``gt_sem_seg`` (1 × H × W).

    Returns:
        Scalars by name, float32.

    Raises:
        ValidationLossError: If the image has no label.
    """
    if 'gt_sem_seg' not in sample:
        raise ValidationLossError(
            f'{sample.get("img_path")}: the validation pipeline loads no '
            'label, which ValidationLossHook needs: add LoadAnnotations to '
            'it, or remove the hook from the config.'
        )
    logits = sample.seg_logits.data.float()
    if head.out_channels == 1:
        logits = logits.logit(eps=1e-7)  # MMSegmentation left probabilities
    with torch.autocast(logits.device.type, enabled=False):
        # Not the head's own method: some add losses of other maps to it.
        return BaseDecodeHead.loss_by_feat(head, logits[None], [sample])
