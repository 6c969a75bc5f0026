"""Write predictions as images that other tools can read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from segplug.errors import SegplugError
from segplug.fileio import PathLike, atomic_path


class PredictionError(SegplugError, ValueError):
    """A prediction cannot be written."""


class PredictionWriter:
    """Writes one 8-bit single-channel PNG per image, named after the image.

    Args:
        output_dir: Folder of the PNGs, made when needed.
    """

    def __init__(self, output_dir: PathLike) -> None:
        self.output_dir = Path(output_dir)
        self._sources: dict[str, str] = {}

    def write(
        self, pred: Tensor, img_path: str, reduce_zero_label: bool = False
    ) -> Path:
        """Write the class ids of one image.

        Args:
            pred: Class ids, shape (H, W).
            img_path: Path of the image; the PNG takes its stem.
            reduce_zero_label: Add 1 to every id, as data sets whose label 0
                means "other" expect it.

        Returns:
            The path that was written.

        Raises:
            PredictionError: If an id does not fit 8 bits, or another image
                with the same name has been written.
        """
        name = Path(img_path).stem + '.png'
        source = self._sources.setdefault(name, str(img_path))
        if source != str(img_path):
            raise PredictionError(
                f'{source} and {img_path} would both be written to '
                f'{self.output_dir / name}. Evaluate them apart or rename.'
            )
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
