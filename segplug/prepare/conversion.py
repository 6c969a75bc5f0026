"""Convert one item, or see that nothing has changed; for worker processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

import numpy as np

from segplug.fileio import atomic_path, sha256

from .errors import BadItemError, explain_os_error
from .output import Output
from .pictures import count_labels, write_label
from .records import Record
from .spec import Colour, Convert, Item
from .transfer import Picture, Transfer


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
        transfer: How they get there.
    """

    convert: Convert
    recipe: str
    palette: Sequence[Colour]
    output: Output
    transfer: Transfer

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
        picture = self.transfer.open(item.image)
        if label.shape != picture.shape:
            raise BadItemError(
                f'{item.annotation}: the label has {_size(label.shape)} px, '
                f'the image {item.image} {_size(picture.shape)} px.'
            )
        small = self.transfer.label(label)
        if small is not label:
            pixels = count_labels(small, self.palette, item.annotation)
        self._write(item, picture, small)
        source = sha256(item.image)
        image = self.output.image(item.id)
        anew = self.transfer.size is not None
        return Record(
            id=item.id,
            recipe=self.recipe,
            annotation=annotation,
            image=sha256(image) if anew else source,
            label=sha256(self.output.label(item.id)),
            pixels=pixels,
            source=source if anew else None,
        )

    def _write(self, item: Item, picture: Picture, label: np.ndarray) -> None:
        try:
            picture.save(self.output.image(item.id))
            self.output.drop_other_images(item.id)
            with atomic_path(self.output.label(item.id)) as temporary:
                write_label(temporary, label, self.palette)
        except OSError as error:
            raise explain_os_error(error, self.output.root) from error


@dataclass(frozen=True)
class Checker:
    """Tells whether the files of an item are still those of its record.

    Args:
        output: Where the files lie.
        transfer: How they got there.
    """

    output: Output
    transfer: Transfer

    def __call__(self, task: tuple[Item, Record]) -> bool:
        """Compare the inputs and the outputs of an item with its record."""
        item, record = task
        expected = {item.annotation: record.annotation}
        if record.kept:
            image = self.output.image(item.id)
            expected[item.image] = record.source or record.image
            expected[self.output.label(item.id)] = record.label
            if not self.transfer.fits(item.image, image):
                return False
            if not image.is_symlink():  # the source is hashed anyway
                expected[image] = record.image
        return all(
            path.is_file() and sha256(path) == digest
            for path, digest in expected.items()
        )


def _size(shape: tuple[int, ...]) -> str:
    return f'{shape[1]}×{shape[0]}'
