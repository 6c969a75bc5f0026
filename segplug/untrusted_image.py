"""Open pictures that may be damaged, or made to fill the memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Union

from PIL import Image, UnidentifiedImageError

from segplug.errors import SegplugError

MAX_PIXELS = 1 << 26  # of one picture; the largest data sets have 2 ** 21


_MODES = {
    '1': '1 bit',
    'L': 'one channel of 8 bit',
    'P': 'one channel of 8 bit and a palette',
    'LA': 'grey and an alpha channel',
    'RGB': 'RGB colours',
    'RGBA': 'RGBA colours',
    'F': 'floating-point values',
}


class UnreadableImageError(SegplugError, ValueError):
    """A picture cannot be decoded; says why, but not which."""


class NoLabelMapError(UnreadableImageError):
    """A picture holds something else than 8-bit class numbers."""


@contextmanager
def open_image(
    source: Union[Path, IO[bytes]], formats: Sequence[str] | None = None
) -> Iterator[Image.Image]:
    """Open a picture that is decoded inside the ``with`` block.

    Args:
        source: Path or binary stream.
        formats: Those that are taken, as Pillow names them; all by default.

    Yields:
        The picture, not decoded yet, of at most :data:`MAX_PIXELS`.

    Raises:
        UnreadableImageError: If it is missing, too large, of another format
            or damaged, also when that shows inside the block.
    """
    kind = '/'.join(formats or ())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('error', Image.DecompressionBombWarning)
            with Image.open(source, formats=formats) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError('too many pixels')
                yield image
    except SegplugError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableImageError(
            f'has more than {MAX_PIXELS} pixels; it is not decoded'
        ) from None
    except UnidentifiedImageError:
        wanted = f'{kind} image' if kind else 'image'
        raise UnreadableImageError(f'is no {wanted}') from None
    except Exception as error:
        # What Pillow raises on damaged files depends on where the damage is.
        reason = getattr(error, 'strerror', None) or error
        raise UnreadableImageError(
            f'cannot be read as a {kind or "known"} image ({reason})'
        ) from error


@contextmanager
def open_label_map(
    source: Union[Path, IO[bytes]],
    formats: Sequence[str] | None = None,
    *,
    modes: Sequence[str] = ('P', 'L'),
) -> Iterator[Image.Image]:
    """Open a picture whose pixels are class numbers.

    Args:
        source: Path or binary stream.
        formats: As for :func:`open_image`.
        modes: Kinds of pixels that are taken, as Pillow names them: with a
            palette, whatever its colours, and in grey.

    Yields:
        The picture, not decoded yet.

    Raises:
        NoLabelMapError: If it has other pixels, such as colours.
        UnreadableImageError: As from :func:`open_image`.
    """
    with open_image(source, formats) as image:
        if image.mode not in modes:
            raise NoLabelMapError(
                f'is a label of mode {image.mode} '
                f'({describe_mode(image.mode)}); wanted is one 8-bit channel '
                f'that holds class numbers (mode {" or ".join(modes)})'
            )
        yield image


def describe_mode(mode: str) -> str:
    """Say in words what pixels of one of Pillow's modes hold."""
    if mode.startswith('I'):
        return '16-bit or 32-bit values'
    return _MODES.get(mode, 'other pixels')
