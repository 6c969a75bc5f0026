"""Notice a loss or gradient that is not finite before the step."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any, Callable, Literal

import torch
from mmengine.dist import all_reduce, get_rank
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from torch import Tensor

from segplug.engine.checkpoint_fit import unwrap
from segplug.engine.checkpoints.files import CheckpointWriteError
from segplug.errors import SegplugError

from . import checks, replay
from .rollback import roll_back

Policy = Literal['stop', 'skip', 'rollback']
_SHOWN = 8
# Steps in a row that a loss scaler may leave out. As many halvings take the
# usual first scale, 2^16, far below 1: then it is not the scale.
_OVERFLOWS = 30


class NonFiniteError(SegplugError, ArithmeticError):
    """A loss, gradient or weight is NaN or infinite."""


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Keep values that are not finite out of the weights.

    The loss is checked before the backward pass, on all ranks at once, and
    the gradients before the step. Under a loss scaler (``AmpOptimWrapper``)
    gradients overflow by design, and the scaler leaves such steps out: only
    30 of them in a row count as once. The batch is saved as
    ``non_finite_iter_<n>.pth`` in the work folder; ``tools/replay.py`` runs
    it again. Checkpoints with such weights are never written.

    With ``accumulative_counts`` an iteration whose loss is not finite adds
    nothing to the gradients; if the step falls on it, the step is left out.

    Args:
        policy (str): ``'stop'`` ends the training; ``'skip'`` leaves the
            step out; ``'rollback'`` goes back to the weights of the last
            whole checkpoint and goes on from there with smaller learning
            rates. Defaults to ``'stop'``.
        limit (int): How often the step may be left out, or the weights set
            back, before training stops. Defaults to 10.
        rate_factor (float): By which a rollback multiplies the learning
            rates, between 0 and 1. Defaults to 0.5.

    Raises:
        NonFiniteError: In training, when it has to stop.
        ValueError: If an argument is out of range.
    """

    priority = 'VERY_HIGH'

    def __init__(
        self,
        *,
        policy: Policy = 'stop',
        limit: int = 10,
        rate_factor: float = 0.5,
    ) -> None:
        if policy not in ('stop', 'skip', 'rollback'):
            raise ValueError(
                f"policy is 'stop', 'skip' or 'rollback', not {policy!r}."
            )
        if limit < 1 or not 0 < rate_factor < 1:
            raise ValueError(
                'limit must be at least 1 and rate_factor between 0 and 1, '
                f'got {limit} and {rate_factor}.'
            )
        self.policy = policy
        self.limit = limit
        self.rate_factor = rate_factor
        self.count = 0
        self._overflows = 0
        self._batch: Any = None
        self._terms: dict[str, Tensor] = {}
        self._buffers: list[Tensor] = []

    def before_train(self, runner: Runner) -> None:
        """Put the checks between the loss and the step."""
        model, wrapper = unwrap(runner.model), runner.optim_wrapper
        model.parse_losses = partial(self._parse, model.parse_losses)
        wrapper.update_params = partial(
            self._update, runner, wrapper.update_params
        )
        wrapper.step = partial(self._step, runner, wrapper.step)

    def after_train(self, runner: Runner) -> None:
        """Take them out again."""
        for owner, name in (
            (unwrap(runner.model), 'parse_losses'),
            (runner.optim_wrapper, 'update_params'),
            (runner.optim_wrapper, 'step'),
        ):
            vars(owner).pop(name, None)

    def state_dict(self) -> dict[str, int]:
        """Return what a resumed run needs, so that the limit is kept."""
        return {'count': self.count, 'overflows': self._overflows}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Take up what :meth:`state_dict` returned."""
        self.count = state['count']
        self._overflows = state['overflows']

    def before_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None
    ) -> None:
        """Remember the batch, and what a forward pass changes."""
        self._batch = data_batch
        if self.policy != 'stop':
            buffers = unwrap(runner.model).buffers()
            self._buffers = [buffer.clone() for buffer in buffers]

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Refuse to write weights that are not finite."""
        for key in ('state_dict', 'ema_state_dict'):
            bad = checks.bad_names(checkpoint.get(key) or {})
            if bad:
                raise NonFiniteError(
                    f'Iteration {runner.iter}: weights are not finite '
                    f'({", ".join(bad[:_SHOWN])}), so no checkpoint is '
                    'written; the earlier ones are whole.'
                )

    def _parse(
        self, host: Callable[..., Any], losses: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        total, self._terms = host(losses)
        return total, self._terms

    def _update(
        self,
        runner: Runner,
        host: Callable[..., None],
        loss: Tensor,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        bad = torch.tensor(
            [float(not torch.isfinite(loss).all())], device=loss.device
        )
        all_reduce(bad, 'max')
        if bad.item():
            # The backward pass, which counts iterations, is left out.
            runner.optim_wrapper._inner_count += 1
            terms = ', '.join(checks.bad_terms(self._terms))
            self._meet(runner, f'the loss is not finite ({terms})')
        else:
            host(loss, *args, **kwargs)

    def _step(
        self, runner: Runner, host: Callable[..., None], **kwargs: Any
    ) -> None:
        good = checks.is_finite(checks.gradients(runner.model))
        scaled = isinstance(runner.optim_wrapper, AmpOptimWrapper)
        if good or scaled:
            host(**kwargs)  # the scaler itself leaves bad steps out
        self._overflows = 0 if good else self._overflows + 1
        if good or (scaled and self._overflows < _OVERFLOWS):
            return
        row = f' for {self._overflows} steps in a row' if scaled else ''
        self._overflows = 0
        named = {n: p.grad for n, p in runner.model.named_parameters()}
        bad = checks.bad_names(named)
        shown = ', '.join(bad[:_SHOWN])
        what = f'{len(bad)} gradients are not finite{row} ({shown})'
        self._meet(runner, what)

    def _meet(self, runner: Runner, what: str) -> None:
        """Do what the policy says; the step is not taken."""
        model = unwrap(runner.model)
        images = ', '.join(replay.image_files(self._batch)[:_SHOWN])
        message = (
            f'Iteration {runner.iter + 1}: {what}. Images: {images}. '
            f'{self._keep_batch(runner)}'
        )
        self.count += 1
        if self.policy == 'stop' or self.count > self.limit:
            raise NonFiniteError(f'{message} {self._advice()}')
        wrapper = runner.optim_wrapper
        if self.policy == 'rollback' or wrapper.should_update():
            wrapper.zero_grad()
        for buffer, before in zip(model.buffers(), self._buffers):
            buffer.copy_(before)
        done = 'The step is left out'
        if self.policy == 'rollback':
            path = roll_back(runner, self.rate_factor)
            done = (
                f'Weights are set back to {path}, learning rates multiplied '
                f'by {self.rate_factor}'
            )
        runner.logger.log(
            logging.WARNING,
            f'{message} {done} ({self.count} of at most {self.limit}).',
        )

    def _advice(self) -> str:
        if self.policy != 'stop':
            return f'This is more than the limit of {self.limit}.'
        return (
            'Lower the learning rate, warm it up or clip gradients '
            '(optim_wrapper.clip_grad.max_norm); to go on regardless set '
            'default_hooks.non_finite.policy to skip or rollback.'
        )

    def _keep_batch(self, runner: Runner) -> str:
        """Save the batch and say where, or why not."""
        rank = f'_rank_{get_rank()}' if runner.distributed else ''
        name = f'non_finite_iter_{runner.iter + 1}{rank}.pth'
        path = Path(runner.work_dir) / name
        batch = replay.Batch.collect(
            unwrap(runner.model), self._batch, runner.iter + 1, self._terms
        )
        try:
            batch.save(path)
        except CheckpointWriteError as error:
            return f'The batch is not saved: {error}'
        return (
            f'The batch is saved as {path}; see what breaks with '
            f'python tools/replay.py CONFIG {path}.'
        )
