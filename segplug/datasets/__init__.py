"""Datasets, one data sheet each, and the checks that guard them."""

from .checked import CheckedSegDataset, DatasetFilesError
from .class_weights import ManifestError, PixelCounts, median_frequency
from .pascal_person_part import PascalPersonPartDataset
from .transforms import LabelError, LoadCheckedAnnotations

__all__ = [
    'CheckedSegDataset',
    'DatasetFilesError',
    'LabelError',
    'LoadCheckedAnnotations',
    'ManifestError',
    'PascalPersonPartDataset',
    'PixelCounts',
    'median_frequency',
]
