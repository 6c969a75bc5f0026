"""Read MATLAB files that may be damaged or swell when unpacked."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import scipy.io

from .errors import BadItemError
from .matcheck import check_matrix

MAX_BYTES = 1 << 29  # unpacked; pictures with many people have some 10 MB
_HEADER = 128  # bytes before the first element of a version 5 file
#: Last bytes of a version 5 header: little or big endian.
_VERSIONS = {b'\x00\x01IM': '<', b'\x01\x00MI': '>'}
_COMPRESSED = 15  # type of a zlib-compressed element
_CHUNK = 1 << 20


def read_mat(path: Path) -> dict[str, Any]:
    """Read a MATLAB version 5 file.

    Args:
        path: The ``.mat`` file.

    Returns:
        Its variables, as :func:`scipy.io.loadmat` gives them by default.

    Raises:
        BadItemError: If the file is missing, damaged, of another version or
            unpacks to more than :data:`MAX_BYTES`.
    """
    try:
        _check(path)
        return scipy.io.loadmat(str(path), appendmat=False)
    except BadItemError:
        raise
    except Exception as error:
        # On damaged files SciPy raises whatever the damage led it to.
        cause = getattr(error, 'strerror', None) or error
        raise BadItemError(
            f'{path}: cannot be read as a MATLAB file, version 5 '
            f'({type(error).__name__}: {cause}).'
        ) from error


def variable_names(content: dict[str, Any]) -> str:
    """Return the names of a file's variables for a message."""
    names = (name for name in content if not name.startswith('__'))
    return ', '.join(names) or 'nothing'


def _check(path: Path) -> None:
    """Unpack, which also verifies zlib's checksums, and check the parts."""
    data = memoryview(path.read_bytes())
    order = _VERSIONS.get(bytes(data[124:_HEADER]))
    if order is None:
        raise ValueError('its header is another')
    total, position = 0, _HEADER
    while position < len(data):
        kind, size = struct.unpack_from(f'{order}II', data, position)
        element = data[position + 8 : position + 8 + size]
        if len(element) < size:
            raise EOFError('it is cut off')
        if kind == _COMPRESSED:
            unpacked = _unpacked(element, MAX_BYTES - total)
        else:
            unpacked = data[position : position + 8 + size]
        total += len(unpacked)
        if total > MAX_BYTES:
            raise BadItemError(
                f'{path}: unpacks to more than {MAX_BYTES} bytes; it is not '
                'read.'
            )
        check_matrix(memoryview(unpacked), order)
        position += 8 + size


def _unpacked(element: memoryview, limit: int) -> bytearray:
    """Unpack, at most a chunk beyond the limit."""
    stream = zlib.decompressobj()
    unpacked = bytearray(stream.decompress(element, _CHUNK))
    while not stream.eof and len(unpacked) <= limit:
        block = stream.decompress(stream.unconsumed_tail, _CHUNK)
        if not block and not stream.eof:
            raise EOFError('a compressed element is cut off')
        unpacked += block
    return unpacked
