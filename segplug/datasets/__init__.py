"""Datasets, one data sheet each, and the checks that guard them."""

from .bad_files import TooManyBadFilesError
from .bdd100k import BDD100KFullDataset, CheckedBDD100KDataset
from .camvid import CamVidDataset
from .checked import CheckedSegDataset, DatasetFilesError
from .cityscapes import (
    DownsampledCityscapesDataset,
    PreparedCityscapesDataset,
)
from .class_weights import ManifestError, PixelCounts, median_frequency
from .image_folder import ImageFolderDataset, ImageFolderError
from .pascal_person_part import PascalPersonPartDataset
from .transforms import (
    ImageError,
    LabelError,
    LoadCheckedAnnotations,
    LoadCheckedImage,
    ScoreAtSize,
)
from .voc12 import CheckedPascalVOCDataset

__all__ = [
    'BDD100KFullDataset',
    'CheckedBDD100KDataset',
    'CamVidDataset',
    'CheckedPascalVOCDataset',
    'CheckedSegDataset',
    'DatasetFilesError',
    'DownsampledCityscapesDataset',
    'ImageFolderDataset',
    'ImageFolderError',
    'ImageError',
    'LabelError',
    'LoadCheckedImage',
    'TooManyBadFilesError',
    'LoadCheckedAnnotations',
    'ManifestError',
    'PascalPersonPartDataset',
    'PixelCounts',
    'median_frequency',
    'PreparedCityscapesDataset',
    'ScoreAtSize',
]
