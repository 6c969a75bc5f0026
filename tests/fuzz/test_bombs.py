"""Small files that ask for gigabytes, and what damage was found to do."""

import io
import os
import resource
import struct
import zipfile
import zlib

import numpy as np
import pytest
import scipy.io

from segplug.errors import SegplugError
from segplug.synthetic.generation import RECORD
from tests.fuzz import corpus
from tests.fuzz.readers import READERS

_MOST = 700 << 20  # bytes that one input may make a process hold


def chunk(name, content, size=None):
    size = len(content) if size is None else size
    checksum = struct.pack('>I', zlib.crc32(name + content))
    return struct.pack('>I', size) + name + content + checksum


def png(width, height, content=b'', *more):
    head = struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b'IHDR', head), *more]
    parts += [chunk(b'IDAT', content), chunk(b'IEND', b'')]
    return b'\x89PNG\r\n\x1a\n' + b''.join(parts)


def zeros(size):
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(size >> 20)]
    return b''.join(parts) + packer.flush()


def mat(size):
    inner = struct.pack('<II', 14, size)
    packer = zlib.compressobj(9)
    parts = [packer.compress(inner)]
    parts += [packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    content = b''.join(parts) + packer.flush()
    return (
        bytes(124) + b'\0\1IM' + struct.pack('<II', 15, len(content)) + content
    )


def npz():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as archive:
        with archive.open('shape.npy', 'w', force_zip64=True) as file:
            file.write(np.lib.format.magic(1, 0) + b'\x76\0')
            file.write(
                b"{'descr': '<i8', 'fortran_order': False, "
                b"'shape': (200000000,)}".ljust(117)
                + b'\n'
            )
            for _ in range(1600):
                file.write(bytes(1 << 20))
    return stream.getvalue()


def wild_mat():
    """Every element of a valid file, given a type that does not exist."""
    stream = io.BytesIO()
    scipy.io.savemat(stream, {'anno': np.arange(9.0)})
    data = bytearray(stream.getvalue())
    place = (
        data.index(struct.pack('<II', 9, 72))
        if struct.pack('<II', 9, 72) in data
        else len(data) - 24
    )
    data[place : place + 4] = struct.pack('<I', 9000)
    return bytes(data)


NESTED = b'[' * 200_000
BOMBS = {
    'size': ('image', 'a.png', png(60_000, 60_000)),
    'size of a label': ('label', 'a.png', png(60_000, 60_000)),
    'pixels': ('image', 'a.png', png(20_000, 20_000, zeros(400_020_000))),
    'part of a PNG': (
        *('image', 'a.png'),
        png(9, 11, zlib.compress(bytes(110)))[:33]
        + chunk(b'tEXt', b'', 0x7FFF_0000)
        + png(9, 11, zlib.compress(bytes(110)))[33:],
    ),
    'mat': ('part', 'a.mat', mat(2 << 30)),
    'mat of SBD': ('sbd', 'a.mat', mat(2 << 30)),
    'type in a mat': ('part', 'a.mat', wild_mat()),
    'npz': ('per_image', 'a.npz', npz),
    'manifest': ('manifest', 'manifest.json', NESTED),
    'journal': ('journal', 'journal', NESTED),
    'metrics': ('metrics', 'metrics.json', NESTED),
    'record': ('synthetic', RECORD, NESTED),
}


def in_a_child(reader, path):
    """Return what came out, and the most memory held, in bytes."""
    source, target = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            try:
                reader(path)
                text = 'read'
            except SegplugError:
                text = 'refused'
            except BaseException as error:
                text = type(error).__name__
            after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(target, f'{text} {after - before}'.encode())
        finally:
            os._exit(0)
    os.close(target)
    with os.fdopen(source) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    assert status == 0 and text, f'{reader} died with {status}'
    outcome, growth = text.split()
    return outcome, int(growth) << 10


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('bomb', BOMBS)
def test_bombs_do_not_go_off(tmp_path, bomb):
    name, file, content = BOMBS[bomb]
    path = tmp_path / file
    path.write_bytes(content() if callable(content) else content)
    outcomes = set()
    for reader in READERS[name]:
        outcome, growth = in_a_child(reader, path)
        assert growth < _MOST
        outcomes.add(outcome)
    wanted = {'refused'} if bomb != 'part of a PNG' else {'refused', 'read'}
    # A journal's first line is its header; nested, it is refused too.
    assert outcomes <= wanted and 'refused' in outcomes


def test_counts_that_point_beyond_the_memory_are_refused(tmp_path):
    """SciPy adds up what such places hold without looking."""
    from segplug.evaluation.per_image import PerImageFileError, PerImageTable

    path = tmp_path / 'a.npz'
    path.write_bytes(corpus.per_image())
    with np.load(path) as file:
        content = dict(file)
    content['indices'] = content['indices'] + 100_000_000
    np.savez(path, **content)
    with pytest.raises(PerImageFileError, match='a.npz'):
        PerImageTable.load(path)
