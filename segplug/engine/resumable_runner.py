"""A runner whose training can be ended at any moment and goes on later."""

from __future__ import annotations

from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import (
    BaseLoop,
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    Runner,
)
from torch import nn
from torch.utils.data import DataLoader

from . import ranks
from .checkpoints import find
from .checkpoints.hook import SafeCheckpointHook
from .interruption import Interruption, InterruptionHook, RunInterrupted
from .resume import (
    ResumableEpochBasedTrainLoop,
    ResumableIterBasedTrainLoop,
    ResumableLoop,
)
from .resume.schedule import Schedule
from .resume.workers import isolate
from .run_lock import RunLock, is_locked
from .shared_memory import check_shared_memory

#: What stands in for MMEngine's components, under the names of both.
_SAFE: dict[Any, Any] = {
    CheckpointHook: SafeCheckpointHook,
    EpochBasedTrainLoop: ResumableEpochBasedTrainLoop,
    IterBasedTrainLoop: ResumableIterBasedTrainLoop,
}
_SAFE.update({kind.__name__: safe for kind, safe in [*_SAFE.items()]})
_SAFE.update({f'mmengine.{k}': v for k, v in [*_SAFE.items()] if str(k) == k})


class ResumableRunner(Runner):
    """Runner that loses nothing and does no harm.

    * MMEngine's checkpoint hook and training loops are replaced by those of
      :mod:`segplug.engine.checkpoints` and :mod:`segplug.engine.resume`,
      whatever the config; other types stay.
    * Resuming never starts from scratch, and passes over broken files.
    * SIGTERM and Ctrl-C end training with everything saved.
    * A work folder is used by one training at a time.
    * Shared memory too small for the workers is found before they start.

    Attributes:
        resumed_state: What the loaded checkpoint holds of the run's state
            (:mod:`segplug.engine.resume.state`), or None.
        interruption: Whether the run was asked to end, while it trains.
        saved_schedules: States of the schedules in the loaded checkpoint.
    """

    resumed_state: dict[str, Any] | None = None
    interruption: Interruption | None = None
    saved_schedules: Any = None

    def train(self) -> nn.Module:
        """Train, from the start or from where the run was.

        Raises:
            ResumeError: If the run shall be resumed and cannot be.
            WorkDirInUseError: If another run trains into the work folder.
            RunInterrupted: If the run was asked to end; all is saved.
            SharedMemoryError: If the workers' batches would not fit.
        """
        ranks.from_main(lambda: check_shared_memory(self.cfg))
        dist_cfg = self.cfg.get('env_cfg', {}).get('dist_cfg') or {}
        interruption = Interruption(dist_cfg.get('timeout'))
        with RunLock(self.work_dir) as lock, interruption:
            ranks.from_main(lock.acquire)
            self.dump_config()  # another run may have written its own
            self.interruption = interruption
            self.register_hook(InterruptionHook(interruption))
            self._choose_start()
            return super().train()

    def _choose_start(self) -> None:
        """Find the checkpoint to resume, and take up its seed.

        The order of the data follows from the seed, so it has to be known
        before the loader is built.
        """
        # What "auto" found may differ where another run still writes.
        self._resume, self._load_from = ranks.from_main(
            lambda: (self._resume, self._load_from)
        )
        if not self._resume:
            self._warn_of_earlier_run()
            return
        if self._load_from is not None and '://' in str(self._load_from):
            return
        path, seed = ranks.from_main(self._resumable_checkpoint)
        self._load_from = path
        if seed is not None and seed != self.seed:
            self._randomness_cfg.update(seed=seed)
            self.set_randomness(**self._randomness_cfg)

    def _resumable_checkpoint(self) -> tuple[str, int | None]:
        path = self._load_from or find.newest(self.work_dir)
        if path is None:
            raise find.ResumeError(
                f'--resume: there is no checkpoint in {self.work_dir}.'
            )
        return str(path), find.read_meta(path).get('seed')

    def _warn_of_earlier_run(self) -> None:
        if find.candidates(self.work_dir):
            self.logger.warning(
                f'{self.work_dir} holds checkpoints of an earlier run, which '
                'this one will overwrite: it starts from the beginning. To '
                'go on with the earlier run give --resume.'
            )

    def resume(self, filename: str, *args: Any, **kwargs: Any) -> None:
        """Load a checkpoint to go on from, as MMEngine does.

        Where batches or schedules are not those that it was saved with, the
        place in the data is kept and the schedule is the config's; a warning
        tells.

        Args:
            filename: Path or address.
            args: As in MMEngine.
            kwargs: As in MMEngine.
        """
        schedule = Schedule(self)
        super().resume(filename, *args, **kwargs)
        loop, saved = self.train_loop, self.resumed_state or {}
        if saved.get('place') and isinstance(loop, ResumableLoop):
            loop.take_place(saved['place'])
        schedule.settle(
            getattr(loop, 'steps', self.iter), self.saved_schedules
        )

    def leave(self, signal: int, *, save: bool) -> None:
        """End the run where it is, between two iterations.

        Args:
            signal: Number of the signal that asked for it.
            save: Whether anything was trained that has to be saved.

        Raises:
            RunInterrupted: Always.
        """
        path = None
        for hook in self.hooks:
            if save and isinstance(hook, SafeCheckpointHook):
                path = hook.save_now(self)
        done = f'Training was ended by a signal after iteration {self.iter}'
        if path:
            self.logger.warning(
                f'{done}; its state is in {path}. Go on with the same '
                'command and --resume.'
            )
        else:
            self.logger.warning(f'{done}; nothing was saved since the start.')
        self.visualizer.close()
        raise RunInterrupted(128 + signal)

    def dump_config(self) -> None:
        """Write the config to the work folder, unless a run trains there."""
        if is_main_process() and not is_locked(self.work_dir):
            super().dump_config()

    def build_train_loop(self, loop: BaseLoop | dict[str, Any]) -> BaseLoop:
        """Build the training loop, MMEngine's as the resumable one."""
        if isinstance(loop, dict):
            loop = dict(loop)
            if 'type' not in loop and 'by_epoch' in loop:
                by_epoch = loop.pop('by_epoch')
                kind = EpochBasedTrainLoop if by_epoch else IterBasedTrainLoop
                loop['type'] = kind
            loop = _safe(loop)
        return super().build_train_loop(loop)

    def register_hook(self, hook: Hook | dict[str, Any], *args: Any) -> None:
        """Register a hook, MMEngine's checkpoint hook as the safe one."""
        super().register_hook(_safe(hook), *args)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader[Any] | dict[str, Any],
        seed: int | None = None,
        diff_rank_seed: bool = False,
    ) -> DataLoader[Any]:
        """Build a loader that leaves signals and generators alone."""
        built = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        return isolate(built, seed)


def _safe(config: Any) -> Any:
    """Exchange the type of a config for the one that stands in for it."""
    if not isinstance(config, dict) or config.get('type') not in _SAFE:
        return config
    return type(config)({**config, 'type': _SAFE[config['type']]})
