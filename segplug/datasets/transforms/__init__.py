"""Pipeline steps."""

from .load_checked_annotations import LabelError, LoadCheckedAnnotations
from .load_checked_image import ImageError, LoadCheckedImage
from .random_night import RandomNight
from .random_weather import MissingKorniaError, RandomRain, RandomSnow
from .scale_flip_test_time_aug import ScaleFlipTestTimeAug
from .score_at_size import ScoreAtSize

__all__ = [
    'ImageError',
    'LabelError',
    'LoadCheckedAnnotations',
    'LoadCheckedImage',
    'MissingKorniaError',
    'RandomNight',
    'RandomRain',
    'RandomSnow',
    'ScaleFlipTestTimeAug',
    'ScoreAtSize',
]
