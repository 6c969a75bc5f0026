"""Tell which files a training went on without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from segplug.datasets.bad_files import BadFiles
from segplug.datasets.wrapped import innermost
from segplug.fileio import write_text

FILE = 'bad_files.txt'


@HOOKS.register_module()
class BadFilesHook(Hook):
    """Report the samples that ``max_bad_files`` of a data set let pass.

    Data sets inside wrappers such as ``RepeatDataset`` and ``ConcatDataset``
    count each for itself. New bad files are logged as a warning, all of them
    at the end, and their paths are in ``bad_files.txt`` of the work folder.
    The processes of a distributed run tell each other of theirs, and a
    resumed run knows those of before.

    Args:
        interval (int): Iterations between two looks. Defaults to 50.

    Raises:
        TooManyBadFilesError: If all processes together met too many.
    """

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.known = 0
        self._datasets: list[Any] = []

    def before_train(self, runner: Runner) -> None:
        """Find the data sets that may have bad files."""
        self._datasets = [
            dataset
            for dataset in innermost(runner.train_dataloader.dataset)
            if getattr(dataset, 'bad_files', None) is not None
        ]

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

    def state_dict(self) -> dict[str, list[list[int]]]:
        """Return what is bad; to be called in every process of the run."""
        return {'bad': [list(bad.indices()) for bad in self._share()]}

    def load_state_dict(self, state: dict[str, list[list[int]]]) -> None:
        """Take up what :meth:`state_dict` returned."""
        for dataset, indices in zip(self._datasets, state['bad']):
            dataset.bad_files.mark([i for i in indices if i < len(dataset)])

    def _share(self) -> list[BadFiles]:
        for dataset in self._datasets:
            dataset.bad_files.share()
        return [dataset.bad_files for dataset in self._datasets]

    def _report(self, runner: Runner) -> list[str]:
        names = [
            dataset.get_data_info(index)['img_path']
            for dataset, bad in zip(self._datasets, self._share())
            for index in bad.indices()
        ]
        if len(names) > self.known and runner.rank == 0:
            path = Path(runner.work_dir) / FILE
            runner.logger.warning(
                f'{len(names)} files are bad so far and left out; their '
                f'paths are in {path}.'
            )
            write_text(path, ''.join(f'{name}\n' for name in names))
        self.known = len(names)
        return names
