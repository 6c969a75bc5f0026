"""Datasets, one data sheet each, and the checks that guard them."""

from .checked import CheckedSegDataset, DatasetFilesError
from .pascal_person_part import PascalPersonPartDataset
from .transforms import LabelError, LoadCheckedAnnotations

__all__ = [
    'CheckedSegDataset',
    'DatasetFilesError',
    'LabelError',
    'LoadCheckedAnnotations',
    'PascalPersonPartDataset',
]
