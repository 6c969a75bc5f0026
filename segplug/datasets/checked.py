"""Find missing files when a dataset is built, not hours into a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mmseg.datasets import BaseSegDataset

from segplug.errors import SegplugError

_SHOWN = 10


class DatasetFilesError(SegplugError, FileNotFoundError):
    """Files that a dataset needs are not there."""


class CheckedSegDataset(BaseSegDataset):
    """A segmentation dataset that checks its files when it is built.

    It also tells the pipeline how many classes there are, so that
    :class:`~segplug.datasets.transforms.LoadCheckedAnnotations` can refuse
    labels outside the range.

    Subclasses set :attr:`REMEDY`.
    """

    #: Sentence with the commands to paste when the data are absent; the last
    #: ``--out`` names the usual data root.
    REMEDY: str = ''

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the samples of the split.

        Returns:
            One dict a sample, as in MMSegmentation, with ``num_classes`` and
            ``ignore_index`` added.

        Raises:
            DatasetFilesError: If the data root, the split list, or any image
                or label is missing, or the split is empty.
        """
        backend = (self.backend_args or {}).get('backend', 'local')
        if backend != 'local':  # remote storage: cannot be listed cheaply
            return self._tag(super().load_data_list())
        self._check_root()
        samples = super().load_data_list()
        if not samples:
            raise DatasetFilesError(self._empty_message())
        self._check_files(samples)
        return self._tag(samples)

    def _tag(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        facts = {
            'num_classes': len(self._metainfo['classes']),
            'ignore_index': self.ignore_index,
        }
        return [{**sample, **facts} for sample in samples]

    def _remedy(self) -> str:
        """Return the commands, for the data root of the config."""
        _, option, usual = self.REMEDY.rpartition('--out ')
        if not (option and self.data_root):
            return self.REMEDY
        return self.REMEDY.replace(usual, self.data_root.rstrip('/'))

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
                f'{self.ann_file}. {self._remedy()}'
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
