"""Scores of segmentation: confusion counts, borders, pictures, files.

:mod:`~segplug.evaluation.pictures`, :mod:`~segplug.evaluation.analysis` and
:mod:`~segplug.evaluation.offline` are imported on demand.
"""

from __future__ import annotations

from .accumulating_metric import AccumulatingMetric
from .border_counts import BorderOptions
from .border_result import BorderResult
from .boundary_metric import BoundaryMetric
from .checks import ClassMismatchError, check_classes
from .confusion_metric import ConfusionMatrixMetric
from .full_size_metric import FullSizeMetric
from .ledger import SamplerError
from .per_image import PerImageTable, confusion_result
from .report import Report, keep_per_image, keep_predictions, save_report
from .result import SegmentationResult
from .run_facts import RunFacts

__all__ = [
    'AccumulatingMetric',
    'BorderOptions',
    'BorderResult',
    'BoundaryMetric',
    'ClassMismatchError',
    'ConfusionMatrixMetric',
    'FullSizeMetric',
    'PerImageTable',
    'Report',
    'RunFacts',
    'SamplerError',
    'SegmentationResult',
    'check_classes',
    'confusion_result',
    'keep_per_image',
    'keep_predictions',
    'save_report',
]
