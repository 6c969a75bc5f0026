"""A progress bar for people who watch a run on a terminal."""

from __future__ import annotations

from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from tqdm import tqdm


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show iterations, speed, time left and the loss in one live line.

    Args:
        interval (int): Iterations between two readings of the loss, which
            each wait for the device. Defaults to 10.
    """

    priority = 'VERY_LOW'

    def __init__(self, *, interval: int = 10) -> None:
        self.interval = interval
        self._train: tqdm[Any] | None = None
        self._eval: tqdm[Any] | None = None

    @master_only
    def before_train(self, runner: Runner) -> None:
        """Open the bar at the iteration that the run starts from."""
        self._train = tqdm(
            total=runner.max_iters,
            initial=runner.iter,
            desc='train',
            unit='it',
            dynamic_ncols=True,
        )

    @master_only
    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: dict[str, Any] | None = None,
    ) -> None:
        """Advance the bar."""
        if self._train is None:
            return
        first = self._train.n == self._train.initial
        due = first or self.every_n_train_iters(runner, self.interval)
        if outputs and due:
            loss = float(outputs['loss'].detach())
            self._train.set_postfix(loss=f'{loss:.4f}', refresh=False)
        self._train.update()

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        if self._train is not None:
            self._train.close()

    def before_val_epoch(self, runner: Runner) -> None:
        """Open a second bar for the evaluation."""
        self._open(len(runner.val_dataloader), 'val')

    def before_test_epoch(self, runner: Runner) -> None:
        """Open the bar of the test."""
        self._open(len(runner.test_dataloader), 'test')

    @master_only
    def _open(self, total: int, name: str) -> None:
        self._eval = tqdm(total=total, desc=name, unit='batch', leave=False)

    def _after_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
        mode: str = 'train',
    ) -> None:
        if mode != 'train' and self._eval is not None:
            self._eval.update()

    def _after_epoch(self, runner: Runner, mode: str = 'train') -> None:
        if mode != 'train' and self._eval is not None:
            self._eval.close()
            self._eval = None
