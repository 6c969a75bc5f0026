"""Images as the bytes of files."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from ..fileio import PathLike, atomic_path


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """Return an ``HxWx3`` uint8 RGB image as JPEG bytes.

    Raises:
        RuntimeError: If OpenCV refuses the image.
    """
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, data = cv2.imencode('.jpg', image[..., ::-1], flags)
    if not done:
        raise RuntimeError(f'OpenCV cannot encode an image {image.shape}.')
    return data.tobytes()


def encode_png(image: np.ndarray) -> bytes:
    """Return an image without loss as PNG bytes.

    Args:
        image: ``HxW`` uint8 or uint16, or ``HxWx3`` or ``HxWx4`` uint8 in
            RGB or RGBA order.

    Raises:
        RuntimeError: If OpenCV refuses the image.
    """
    if image.ndim == 3:
        image = image[..., [2, 1, 0, 3][: image.shape[2]]]
    done, data = cv2.imencode('.png', image)
    if not done:
        raise RuntimeError(f'OpenCV cannot encode an image {image.shape}.')
    return data.tobytes()


def encode_palette(labels: np.ndarray, palette: np.ndarray) -> bytes:
    """Return labels as the bytes of a PNG with a colour table.

    Args:
        labels: ``HxW`` uint8.
        palette: ``256x3`` uint8 RGB.
    """
    picture = Image.fromarray(labels)
    picture.putpalette(palette.astype(np.uint8).tobytes())
    stream = io.BytesIO()
    picture.save(stream, 'PNG')
    return stream.getvalue()


def write_file(path: PathLike, data: bytes) -> None:
    """Write a file that is there complete or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
