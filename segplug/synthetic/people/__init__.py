"""Articulated people: bodies, poses, clothes and how they are drawn."""
