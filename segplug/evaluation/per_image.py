"""Counts of every image, kept sparse, for statistics without inference."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from mmengine.dist import all_gather_object
from scipy import sparse
from torch import Tensor

from segplug.errors import SegplugError
from segplug.fileio import PathLike, atomic_path

from .averaging import Absent
from .result import SegmentationResult

_BLOCK = 64
_MOST_BYTES = 1 << 30  # of a file, unpacked
_BLOCK_BYTES = 1 << 25
_PATHS = ('names', 'labels', 'predictions')
_KEYS = ('img_path', 'seg_map_path', 'pred_path')


class PerImageFileError(SegplugError, ValueError):
    """A file is not one of per-image counts."""


@dataclass(frozen=True)
class PerImageTable:
    """One sparse row of numbers for each image of a data set.

    Attributes:
        names: Path of each image, in the order of the data set.
        labels: Path of each image's label, or an empty string.
        predictions: Path of each image's prediction, or an empty string.
        rows: Numbers, shape (images, cells), sparse; ``cells`` is the
            product of ``shape``.
        shape: Shape of one image's numbers.
        classes: Names of the classes, along the first axis of ``shape``.
        columns: Names along the second axis of ``shape``.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    predictions: tuple[str, ...]
    rows: sparse.csr_array
    shape: tuple[int, int]
    classes: tuple[str, ...]
    columns: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> np.ndarray:
        """Return the numbers of one image, of shape ``shape``."""
        return self.rows[[index]].toarray().reshape(self.shape)

    def total(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Add up the images, each taken ``weights`` times.

        Args:
            weights: Shape (images,) or (draws, images); a bootstrap draws
                the number of times that each image is taken. By default
                every image is taken once.

        Returns:
            Sums, shape ``shape`` or (draws, *shape).
        """
        if weights is None:
            weights = np.ones(len(self), np.int64)
        sums = np.asarray(weights) @ self.rows
        return sums.reshape(*np.shape(weights)[:-1], *self.shape)

    def save(self, path: PathLike) -> None:
        """Write a compressed ``.npz``; readers never see half of it."""
        with atomic_path(path) as temporary:
            np.savez_compressed(
                temporary,
                names=np.array(self.names),
                labels=np.array(self.labels),
                predictions=np.array(self.predictions),
                data=self.rows.data,
                indices=self.rows.indices,
                indptr=self.rows.indptr,
                shape=np.array(self.shape),
                classes=np.array(self.classes),
                columns=np.array(self.columns),
            )

    @classmethod
    def load(cls, path: PathLike) -> PerImageTable:
        """Read a table that :meth:`save` wrote.

        Raises:
            PerImageFileError: If the file holds something else.
        """
        try:
            _check_unpacked(Path(path))
            with np.load(Path(path), allow_pickle=False) as file:
                shape = tuple(int(n) for n in file['shape'])
                parts = (file['data'], file['indices'], file['indptr'])
                texts = {
                    key: tuple(map(str, file[key]))
                    for key in (*_PATHS, 'classes', 'columns')
                }
            size = (len(texts['names']), int(np.prod(shape)))
            rows = sparse.csr_array(parts, shape=size)
            rows.check_format()  # or a sum reads beyond the memory
            return cls(rows=rows, shape=shape, **texts)
        except Exception as error:  # damage can break the readers anywhere
            raise PerImageFileError(
                f'{path} is not a file of per-image counts ({error}). Make '
                'one with the option per_image_file of the metric.'
            ) from error


def _check_unpacked(path: Path) -> None:
    """Refuse a file that would fill the memory."""
    with zipfile.ZipFile(path) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > _MOST_BYTES:
        raise ValueError(f'it unpacks to more than {_MOST_BYTES} bytes')


def confusion_result(
    counts: np.ndarray, classes: Sequence[str], absent: Absent = 'exclude'
) -> SegmentationResult:
    """Score confusion counts of one image, or of a sum over images.

    Args:
        counts: Shape (C, C + 1): truth by prediction; the last column holds
            pixels that are predicted as none of the classes.
        classes: Names of the C classes.
        absent: Convention for scores that are NaN.
    """
    return SegmentationResult(
        matrix=counts[:, :-1],
        classes=tuple(classes),
        absent=absent,
        unassigned=counts[:, -1],
    )


@dataclass
class PerImageRecorder:
    """Collects the tensors of one process, a block at a time.

    Tensors wait on their device until a block is full, so that the host
    does not wait for each image; on the host only non-zeros are kept.
    """

    _paths: list[tuple[str, ...]] = field(default_factory=list)
    _waiting: list[Tensor] = field(default_factory=list)
    _blocks: list[sparse.csr_array] = field(default_factory=list)

    def add(self, sample: dict, numbers: Tensor) -> None:
        """Take the numbers of one image, shape (classes, columns)."""
        paths = tuple(str(sample.get(key) or '') for key in _KEYS)
        self._paths.append(paths)
        self._waiting.append(numbers.flatten())
        held = len(self._waiting) * numbers.numel() * numbers.element_size()
        if len(self._waiting) == _BLOCK or held >= _BLOCK_BYTES:
            self._flush()

    def gather(
        self, repeated: bool, classes: Sequence[str], columns: Sequence[str]
    ) -> PerImageTable:
        """Join the processes' images in the order of the data set.

        Args:
            repeated: Whether this process's last image is a repeat that is
                to be left out.
            classes: Names along the first axis of the numbers.
            columns: Names along the second axis.

        Returns:
            The table, equal on all processes. The recorder is empty after.
        """
        self._flush()
        cells = len(classes) * len(columns)
        empty = sparse.csr_array((0, cells), dtype=np.int64)
        rows = sparse.vstack([empty, *self._blocks], format='csr')
        count = len(self._paths) - int(repeated)
        parts = all_gather_object((self._paths[:count], rows[:count]))
        self._paths, self._blocks = [], []
        order = _interleaved([len(paths) for paths, _ in parts])
        paths = [path for part, _ in parts for path in part]
        rows = sparse.vstack([rows for _, rows in parts], format='csr')
        return PerImageTable(
            **{
                key: tuple(paths[i][place] for i in order)
                for place, key in enumerate(_PATHS)
            },
            rows=rows[order],
            shape=(len(classes), len(columns)),
            classes=tuple(classes),
            columns=tuple(columns),
        )

    def _flush(self) -> None:
        if self._waiting:
            block = torch.stack(self._waiting).cpu().numpy()
            self._blocks.append(sparse.csr_array(block))
            self._waiting = []


def _interleaved(lengths: Sequence[int]) -> list[int]:
    """Order concatenated parts as r, r + W, … were dealt to W processes."""
    starts = np.cumsum([0, *lengths])
    turns = range(max(lengths, default=0))
    return [
        int(start) + turn
        for turn in turns
        for start, length in zip(starts, lengths)
        if turn < length
    ]
