"""Tell which files a training went on without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.fileio import write_text

FILE = 'bad_files.txt'


@HOOKS.register_module()
class BadFilesHook(Hook):
    """Report the samples that ``max_bad_files`` of a data set let pass.

    New ones are logged as a warning, all of them at the end, and their paths
    are in ``bad_files.txt`` of the work folder. Each process of a
    distributed run knows of its own; the main one reports.

    Args:
        interval (int): Iterations between two looks. Defaults to 50.
    """

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.known = 0

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Look for new ones."""
        if self.every_n_train_iters(runner, self.interval):
            self._report(runner)

    def after_train(self, runner: Runner) -> None:
        """List all."""
        names = self._report(runner)
        if names:
            runner.logger.warning(
                f'The training went on without {len(names)} bad files: '
                f'{", ".join(names)}.'
            )

    def _report(self, runner: Runner) -> list[str]:
        dataset = runner.train_dataloader.dataset
        bad = getattr(dataset, 'bad_files', None)
        if not bad:
            return []
        names = [
            dataset.get_data_info(index)['img_path'] for index in bad.indices()
        ]
        if len(names) > self.known and runner.rank == 0:
            runner.logger.warning(
                f'{len(names)} files are bad so far and left out; their '
                f'paths are in {Path(runner.work_dir) / FILE}.'
            )
            text = ''.join(f'{name}\n' for name in names)
            write_text(Path(runner.work_dir) / FILE, text)
        self.known = len(names)
        return names
