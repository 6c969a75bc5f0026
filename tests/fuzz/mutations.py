"""Damage files: blindly, or below their checksums so that it goes deep."""

import io
import json
import struct
import zipfile
import zlib

_INTERESTING = (
    *(b'\0', b'\xff', b'\x7f', b'\x80', b'\xff\xff\xff\xff', b'\0\0\0\0'),
    *(b'\x7f\xff\xff\xff', b'\xff\xff\xff\x7f', b'-1', b'1e999', b'NaN'),
    *(b'../', b'\n', b'\r', b'\xe2\x80\xa8', b'\xc3', b'{', b'[' * 64, b'"'),
)
_VALUES = (
    *(
        None,
        True,
        -1,
        0,
        1.5,
        1e308,
        2**70,
        '',
        'x',
        '../../x',
        '\0',
        '\ud800',
    ),
    *([], {}, [[]], [1, 'a'], {'a': 1}, [None] * 3, float('nan')),
    float('inf'),
)
_JOURNAL_SIGN = b'}\n{'


def blind(rng, data):
    """Change, remove, repeat and insert some bytes, or cut the end."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        place = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1 and place < len(data):
            data[place] = rng.randrange(256)
        elif kind == 2:
            token = rng.choice(_INTERESTING)
            data[place : place + len(token)] = token
        elif kind == 3:
            del data[place : place + rng.randrange(1, 40)]
        elif kind == 4:
            source = rng.randrange(len(data) + 1)
            piece = data[source : source + rng.randrange(1, 40)]
            data[place:place] = piece
        elif rng.random() < 0.3:
            del data[place:]
    return bytes(data)


def png(rng, data):
    """Damage the content of chunks and make their checksums right."""
    chunks = list(_chunks(data))
    index = rng.randrange(len(chunks))
    name, content = chunks[index]
    kind = rng.randrange(4)
    if name == b'IDAT' and kind < 2:
        content = zlib.compress(blind(rng, zlib.decompress(content)), 1)
    elif kind < 3:
        content = blind(rng, content)
    else:
        name = rng.choice((b'tRNS', b'PLTE', b'IDAT', b'eXIf', b'zTXt'))
    chunks[index] = name, content
    if rng.random() < 0.1:
        rng.shuffle(chunks)
    return data[:8] + b''.join(
        struct.pack('>I', len(content))
        + name
        + content
        + struct.pack('>I', zlib.crc32(name + content))
        for name, content in chunks
    )


def _chunks(data):
    place = 8
    while place < len(data):
        size = struct.unpack_from('>I', data, place)[0]
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        place += 12 + size


def mat(rng, data):
    """Damage what is inside the compressed elements."""
    head, place, elements = data[:128], 128, []
    while place < len(data):
        kind, size = struct.unpack_from('<II', data, place)
        content = data[place + 8 : place + 8 + size]
        if kind == 15:
            inner = blind(rng, zlib.decompress(content))
            content = zlib.compress(inner, 1)
        else:
            content = blind(rng, content)
        elements.append(struct.pack('<II', kind, len(content)) + content)
        place += 8 + size
    return head + b''.join(elements)


def zipped(rng, data):
    """Damage one record of a zip file and make its checksum right."""
    source, target = io.BytesIO(data), io.BytesIO()
    if not zipfile.is_zipfile(source):
        return blind(rng, data)
    with zipfile.ZipFile(source) as opened:
        records = [(info, opened.read(info)) for info in opened.infolist()]
    index = rng.randrange(len(records))
    with zipfile.ZipFile(target, 'w') as opened:
        for i, (info, content) in enumerate(records):
            damaged = blind(rng, content) if i == index else content
            opened.writestr(info.filename, damaged)
    return target.getvalue()


def text(rng, data):
    """Change one value of a JSON file, or of one line of a journal."""
    if _JOURNAL_SIGN not in data:
        return _dumped(_changed(rng, json.loads(data)))
    lines = data.splitlines()
    index = rng.randrange(len(lines))
    lines[index] = _dumped(_changed(rng, json.loads(lines[index])))
    return b'\n'.join(lines) + b'\n'


def _dumped(value):
    return json.dumps(value).encode()


def _changed(rng, value):
    if not value or not isinstance(value, (dict, list)) or rng.random() < 0.1:
        return rng.choice(_VALUES)
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = rng.choice(list(keys))
    kind = rng.randrange(10)
    if kind == 0:
        del value[key]
    elif kind == 1 and isinstance(value, dict):
        value[rng.choice(('../x', '', 'x/y', 'A'))] = value.pop(key)
    else:
        value[key] = _changed(rng, value[key])
    return value
