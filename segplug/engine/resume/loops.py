"""Training loops that go on exactly where a checkpoint was saved."""

from __future__ import annotations

from typing import Any

from mmengine.dist import get_world_size
from mmengine.hooks import EMAHook
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from mmseg.registry import LOOPS
from torch import nn

from segplug.engine.interruption import ValidationInterrupted

from . import rng, state
from .loader import ResumableLoader, resumable


class ResumableLoop:
    """What resuming adds to a training loop of MMEngine.

    A checkpoint may have been saved just before a validation. A resumed run
    makes up for it, so that best scores and early stopping come out as in
    an uninterrupted run.

    Args:
        runner: Runner of the training.
        dataloader: Loader of the training data, or its config.
        kwargs: As for MMEngine's loop.
    """

    endless: bool  # whether one pass over the data follows another

    def __init__(self, runner: Runner, dataloader: Any, **kwargs: Any) -> None:
        #: The iteration after which a validation was last complete.
        self.validated = -1
        #: By how much the count of iterations is ahead of the count of
        #: batches from the start of the data: not 0 in a run that was
        #: resumed with batches of another size.
        self.shift = 0
        if isinstance(dataloader, dict):
            unlike = runner._randomness_cfg.get('diff_rank_seed', False)
            dataloader = runner.build_dataloader(
                dataloader, seed=runner.seed, diff_rank_seed=unlike
            )
        numbered = resumable(
            dataloader, seed=runner.seed, endless=self.endless
        )
        super().__init__(runner, numbered or dataloader, **kwargs)

    @property
    def steps(self) -> int:
        """Number of iterations that lie behind, by epochs as they are now."""
        return self._iter

    @property
    def batch(self) -> int:
        """Number of samples of an iteration, of all processes together."""
        batches = getattr(self.dataloader, 'batch_sampler', None)
        return (getattr(batches, 'batch_size', 1) or 1) * get_world_size()

    def place(self) -> dict[str, int]:
        """Return what a checkpoint needs so that the place can be found."""
        return {
            'batch': self.batch,
            'batches': self._length(),
            'shift': self.shift,
        }

    def take_place(self, saved: dict[str, int]) -> None:
        """Find the place of a checkpoint in the data of this loop.

        Args:
            saved: What :meth:`place` returned when it was saved, perhaps
                with other batches.
        """
        self.shift = saved['shift']
        if saved['batch'] != self.batch:
            self.runner.logger.warning(
                f'The run was saved with {saved["batch"]} samples an '
                f'iteration, of all processes together, and goes on with '
                f'{self.batch}: at the same place in the data, but not as '
                'the uninterrupted run. Its learning rate is not adapted.'
            )
        if saved['batch'] != self.batch or (
            saved['batches'] != self._length()
        ):
            self.shift = self._shifted(saved)

    def _length(self) -> int:
        """Return the batches of a pass, 0 where nothing tells."""
        try:
            return len(self.dataloader)
        except TypeError:  # of an iterable data set
            return 0

    def _start(self) -> None:
        """Go to where the run was; the last thing before an iteration."""
        saved = getattr(self.runner, 'resumed_state', None)
        if saved is not None:
            state.restore(self.runner, saved)
        if self._iter > 0:
            self._advance()
            state.restore_random(self.runner, saved)
            if self._is_complete() or self.stop_training:
                self._say_complete()
        self._decide_current_val_interval()
        self._leave_if_asked(started=False)
        self._validate()

    def _say_complete(self) -> None:
        how = 'was stopped early' if self.stop_training else 'is complete'
        self.runner.logger.warning(
            f'The run in {self.runner.work_dir} {how}, at iteration '
            f'{self._iter} of {self._max_iters}: nothing is left to train. '
            'Test it with tools/test.py, or raise train_cfg and the '
            "schedule's end to train on."
        )

    def _validate(self) -> None:
        """Validate, if it is due and was not done."""
        due = self.runner.val_loop is not None and self._validation_is_due()
        if not due or self.validated == self._iter:
            return
        before = rng.collect()
        try:
            self.runner.val_loop.run()
        except ValidationInterrupted:
            rng.restore(before)
            for hook in self.runner.hooks:
                if isinstance(hook, EMAHook):  # it had exchanged the weights
                    hook._swap_ema_parameters()
            self._leave_if_asked()
        self.validated = self._iter
        self._leave_if_asked()

    def _leave_if_asked(self, *, started: bool = True) -> None:
        interruption = getattr(self.runner, 'interruption', None)
        number = interruption.asked() if interruption else None
        if number is not None:
            self.runner.leave(number, save=started)

    def _advance(self) -> None:
        """Go to the place in the data that the iteration stands for."""
        raise NotImplementedError

    def _shifted(self, saved: dict[str, int]) -> int:
        """Return the shift that keeps the place of other batches."""
        raise NotImplementedError

    def _is_complete(self) -> bool:
        raise NotImplementedError

    def _validation_is_due(self) -> bool:
        raise NotImplementedError


@LOOPS.register_module()
class ResumableIterBasedTrainLoop(ResumableLoop, IterBasedTrainLoop):
    """Iteration-based training that goes on where it was, at once.

    MMEngine's loop loads all data that were already used once more; this
    one skips their indices. Arguments are those of
    :class:`mmengine.runner.IterBasedTrainLoop`.
    """

    endless = True

    def run(self) -> nn.Module:
        """Train."""
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        self._start()
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(self.dataloader_iterator))
            self._decide_current_val_interval()
            self._leave_if_asked()
            self._validate()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _advance(self) -> None:
        if isinstance(self.dataloader, ResumableLoader):
            self.dataloader.batch_sampler.set_epoch(0)
            self.dataloader.batch_sampler.skip(self._iter - self.shift)
            return
        for _ in range(self._iter - self.shift):
            next(self.dataloader_iterator)

    def _shifted(self, saved: dict[str, int]) -> int:
        seen = (self._iter - saved['shift']) * saved['batch']
        return self._iter - seen // self.batch

    def _is_complete(self) -> bool:
        return self._iter >= self._max_iters

    def _validation_is_due(self) -> bool:
        return self._iter >= max(self.val_begin, 1) and (
            self._iter % self.val_interval == 0 or self._is_complete()
        )


@LOOPS.register_module()
class ResumableEpochBasedTrainLoop(ResumableLoop, EpochBasedTrainLoop):
    """Epoch-based training that also goes on in the middle of an epoch.

    Arguments are those of :class:`mmengine.runner.EpochBasedTrainLoop`.
    """

    endless = False

    def run(self) -> nn.Module:
        """Train."""
        self.runner.call_hook('before_train')
        self._start()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._decide_current_val_interval()
            self._validate()
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train what is left of the epoch."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done, first = self._done(), 0
        if isinstance(self.dataloader, ResumableLoader):
            self.dataloader.batch_sampler.set_epoch(self._epoch)
            self.dataloader.batch_sampler.skip(done)
            first = done
        for index, batch in enumerate(self.dataloader, first):
            if index >= done:
                self.run_iter(index, batch)
                self._leave_if_asked()
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    @property
    def steps(self) -> int:
        """Number of iterations that lie behind, by epochs as they are now."""
        return self._iter - self.shift

    def _done(self) -> int:
        """Return how many iterations of the epoch lie behind."""
        return self._done_of(len(self.dataloader), self.shift)

    def _done_of(self, length: int, shift: int) -> int:
        return min(max(self._iter - shift - self._epoch * length, 0), length)

    def _shifted(self, saved: dict[str, int]) -> int:
        length, before = len(self.dataloader), saved['batches']
        done = self._done_of(before, saved['shift']) * length // before
        return self._iter - self._epoch * length - done

    def _advance(self) -> None:
        """Nothing to do here: each epoch starts at its place."""

    def _is_complete(self) -> bool:
        return self._epoch >= self._max_epochs

    def _validation_is_due(self) -> bool:
        return (
            self._done() == 0
            and self._epoch >= max(self.val_begin, 1)
            and (self._epoch % self.val_interval == 0 or self._is_complete())
        )
