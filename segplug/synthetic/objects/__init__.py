"""Photographs of one or a few objects in some place."""
