"""Checkpoint files: writing, finding and keeping them."""
