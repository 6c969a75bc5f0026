"""Pipeline steps."""

from .load_checked_annotations import LabelError, LoadCheckedAnnotations
from .random_night import RandomNight
from .random_weather import MissingKorniaError, RandomRain, RandomSnow
from .score_at_size import ScoreAtSize

__all__ = [
    'LabelError',
    'LoadCheckedAnnotations',
    'MissingKorniaError',
    'RandomNight',
    'RandomRain',
    'RandomSnow',
    'ScoreAtSize',
]
