"""Pictures on request, in the folder that was named and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmengine.visualization import BaseVisBackend
from mmseg.registry import VISBACKENDS
from PIL import Image

from segplug.fileio import atomic_path

_MODES = ('val_', 'test_')


@VISBACKENDS.register_module()
class PictureFolder(BaseVisBackend):
    """Write each picture as ``<folder>/<name of the image>.png``.

    MMEngine's own backend nests pictures two folders deep and puts logs
    beside them.

    Args:
        save_dir (str): The folder; made when needed.
    """

    def _init_env(self) -> None:
        """Do nothing: the folder is made with the first picture."""

    @property
    def experiment(self) -> PictureFolder:
        """Return the backend itself, as the base class wants it."""
        return self

    def add_image(
        self, name: str, image: np.ndarray, step: int = 0, **_: Any
    ) -> None:
        """Write a picture.

        Args:
            name: File name of the image behind ``val_`` or ``test_``.
            image: RGB, uint8, (H, W, 3).
            step: Not used.
        """
        for mode in _MODES:
            name = name.removeprefix(mode)
        path = Path(self._save_dir) / f'{Path(name).stem}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            Image.fromarray(image).save(temporary)
