"""Procedural scenes written in the raw layouts of the official datasets."""
