"""Find missing files when a dataset is built, not hours into a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mmseg.datasets import BaseSegDataset

from segplug.errors import SegplugError

from .bad_files import BadFiles
from .manifest import prepared_classes
from .steps import run_steps
from .transforms import ImageError, LabelError

_SHOWN = 10


class DatasetFilesError(SegplugError, FileNotFoundError):
    """Files that a dataset needs are not there."""


class CheckedSegDataset(BaseSegDataset):
    """A segmentation dataset that checks its files when it is built.

    It also tells the pipeline how many classes there are, so that
    :class:`~segplug.datasets.transforms.LoadCheckedAnnotations` can refuse
    labels outside the range.

    Subclasses set :attr:`REMEDY`.

    Args:
        max_bad_files: How many images or labels of a training set may turn
            out bad, each being replaced by a sample drawn at random; a test
            set never goes without. Defaults to 0.
        kwargs: As for :class:`mmseg.datasets.BaseSegDataset`.

    Attributes:
        bad_files: Those found so far, None where none is allowed.

    Raises:
        DatasetFilesError: If the data root, the split list, or any image or
            label is missing, the split is empty, or the data were prepared
            with other classes.
    """

    bad_files: BadFiles | None = None

    #: Sentence with the commands to paste when the data are absent; the last
    #: ``--out`` names the usual data root.
    REMEDY: str = ''

    def __init__(self, *, max_bad_files: int = 0, **kwargs: Any) -> None:
        if max_bad_files < 0:
            raise ValueError(
                f'max_bad_files must not be negative, got {max_bad_files}.'
            )
        self.max_bad_files = max_bad_files
        super().__init__(**kwargs)

    def full_init(self) -> None:
        """List the samples; called by the constructor unless it is lazy."""
        super().full_init()
        if self.max_bad_files and not self.test_mode:
            self.bad_files = BadFiles(len(self), self.max_bad_files)

    def prepare_data(self, idx: int) -> Any:
        """Load a sample and run the pipeline on it.

        Args:
            idx: Index of the sample.

        Returns:
            What the pipeline returns, or None in place of a bad file that
            is allowed: another sample is taken then.

        Raises:
            ImageError: If the image is bad.
            LabelError: If the label is bad.
            PipelineError: If a step fails otherwise.
            TooManyBadFilesError: If more are bad than is allowed.
        """
        try:
            return run_steps(self.pipeline, self.get_data_info(idx))
        except (ImageError, LabelError) as error:
            if self.bad_files is None:
                raise
            self.bad_files.add(int(idx), error)
            return None

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples of the split.

        Returns:
            One dict a sample, as in MMSegmentation, with ``num_classes`` and
            ``ignore_index`` added.

        Raises:
            DatasetFilesError: See the class.
        """
        backend = (self.backend_args or {}).get('backend', 'local')
        if backend != 'local':  # remote storage: cannot be listed cheaply
            return self._tag(super().load_data_list())
        self._check_root()
        self._check_classes()
        samples = super().load_data_list()
        if not samples:
            raise DatasetFilesError(self._empty_message())
        self._check_files(samples)
        return self._tag(samples)

    def label_classes(self) -> tuple[str, ...]:
        """Return the names of the numbers in the label files."""
        return tuple((self.METAINFO or self._metainfo)['classes'])

    def _tag(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        facts = {
            'num_classes': len(self._metainfo['classes']),
            'ignore_index': self.ignore_index,
        }
        return [{**sample, **facts} for sample in samples]

    def _remedy(self) -> str:
        """Return the commands, for the data root of the config.

        One that holds other data is left alone: the usual one is named.
        """
        _, option, usual = self.REMEDY.rpartition('--out ')
        if not (option and self.data_root) or self._holds_other_data():
            return self.REMEDY
        return self.REMEDY.replace(usual, self.data_root.rstrip('/'))

    def _holds_other_data(self) -> bool:
        root = Path(self.data_root)
        if not root.is_dir() or not any(root.iterdir()):
            return False
        prepared = prepared_classes(root)
        return prepared != self.label_classes()

    def _check_root(self) -> None:
        folders = [self.data_root, *self.data_prefix.values()]
        for folder in filter(None, folders):
            if not os.path.isdir(folder):
                raise DatasetFilesError(
                    f'{type(self).__name__}: there is no folder {folder} '
                    f'(looked from {Path.cwd()}). {self._remedy()}'
                )
        if self.ann_file and not os.path.exists(self.ann_file):
            raise DatasetFilesError(
                f'{type(self).__name__}: there is no split list '
                f'{self.ann_file}. {self._lists() or self._remedy()}'
            )

    def _lists(self) -> str:
        """Say which lists there are, if there are any."""
        folder = Path(self.ann_file).parent
        names = sorted(path.name for path in folder.glob('*.txt'))
        return f'{folder} has: {", ".join(names)}.' if names else ''

    def _check_classes(self) -> None:
        """Compare the classes with those of the manifest, if there is one."""
        prepared = prepared_classes(Path(self.data_root or '.'))
        wanted = self.label_classes()
        if prepared not in (None, wanted):
            raise DatasetFilesError(
                f'{type(self).__name__}: the labels in {self.data_root} were '
                f'prepared with {len(prepared)} classes '
                f'({", ".join(prepared[:3])}, …), not with the {len(wanted)} '
                f'({", ".join(wanted[:3])}, …) of this dataset. '
                f'{self._remedy()}'
            )

    def _empty_message(self) -> str:
        where = self.ann_file or (
            f'{self.data_prefix.get("img_path")} (no *{self.img_suffix})'
        )
        return (
            f'{type(self).__name__}: the split is empty: {where} names no '
            f'image. {self._remedy()}'
        )

    def _check_files(self, samples: list[dict[str, Any]]) -> None:
        keys = ('img_path', 'seg_map_path')
        missing = [
            sample[key]
            for key in keys
            for sample in samples
            if key in sample and not os.path.isfile(sample[key])
        ]
        if missing:
            listed = '\n  '.join(missing[:_SHOWN])
            rest = len(missing) - _SHOWN
            more = f'\n  … and {rest} more' if rest > 0 else ''
            raise DatasetFilesError(
                f'{type(self).__name__}: {len(missing)} files named by '
                f'{self.ann_file or self.data_root} are missing:\n  '
                f'{listed}{more}\n{self._remedy()}'
            )
