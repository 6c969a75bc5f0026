"""Fixtures for the preparation of data."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from segplug.prepare import cli

from .official import write_part


@dataclass
class Prepared:
    """A small official data set and the command line that prepares it."""

    raw: Path
    out: Path
    objects: dict

    @property
    def arguments(self):
        """Arguments that make the data set."""
        raw, out = str(self.raw), str(self.out)
        return [
            *('pascal_part', '--parts', raw, '--images', raw),
            *('--out', out, '--workers', '1'),
        ]

    def run(self, *more):
        """Prepare, with more arguments; return the exit status."""
        return cli.main([*self.arguments, *map(str, more)])

    def mat(self, name):
        """Return the path of an annotation."""
        return self.raw / f'Annotations_Part/{name}.mat'

    def image(self, name):
        """Return the path of a raw image."""
        return self.raw / f'JPEGImages/{name}.jpg'


@pytest.fixture(autouse=True)
def no_fsync(monkeypatch):
    """Do not wait for the disk: no test takes the power away."""
    monkeypatch.setattr(os, 'fsync', lambda handle: None)


@pytest.fixture
def small(tmp_path):
    """Write five images with two people each."""
    raw = tmp_path / 'raw'
    return Prepared(raw, tmp_path / 'data' / 'out', write_part(raw))
