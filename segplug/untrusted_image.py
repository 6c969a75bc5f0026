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


class UnreadableImageError(SegplugError, ValueError):
    """A picture cannot be decoded; says why, but not which."""


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
