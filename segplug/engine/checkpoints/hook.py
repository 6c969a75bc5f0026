"""Save checkpoints so that a whole one is left whatever happens."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.compat.safe_load import UnsafeCheckpointError, safe_load
from segplug.engine import ranks
from segplug.engine.resume import state
from segplug.engine.resume.schedule import plain
from segplug.errors import SegplugError

from . import files
from .removals import DeferredRemovals

_MEMORY = (
    'best_ckpt_path',
    'best_ckpt_path_dict',
    'last_ckpt',
    '_kept',
    '_saved_iter',
)
_BEST = re.compile(r'best_[\w.@-]+\.pth')


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """MMEngine's CheckpointHook, made safe against faults.

    * Files are whole or absent (:mod:`segplug.engine.checkpoints.files`);
      old ones and the former best one are removed after the new one is in
      place.
    * The checkpoints hold all that a run needs to go on exactly
      (:mod:`segplug.engine.resume.state`).
    * A checkpoint of an iteration that is validated is saved again after
      the validation, with the scores' consequences.

    Args:
        args: As for :class:`mmengine.hooks.CheckpointHook`.
        on_write_error (str): ``'stop'`` ends training when a checkpoint
            cannot be written, ``'continue'`` reports it and goes on without
            it, to try again at the next. Holds for the files of early
            stopping too. Defaults to ``'stop'``.
        kwargs: As for :class:`mmengine.hooks.CheckpointHook`.
    """

    def __init__(
        self,
        *args: Any,
        on_write_error: Literal['stop', 'continue'] = 'stop',
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if on_write_error not in ('stop', 'continue'):
            raise ValueError(
                "on_write_error is 'stop' or 'continue', not "
                f'{on_write_error!r}.'
            )
        self.on_write_error = on_write_error
        self._kept: list[int] = []
        self._saved_iter = -1
        self._tried = False  # to load what was saved
        self._validating = False
        self._postponed: tuple[int, dict[str, Any]] | None = None
        self._state: dict[str, Any] | None = None

    def after_load_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Put aside what MMEngine would not know of."""
        saved = checkpoint.pop(state.KEY, None)
        if runner._resume:
            runner.resumed_state = saved

    def before_save_checkpoint(
        self, runner: Runner, checkpoint: dict[str, Any]
    ) -> None:
        """Add the state of the run, but not to files of best weights."""
        schedules = checkpoint.get('param_schedulers')
        if isinstance(schedules, list):
            checkpoint['param_schedulers'] = [plain(s) for s in schedules]
        if self._state is not None:
            checkpoint[state.KEY] = self._state

    def before_train(self, runner: Runner) -> None:
        """Recall which files there are and prepare the folder."""
        self._recall(runner)
        super().before_train(runner)
        if self.max_keep_ckpts > 0:
            self._kept = list(self.keep_ckpt_ids)
        self.file_backend = DeferredRemovals(self.file_backend)
        if is_main_process() and '://' not in str(self.out_dir):
            for path in files.remove_leftovers(self.out_dir):
                runner.logger.info(f'Removed {path}, left by a killed run.')

    def before_val_epoch(self, runner: Runner) -> None:
        """Postpone saving to the end of the validation."""
        self._validating = True

    def after_val(self, runner: Runner) -> None:
        """Save what the validation changed."""
        self._validating = False
        postponed, self._postponed = self._postponed, None
        if self.last_ckpt is None:
            return
        runner.train_loop.validated = runner.iter
        if postponed is None and self._saved_iter == runner.iter:
            step = runner.epoch if self.by_epoch else runner.iter
            postponed = step, {'epoch': runner.epoch, 'iter': runner.iter}
        if postponed is not None:
            self._save(runner, *postponed)

    def save_now(self, runner: Runner) -> str | None:
        """Save between two iterations, whatever the interval.

        Args:
            runner: Runner that trains.

        Returns:
            The path of the checkpoint, which may have been there already,
            or None if it could not be written.
        """
        if self._saved_iter == runner.iter:
            return self.last_ckpt
        meta = {'epoch': runner.epoch, 'iter': runner.iter}
        if not self.by_epoch:
            self._save(runner, runner.iter, meta)
        else:
            with self._undone_on_error(runner):
                self._write(runner, f'iter_{runner.iter}.pth', meta)
        return self.last_ckpt if self._saved_iter == runner.iter else None

    def _recall(self, runner: Runner) -> None:
        """Take up the names of the run's files, where they are names.

        Steps and bare names cannot lead out of the folder: a forged
        checkpoint makes the run remove nothing else.
        """
        saved = getattr(runner, 'resumed_state', None)
        if not isinstance(saved, dict) or 'files' not in saved:
            return
        kept, best = saved['files']['kept'], saved['files']['best']
        self._kept = [step for step in kept if type(step) is int]
        info = {'keep_ckpt_ids': list(self._kept)}
        folder = self._folder(runner)
        for key, name in best.items():
            if key.startswith('best_ckpt') and _BEST.fullmatch(name):
                info[key] = os.path.join(folder, name)
        runner.message_hub.update_info_dict(info)
        self.last_ckpt = runner._load_from
        self._saved_iter = runner.iter

    def _folder(self, runner: Runner) -> str:
        if self.out_dir is None or self.out_dir == runner.work_dir:
            return runner.work_dir
        name = os.path.basename(runner.work_dir.rstrip(os.sep))
        return os.path.join(self.out_dir, name)

    def _save_checkpoint_with_step(
        self, runner: Runner, step: int, meta: dict[str, Any]
    ) -> None:
        """Save, or postpone it to the end of a validation."""
        if self._validating:
            self._postponed = step, meta
        else:
            self._save(runner, step, meta)

    def _save(self, runner: Runner, step: int, meta: dict[str, Any]) -> None:
        """Save the checkpoint of a step, then remove what is too old."""
        kept = [*(s for s in self._kept if s != step), step]
        surplus = max(len(kept) - self.max_keep_ckpts, 0)
        old = kept[:surplus] if self.max_keep_ckpts > 0 else []
        name = self.filename_tmpl.format
        with self._undone_on_error(runner):
            self._kept = kept  # a resumed run removes what this one could not
            self._write(runner, name(step), meta)
            self._kept = kept[len(old) :]
            for each in old:
                path = self.file_backend.join_path(self.out_dir, name(each))
                self.file_backend.remove(path)

    def _write(self, runner: Runner, name: str, meta: dict[str, Any]) -> None:
        """Write a checkpoint of the run and note it as the last."""
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        self._saved_iter = meta['iter']
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.message_hub.update_info('keep_ckpt_ids', list(self._kept))
        self._state = state.collect(runner)
        self._state['files'] = self._names(runner)
        try:
            ranks.from_main(lambda: self._write_in_main(runner, name, meta))
        finally:
            self._state = None

    def _write_in_main(
        self, runner: Runner, name: str, meta: dict[str, Any]
    ) -> None:
        runner.save_checkpoint(
            self.out_dir,
            name,
            self.file_client_args,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        files.write_pointer(runner.work_dir, self.last_ckpt)
        if not self._tried and '://' not in self.last_ckpt:
            self._tried = True
            self._try_to_load(runner, self.last_ckpt)

    def _try_to_load(self, runner: Runner, path: str) -> None:
        """Warn, before it is too late, of what resuming would refuse."""
        try:
            safe_load(path, 'cpu', mmap=True)
        except UnsafeCheckpointError as error:
            runner.logger.warning(
                'This run will resume only with --trust-checkpoint, because '
                f'one of its hooks stores what is not plain data: {error}'
            )

    def _names(self, runner: Runner) -> dict[str, Any]:
        """Return the steps and names of the files that the run keeps."""
        best = {
            key: os.path.basename(path)
            for key, path in runner.message_hub.runtime_info.items()
            if key.startswith('best_ckpt') and path
        }
        return {'kept': list(self._kept), 'best': best}

    def _save_best_checkpoint(
        self, runner: Runner, metrics: dict[str, Any]
    ) -> None:
        """Save the best weights, then remove the former best ones."""
        with self._undone_on_error(runner):
            error = None
            try:
                super()._save_best_checkpoint(runner, metrics)
            except SegplugError as caught:
                error = caught  # in the main process alone
            ranks.from_main(lambda: _raise(error))

    @contextmanager
    def _undone_on_error(self, runner: Runner) -> Iterator[None]:
        """Remove old files after a success, forget new ones after a failure.

        Raises:
            CheckpointWriteError: If writing fails and that shall stop the
                run.
        """
        own = {key: copy.copy(vars(self).get(key)) for key in _MEMORY}
        hub = runner.message_hub
        noted = {k: v for k, v in hub.runtime_info.items() if _is_noted(k)}
        try:
            yield
        except files.CheckpointWriteError as error:
            self.file_backend.drop()
            vars(self).update(own)
            for key in [k for k in hub.runtime_info if _is_noted(k)]:
                hub.pop_info(key)
            hub.update_info_dict(noted)
            report(runner, error)
        else:
            best = [hub.get_info(k) for k in hub.runtime_info if _is_noted(k)]
            self.file_backend.execute(but=[self.last_ckpt, *best])


def report(runner: Runner, error: files.CheckpointWriteError) -> None:
    """Stop the run because of a file, or go on, as the config says.

    Args:
        runner: Runner that trains.
        error: Why the file could not be written; the same in all processes.

    Raises:
        CheckpointWriteError: Unless ``on_write_error`` is ``'continue'``.
    """
    if not any(
        isinstance(hook, SafeCheckpointHook)
        and hook.on_write_error == 'continue'
        for hook in runner.hooks
    ):
        raise error
    runner.logger.error(f'{error} Training goes on all the same.')


def _is_noted(key: str) -> bool:
    """Tell whether a note of MMEngine's is about checkpoints."""
    return key.startswith(('best_', 'last_ckpt', 'keep_ckpt_ids'))


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
