"""Pipeline steps."""

from .load_checked_annotations import LabelError, LoadCheckedAnnotations

__all__ = ['LabelError', 'LoadCheckedAnnotations']
