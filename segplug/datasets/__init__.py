"""Datasets, one data sheet each, and the checks that guard them."""

from .camvid import CamVidDataset
from .checked import CheckedSegDataset, DatasetFilesError
from .pascal_person_part import PascalPersonPartDataset
from .transforms import LabelError, LoadCheckedAnnotations, ScoreAtSize
from .voc12 import CheckedPascalVOCDataset

__all__ = [
    'CamVidDataset',
    'CheckedPascalVOCDataset',
    'CheckedSegDataset',
    'DatasetFilesError',
    'LabelError',
    'LoadCheckedAnnotations',
    'PascalPersonPartDataset',
    'ScoreAtSize',
]
