"""Write predictions as images that other tools can read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from mmengine.dist import all_gather_object
from PIL import Image
from torch import Tensor

from segplug.errors import SegplugError
from segplug.fileio import PathLike, atomic_path


class PredictionError(SegplugError, ValueError):
    """A prediction cannot be written."""


class PredictionWriter:
    """Writes one 8-bit single-channel PNG per image, named after the image.

    Images in subfolders keep them: what the folders of an image and of its
    label end with in common lies below the data set's two folders, as
    ``ulm`` in ``images/ulm/1.jpg`` and ``labels/ulm/1.png``.

    Args:
        output_dir: Folder of the PNGs, made when needed.
    """

    def __init__(self, output_dir: PathLike) -> None:
        self.output_dir = Path(output_dir)
        self._sources: dict[str, str] = {}

    def write(
        self,
        pred: Tensor,
        img_path: str,
        label_path: str | None = None,
        reduce_zero_label: bool = False,
    ) -> Path:
        """Write the class ids of one image.

        Args:
            pred: Class ids, shape (H, W).
            img_path: Path of the image; the PNG takes its stem.
            label_path: Path of its label, if it has one.
            reduce_zero_label: Add 1 to every id, as data sets whose label 0
                means "other" expect it.

        Returns:
            The path that was written.

        Raises:
            PredictionError: If an id does not fit 8 bits, or another image
                with the same name has been written.
        """
        name = output_name(str(img_path), label_path)
        source = self._sources.setdefault(name, str(img_path))
        if source != str(img_path):
            raise PredictionError(self._clash(name, source, img_path))
        ids = pred.cpu().numpy() + int(reduce_zero_label)
        if ids.min() < 0 or ids.max() > 255:
            raise PredictionError(
                f'{img_path}: predicted ids span {ids.min()} to {ids.max()}, '
                'which an 8-bit PNG cannot hold.'
            )
        path = self.output_dir / name
        with atomic_path(path) as temporary:
            Image.fromarray(ids.astype(np.uint8)).save(temporary)
        return path

    def close(self) -> None:
        """Compare with the other processes and forget what was written.

        Raises:
            PredictionError: On all processes, if two of them have written
                different images to one file.
        """
        sources, self._sources = self._sources, {}
        merged: dict[str, str] = {}
        for part in all_gather_object(sources):
            for name, source in part.items():
                other = merged.setdefault(name, source)
                if other != source:
                    raise PredictionError(self._clash(name, other, source))

    def _clash(self, name: str, first: str, second: str) -> str:
        return (
            f'{first} and {second} would both be written to '
            f'{self.output_dir / name}. Evaluate them apart or rename.'
        )


def output_name(img_path: str, label_path: str | None = None) -> str:
    """Return where a prediction goes, below the output folder.

    Args:
        img_path: Path of the image.
        label_path: Path of its label, if it has one.

    Returns:
        The image's stem and ``.png``, after the subfolders that image and
        label have in common. When both are in one folder, what lies below
        the data set's is unknown and left out.
    """
    image = Path(img_path)
    kept: list[str] = []
    if label_path and Path(label_path).parent != image.parent:
        folders = image.parent.parts, Path(label_path).parent.parts
        for ours, theirs in zip(*map(reversed, folders)):
            if ours != theirs:
                break
            kept.insert(0, ours)
    return Path(*kept, f'{image.stem}.png').as_posix()
