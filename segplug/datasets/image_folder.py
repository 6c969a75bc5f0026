"""Images for classification, one folder per class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.dataset import BaseDataset
from mmseg.registry import DATASETS

from segplug.errors import SegplugError

SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')


class ImageFolderError(SegplugError, ValueError):
    """A folder of images is not laid out as needed."""


@DATASETS.register_module()
class ImageFolderDataset(BaseDataset):
    """Labelled images to pretrain a backbone on, such as ImageNet's.

    Layout: a folder per split, in it a folder per class, in it the images,
    at any depth::

        data/pretrain/
          train/<class>/….jpg
          val/<class>/….jpg

    The classes are the folders of the training split in alphabetical order,
    whichever split is read: a class that the validation split lacks shifts
    no other. Hidden files and files of other kinds are passed over.

    Args:
        data_root (str): Folder with the splits.
        split (str): Folder of the split to read. Defaults to ``'train'``.
        classes_of (str): Folder of the split that names the classes.
            Defaults to ``'train'``.
        num_classes (int): Classes that the classifier can tell; there may be
            fewer. Defaults to 1000.
        kwargs: As for :class:`mmengine.dataset.BaseDataset`.

    Raises:
        ImageFolderError: If a folder is missing, a class has no image, there
            is one class only or more than ``num_classes``, or a split has a
            class that training has not.
    """

    def __init__(
        self,
        data_root: str,
        *,
        split: str = 'train',
        classes_of: str = 'train',
        num_classes: int = 1000,
        **kwargs: Any,
    ) -> None:
        self.folder = Path(data_root) / split
        names = _folders(Path(data_root) / classes_of)
        if not 1 < len(names) <= num_classes:
            raise ImageFolderError(
                f'{Path(data_root) / classes_of} has {len(names)} folders of '
                f'classes, wanted are 2 to {num_classes}. More need '
                '--cfg-options model.head.num_classes=N and num_classes=N of '
                'each dataset.'
            )
        metainfo = {'classes': tuple(names)}
        super().__init__(metainfo=metainfo, data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """List the images of the split.

        Returns:
            One dict an image with ``img_path`` and ``gt_label``, the number
            of its class.
        """
        numbers = {name: i for i, name in enumerate(self.metainfo['classes'])}
        images = []
        for name in _folders(self.folder):
            if name not in numbers:
                raise ImageFolderError(
                    f'{self.folder / name} is of a class that the training '
                    'images do not have.'
                )
            images += [
                {'img_path': str(path), 'gt_label': numbers[name]}
                for path in _images(self.folder / name)
            ]
        return images


def _folders(root: Path) -> list[str]:
    if not root.is_dir():
        raise ImageFolderError(
            f'There is no folder {root} (looked from {Path.cwd()}). It '
            'should hold one folder of images per class.'
        )
    return sorted(
        path.name
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith('.')
    )


def _images(folder: Path) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob('*')
        if path.suffix.lower() in SUFFIXES and not path.name.startswith('.')
    )
    if not found:
        raise ImageFolderError(
            f'{folder} has no image ({", ".join(SUFFIXES)}).'
        )
    return found
