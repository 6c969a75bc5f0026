"""Convert one item, or see that nothing has changed; for worker processes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from segplug.fileio import atomic_path, sha256

from .errors import BadItemError, explain_os_error
from .output import Output
from .pictures import count_labels, image_shape, write_label
from .records import Record
from .spec import Colour, Convert, Item


@dataclass(frozen=True)
class Converter:
    """Makes the image and the label of an item.

    A call returns the record of an item, or one sentence that says why it
    cannot be used.

    Args:
        convert: Makes the label.
        recipe: Digest for the records.
        palette: Of the label files.
        output: Where the files go.
    """

    convert: Convert
    recipe: str
    palette: Sequence[Colour]
    output: Output

    def __call__(self, item: Item) -> Union[Record, str]:
        """Convert an item.

        Raises:
            OutputError: If a file cannot be written.
        """
        try:
            return self._convert(item)
        except BadItemError as error:
            return str(error)

    def _convert(self, item: Item) -> Record:
        label = self.convert(item)
        annotation = sha256(item.annotation)
        if label is None:
            return Record(item.id, self.recipe, annotation)
        pixels = count_labels(label, self.palette, item.annotation)
        shape = image_shape(item.image)
        if label.shape != shape:
            raise BadItemError(
                f'{item.annotation}: the label has {_size(label.shape)} px, '
                f'the image {item.image} {_size(shape)} px.'
            )
        target = self.output.label(item.id)
        try:
            image = _copy(item.image, self.output.image(item.id))
            self.output.drop_other_images(item.id)
            with atomic_path(target) as temporary:
                write_label(temporary, label, self.palette)
        except OSError as error:
            raise explain_os_error(error, self.output.root) from error
        digest = sha256(target)
        return Record(item.id, self.recipe, annotation, image, digest, pixels)


@dataclass(frozen=True)
class Checker:
    """Tells whether the files of an item are still those of its record.

    Args:
        output: Where the files lie.
    """

    output: Output

    def __call__(self, task: tuple[Item, Record]) -> bool:
        """Compare the inputs and the outputs of an item with its record."""
        item, record = task
        expected = {item.annotation: record.annotation}
        if record.kept:
            expected[item.image] = record.image
            expected[self.output.image(item.id)] = record.image
            expected[self.output.label(item.id)] = record.label
        return all(
            path.is_file() and sha256(path) == digest
            for path, digest in expected.items()
        )


def _copy(source: Path, target: Path) -> str:
    """Copy a file unless it is there already; return its SHA-256.

    No link: who edits the copy in place must not edit the source.
    """
    digest = sha256(source)
    if not (target.is_file() and sha256(target) == digest):
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
    return digest


def _size(shape: tuple[int, ...]) -> str:
    return f'{shape[1]}×{shape[0]}'
