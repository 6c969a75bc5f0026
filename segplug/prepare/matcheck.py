"""Check the structure of a MATLAB file before SciPy trusts it.

SciPy's reader takes types and sizes at their word, and a damaged file makes
it read beyond its memory. The format is described in MathWorks, "MAT-File
Format", chapter "Level 5 MAT-File Format".
"""

from __future__ import annotations

import struct
from math import prod

_MATRIX = 14  # type of an element that holds an array
_BYTES = {
    **{1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8},
    **{16: 1, 17: 2, 18: 4},
}
_NUMBERS = (1, 2, 3, 4, 5, 6, 7, 9, 12, 13)
_TEXTS = (1, 2, 4, 16, 17, 18)
_CELL, _STRUCT, _CHAR, _SPARSE = 1, 2, 4, 5
_NUMERIC = range(6, 16)  # classes of dense arrays
_COMPLEX = 0x800
_DEEPEST = 16  # PASCAL-Part nests four deep
_LONGEST_NAME = 64


def check_matrix(data: memoryview, order: str) -> None:
    """Check an element that shall be one array, with all that it holds.

    Args:
        data: The element with its tag.
        order: ``'<'`` or ``'>'``.

    Raises:
        ValueError: If a type, a size or a number of parts is impossible.
    """
    reader = _Reader(data, order)
    reader.matrix(0)
    reader.end()


class _Reader:
    """Walks over the elements of a stretch of bytes."""

    def __init__(self, data: memoryview, order: str) -> None:
        self.data = data
        self.order = order
        self.place = 0

    def element(self) -> tuple[int, memoryview]:
        """Return type and content of the next element."""
        tag = self.data[self.place : self.place + 8]
        if len(tag) < 8:
            raise ValueError('an element is missing')
        kind, size = struct.unpack(f'{self.order}II', tag)
        if kind >> 16:  # up to four bytes are inside the tag
            kind, size = kind & 0xFFFF, kind >> 16
            self.place += 8
            if size > 4:
                raise ValueError('a small element is too large')
            return kind, tag[4 : 4 + size]
        content = self.data[self.place + 8 : self.place + 8 + size]
        if len(content) < size:
            raise ValueError('an element is cut off')
        self.place += 8 + size + (-size % 8)
        return kind, content

    def end(self) -> None:
        """Demand that nothing is left."""
        if self.place < len(self.data):
            raise ValueError('bytes are left over')

    def array(self, kinds: tuple[int, ...], count: int | None = None) -> int:
        """Skip an element of numbers and return how many it holds."""
        kind, content = self.element()
        if kind not in kinds or len(content) % _BYTES[kind]:
            raise ValueError(f'an element has the type {kind}')
        found = len(content) // _BYTES[kind]
        if count is not None and found != count:
            raise ValueError(f'{found} values are there, wanted are {count}')
        return found

    def integers(self, kinds: tuple[int, ...]) -> tuple[int, ...]:
        """Return an element of 32-bit numbers."""
        kind, content = self.element()
        if kind not in kinds or len(content) % 4:
            raise ValueError(f'an element has the type {kind}')
        return struct.unpack(f'{self.order}{len(content) // 4}i', content)

    def matrix(self, depth: int) -> None:
        """Check the next element, an array."""
        kind, content = self.element()
        if kind != _MATRIX or depth > _DEEPEST:
            raise ValueError(f'an array has the type {kind}')
        if content:  # else an empty array
            inner = _Reader(content, self.order)
            inner.body(depth)
            inner.end()

    def body(self, depth: int) -> None:
        """Check what is inside an array."""
        flags = self.integers((6,))
        dims = self.integers((5, 6))
        self.array((1, 16))  # name
        if len(flags) != 2 or not 2 <= len(dims) <= 8 or min(dims) < 0:
            raise ValueError(f'an array has the shape {dims}')
        kind, count = flags[0] & 0xFF, prod(dims)
        is_complex = bool(flags[0] & _COMPLEX)
        if kind == _CELL:
            self.matrices(count, depth)
        elif kind == _STRUCT:
            self.matrices(count * self.fields(), depth)
        elif kind == _CHAR:
            # UTF-8 takes several bytes a character: SciPy counts them.
            self.array(_TEXTS)
        elif kind == _SPARSE:
            self.sparse(dims, is_complex)
        elif kind in _NUMERIC:
            for _ in range(1 + is_complex):
                self.array(_NUMBERS, count)
        else:
            raise ValueError(f'an array is of the class {kind}')

    def fields(self) -> int:
        """Return the number of fields of a struct."""
        length = self.integers((5,))
        if len(length) != 1 or not 1 <= length[0] <= _LONGEST_NAME:
            raise ValueError('the names of fields have no length')
        size = self.array((1, 16))
        if size % length[0]:
            raise ValueError('the names of fields are cut off')
        return size // length[0]

    def matrices(self, count: int, depth: int) -> None:
        """Check that many arrays."""
        if count * 8 > len(self.data):
            raise ValueError(f'{count} arrays cannot be there')
        for _ in range(count):
            self.matrix(depth + 1)

    def sparse(self, dims: tuple[int, ...], is_complex: bool) -> None:
        """Check a sparse array; SciPy compares its parts itself."""
        rows = self.integers((5, 6))
        starts = self.integers((5, 6))
        if len(dims) != 2 or len(starts) != dims[1] + 1:
            raise ValueError(f'a sparse array has the shape {dims}')
        ordered = all(a <= b for a, b in zip(starts, starts[1:]))
        inside = all(0 <= row < dims[0] for row in rows[: starts[-1]])
        if starts[0] != 0 or not ordered or not inside:
            raise ValueError('the places of a sparse array are impossible')
        if starts[-1] > len(rows):
            raise ValueError('a sparse array is cut off')
        for _ in range(1 + is_complex):
            if self.array(_NUMBERS) < starts[-1]:
                raise ValueError('a sparse array is cut off')
