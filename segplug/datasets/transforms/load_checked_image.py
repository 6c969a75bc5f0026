"""Load images, and name the file that cannot be loaded."""

from __future__ import annotations

import io
from typing import Any

import mmengine.fileio as fileio
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS

from segplug.errors import SegplugError
from segplug.untrusted_image import UnreadableImageError, open_image

from .held_content import held

# How a file of a format begins, and what it ends with when it is whole.
_MARKS = (
    (b'\xff\xd8', b'\xff\xd9', 'JPEG'),
    (b'\x89PNG', b'IEND', 'PNG'),
)


class ImageError(SegplugError, ValueError):
    """An image file cannot be decoded, or only in part."""


@TRANSFORMS.register_module()
class LoadCheckedImage(LoadImageFromFile):
    """Load an image as MMCV does, and check that it is whole.

    OpenCV fills what is missing of a JPEG that was cut short with grey and
    goes on; an error of Pillow does not say which file it is about. Here
    both name the file.

    Required keys: ``img_path``.

    Added keys: as of :class:`mmcv.transforms.LoadImageFromFile`.

    Args:
        kwargs: As for :class:`mmcv.transforms.LoadImageFromFile`.

    Raises:
        ImageError: When a file is loaded that is missing, damaged, cut
            short or has more than 2²⁶ pixels.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Load the image of a sample."""
        path = results['img_path']
        try:
            content = fileio.get(path, backend_args=self.backend_args)
            _check_whole(path, content)
            # OpenCV would decode pictures of many GB.
            with open_image(io.BytesIO(content)):
                pass
            with held(self, content) as reader:
                return LoadImageFromFile.transform(reader, results)
        except ImageError:
            raise
        except UnreadableImageError as error:
            raise ImageError(f'{path}: {error}.') from error
        except Exception as error:  # decoders raise whatever they meet
            reason = ' '.join(str(error).split()) or type(error).__name__
            raise ImageError(
                f'{path}: cannot be decoded as an image ({reason}).'
            ) from error


def _check_whole(path: str, content: bytes) -> None:
    for beginning, end, kind in _MARKS:
        if not content.startswith(beginning):
            continue
        # A preview inside a JPEG has an end too, near the beginning.
        if content.rfind(end) < len(content) // 2:
            raise ImageError(
                f'{path}: is a {kind} file that was cut short. Fetch or '
                'write it again.'
            )
    if content.startswith(b'\x89PNG'):
        _check_chunks(path, content)


def _check_chunks(path: str, content: bytes) -> None:
    """Refuse a PNG with a forged size, as much as OpenCV would allocate."""
    place = 8
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], 'big')
        name = content[place + 4 : place + 8]
        if size > len(content) - place - 12:
            raise ImageError(
                f'{path}: is a damaged PNG file: its part {name!r} claims '
                f'{size} bytes. Fetch or write it again.'
            )
        if name == b'IEND':
            return
        place += 12 + size
