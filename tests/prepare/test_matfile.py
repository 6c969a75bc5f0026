import zlib

import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.prepare import matfile
from segplug.prepare.errors import BadItemError

from .official import random_objects, write_mat


@pytest.mark.parametrize('compressed', [False, True])
def test_reads_what_scipy_reads(tmp_path, compressed):
    path = tmp_path / 'a.mat'
    values = {'a': np.arange(2000), 'b': 'text'}
    scipy.io.savemat(path, values, do_compression=compressed)
    content = matfile.read_mat(path)
    np.testing.assert_array_equal(content['a'], [np.arange(2000)])
    assert content['b'] == ['text']


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp('whole') / 'a.mat'
    write_mat(path, random_objects(np.random.default_rng(0)))
    return path.read_bytes()


@settings(deadline=None)
@given(data=st.data())
def test_truncated(whole, tmp_path_factory, data):
    length = data.draw(st.integers(0, len(whole) - 1))
    path = tmp_path_factory.mktemp('cut') / 'a.mat'
    path.write_bytes(whole[:length])
    if length == matfile._HEADER:  # a whole file without variables
        assert not [k for k in matfile.read_mat(path) if k[0] != '_']
        return
    with pytest.raises(BadItemError, match=f'{path}: cannot be read'):
        matfile.read_mat(path)


@settings(deadline=None)
@given(data=st.data())
def test_damaged(whole, tmp_path_factory, data):
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(116, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp('damaged') / 'a.mat'
    path.write_bytes(content)
    try:
        read = matfile.read_mat(path)
    except BadItemError as error:
        assert str(path) in str(error)
    else:
        # Only bytes outside the checksum can have been hit.
        assert len(whole) - 8 > 128 and 'anno' in read


@pytest.mark.parametrize(
    'content',
    [b'', b'<html>404</html>' * 20, b'\x89HDF' + bytes(600)],
    ids=['empty', 'page', 'hdf5'],
)
def test_garbage(tmp_path, content):
    (tmp_path / 'a.mat').write_bytes(content)
    with pytest.raises(
        BadItemError, match='a.mat: cannot be read as a MATLAB'
    ):
        matfile.read_mat(tmp_path / 'a.mat')


def test_missing(tmp_path):
    with pytest.raises(BadItemError, match='No such file'):
        matfile.read_mat(tmp_path / 'a.mat')


def test_bomb_is_not_read(tmp_path, monkeypatch):
    path = tmp_path / 'a.mat'
    scipy.io.savemat(path, {'a': np.zeros(1 << 22)}, do_compression=True)
    monkeypatch.setattr(matfile, 'MAX_BYTES', 1 << 24)

    def fail(*args, **options):
        raise AssertionError

    monkeypatch.setattr(matfile.scipy.io, 'loadmat', fail)
    with pytest.raises(BadItemError, match='unpacks to more than 16777216'):
        matfile.read_mat(path)


@settings(deadline=None)
@given(size=st.integers(0, 5 << 20), seed=st.integers(0, 9))
def test_unpacked(size, seed):
    noise = np.random.default_rng(seed).bytes(min(size, 1000))
    data = noise.ljust(size, b'\0')
    assert matfile._unpacked(zlib.compress(data, 1), 1 << 30) == data
