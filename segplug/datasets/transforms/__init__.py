"""Pipeline steps."""

from .load_checked_annotations import LabelError, LoadCheckedAnnotations
from .score_at_size import ScoreAtSize

__all__ = ['LabelError', 'LoadCheckedAnnotations', 'ScoreAtSize']
