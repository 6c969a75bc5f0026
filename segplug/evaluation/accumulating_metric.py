"""Base of the metrics whose state is one sum over images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric
from torch import Tensor

from segplug.errors import SegplugError
from segplug.fileio import PathLike

from .ledger import Ledger
from .options import MetricOptionError
from .per_image import PerImageRecorder, PerImageTable


class SampleError(SegplugError, ValueError):
    """A prediction and its label do not fit together."""


class AccumulatingMetric(BaseMetric):
    """A metric that adds up one tensor per image.

    Memory does not grow with the number of images, nothing is synchronised
    between them, and with several processes every image counts once.

    Subclasses implement :meth:`zeros`, :meth:`measure` and
    :meth:`summarise`, and :meth:`record` and :meth:`columns` for what is
    kept per image.

    Args:
        per_image_file: Write the numbers of every image to this ``.npz``.
        collect_device: As in MMEngine.
        prefix: Put before the names of the scores, followed by a slash.
        collect_dir: As in MMEngine.
    """

    #: What the last evaluation found, with everything in it.
    result: Any = None
    #: Name of the result in ``metrics.json``.
    report_key: str
    #: Name of the file of per-image numbers in a result folder.
    per_image_name: str
    #: At which size predictions meet labels.
    protocol: str

    default_prefix = ''  # None would make MMEngine warn in every run

    def __init__(
        self,
        *,
        per_image_file: PathLike | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix, collect_dir)
        self.per_image_file = per_image_file
        self.per_image: PerImageTable | None = None
        self._ledger: Ledger | None = None
        self._recorder = PerImageRecorder()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the data set.

        Raises:
            MetricOptionError: If the data set has not told its classes, or
                two have the same name.
        """
        meta = self.dataset_meta or {}
        if not meta.get('classes'):
            raise MetricOptionError(
                f'{type(self).__name__} needs the class names, but '
                f'dataset_meta is {self.dataset_meta!r}. Set '
                "metric.dataset_meta = dict(classes=('road', ...))."
            )
        classes = tuple(meta['classes'])
        if len(set(classes)) < len(classes):
            raise MetricOptionError(f'Class names repeat: {classes}.')
        return classes

    @abstractmethod
    def zeros(self) -> Tensor:
        """Return the sum over no image."""

    @abstractmethod
    def measure(self, sample: dict) -> Tensor:
        """Return the contribution of one image, shaped like the sum."""

    @abstractmethod
    def record(self, amount: Tensor) -> Tensor:
        """Return what to keep of one image, shape (classes, columns)."""

    @abstractmethod
    def columns(self) -> Sequence[str]:
        """Name the columns of :meth:`record`."""

    @abstractmethod
    def summarise(self, total: Tensor, images: int) -> dict[str, float]:
        """Turn the sum over ``images`` images into named scores."""

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Add the images of one batch.

        Args:
            data_batch: Unused.
            data_samples: Per image ``pred_sem_seg`` and ``gt_sem_seg``, each
                with ``data`` of shape (1, H, W), and ``img_path``.
        """
        if self._ledger is None:
            self._ledger = Ledger.like(self.zeros())
        for sample in data_samples:
            amount = self.measure(sample)
            self._ledger.add(amount, sample.get('img_path'))
            if self.per_image_file is not None:
                self._recorder.add(sample, self.record(amount))

    def evaluate(self, size: int) -> dict[str, float]:
        """Combine the processes, log a table and return the scores.

        Args:
            size: Number of images of the data set.

        Returns:
            Scores by name, the same on every process.

        Raises:
            SamplerError: If the images seen are not the data set's, once.
        """
        ledger = self._ledger or Ledger.like(self.zeros())
        recorder = self._recorder
        self._ledger, self._recorder = None, PerImageRecorder()
        total, repeated = ledger.close(size)
        if self.per_image_file is not None:
            self._write(recorder, repeated)
        scores = self.compute_metrics([total.cpu(), size])
        if self.prefix:
            scores = {f'{self.prefix}/{k}': v for k, v in scores.items()}
        return scores

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Summarise the sum and the number of images, in this order."""
        total, images = results
        return self.summarise(total, images)

    def _write(self, recorder: PerImageRecorder, repeated: bool) -> None:
        self.per_image = recorder.gather(
            repeated, self.classes, self.columns()
        )
        if is_main_process():
            self.per_image.save(self.per_image_file)


def label_maps(sample: dict) -> tuple[Tensor, Tensor]:
    """Return prediction and truth of one image, each of shape (H, W).

    Raises:
        SampleError: If one is missing or no map, or their sizes differ.
    """
    pred, label = (_map(sample, key) for key in ('pred_sem_seg', 'gt_sem_seg'))
    if pred.shape != label.shape:
        raise SampleError(
            f'{sample.get("img_path")}: the prediction has size '
            f'{tuple(pred.shape)} but the label {tuple(label.shape)} (H, W). '
            'Load the annotations after the resizing steps of the test '
            'pipeline, so that both have the original size.'
        )
    return pred, label


def _map(sample: dict, key: str) -> Tensor:
    """Return one map as integers, shape (H, W).

    The predictions of a model with a single output for two classes are
    floats, 0 and 1.
    """
    if key not in sample:
        raise SampleError(
            f'{sample.get("img_path")}: there is no {key}. Load the '
            'annotations in the test pipeline, and let PackSegInputs be its '
            'last step.'
        )
    data = sample[key]['data']
    shape = data.shape[-2:]
    if not 0 < data.numel() == shape.numel():
        raise SampleError(
            f'{sample.get("img_path")}: {key} has shape {tuple(data.shape)}, '
            'but a map of labels has shape (1, H, W) and at least one pixel.'
        )
    data = data.reshape(shape)
    return data.long() if data.is_floating_point() else data
