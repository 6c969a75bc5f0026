import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.prepare import archive
from segplug.prepare.archive import Limits, safe_path, unpack
from segplug.prepare.errors import ArchiveError, DiskFullError

from .official import tree

FILES = {
    './set/a.mat': b'a' * 3000,
    'set/b.MAT': b'b',
    'set/deep/er/c.txt': b'c',
    'set/skip.jpg': b'no',
    'set/._d.mat': b'no',
    '__MACOSX/set/e.mat': b'no',
}
EXPECTED = {
    'set/a.mat': b'a' * 3000,
    'set/b.MAT': b'b',
    'set/deep/er/c.txt': b'c',
}
WANTED = ('.mat', '.txt')


def write_tar(path, members, mode='w'):
    with tarfile.open(path, mode) as opened:
        for member, data in members:
            info = member
            if isinstance(member, str):
                info = tarfile.TarInfo(member)
                info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return path


def write_zip(path, members):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as opened:
        for name, data in members:
            info = name
            if isinstance(name, str):
                info = zipfile.ZipInfo('x')
                info.filename = name  # the constructor would clean it
                info.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(info, data)
    return path


def tar_special(name, kind, target=''):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


@pytest.mark.parametrize('kind', ['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'zip'])
def test_round_trip(tmp_path, kind):
    path = tmp_path / 'data.bin'  # told apart by content, not by name
    if kind == 'zip':
        write_zip(path, FILES.items())
    else:
        suffix = kind.partition('.')[2]
        write_tar(path, FILES.items(), f'w:{suffix}')
    count = unpack(path, tmp_path / 'out', suffixes=WANTED)
    assert tree(tmp_path / 'out') == EXPECTED
    assert count == len(EXPECTED)


def test_modes_and_owners_are_not_taken_over(tmp_path):
    info = tarfile.TarInfo('a.mat')
    info.mode = 0o4777
    write_tar(tmp_path / 'a.tar', [(info, b'')])
    unpack(tmp_path / 'a.tar', tmp_path / 'out', suffixes=WANTED)
    mode = stat.S_IMODE((tmp_path / 'out/a.mat').stat().st_mode)
    assert mode & 0o7111 == 0


LINK = stat.S_IFLNK << 16
HOSTILE_TAR = {
    'absolute': [('/nowhere/a.mat', b'x')],
    'climbs': [('set/../../a.mat', b'x')],
    'climbs, unwanted': [('../a.jpg', b'x')],
    'symlink': [(tar_special('a.mat', tarfile.SYMTYPE, '/etc/passwd'), b'')],
    'folder link': [
        (tar_special('set', tarfile.SYMTYPE, '..'), b''),
        ('set/a.mat', b'x'),
    ],
    'hard link': [(tar_special('a.mat', tarfile.LNKTYPE, 'b.mat'), b'')],
    'device': [(tar_special('a.mat', tarfile.CHRTYPE), b'')],
    'fifo': [(tar_special('a', tarfile.FIFOTYPE), b'')],
    'backslash': [('..\\a.mat', b'x')],
    'drive': [('C:a.mat', b'x')],
    'control character': [('a\x1b[2J.mat', b'x')],
    'case': [('a.mat', b'x'), ('A.mat', b'y')],
    'folder case': [('set/a.mat', b'x'), ('SET/a.mat', b'y')],
    'composed': [('\u00e9.mat', b'x'), ('e\u0301.mat', b'y')],
    'twice': [('a.mat', b'x'), ('./a.mat', b'y')],
    'file and folder': [('a.mat', b'x'), ('A.mat/b.mat', b'y')],
    'folder and file': [('a.mat/b.mat', b'x'), ('A.mat', b'y')],
}


@pytest.mark.parametrize('members', HOSTILE_TAR.values(), ids=HOSTILE_TAR)
def test_hostile_tar_is_refused(tmp_path, members):
    path = write_tar(tmp_path / 'a.tar', members)
    with pytest.raises(ArchiveError, match='a.tar.*refused'):
        unpack(path, tmp_path / 'out', suffixes=WANTED)
    assert {p.split('/')[0] for p in tree(tmp_path)} <= {'a.tar', 'out'}


PLAIN = {
    name: members
    for name, members in HOSTILE_TAR.items()
    if all(isinstance(member, str) for member, _ in members)
}


@pytest.mark.parametrize('members', PLAIN.values(), ids=PLAIN)
def test_hostile_zip_is_refused(tmp_path, members):
    path = write_zip(tmp_path / 'a.zip', members)
    with pytest.raises(ArchiveError, match='a.zip.*refused'):
        unpack(path, tmp_path / 'out', suffixes=WANTED)


def test_link_in_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo('a.mat')
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = write_zip(tmp_path / 'a.zip', [(info, b'/etc/passwd')])
    with pytest.raises(ArchiveError, match='link or a device'):
        unpack(path, tmp_path / 'out', suffixes=WANTED)


PIECES = st.sampled_from(
    ['..', '.', '', '/', '\\', 'C:', 'a', 'B', 'c.mat', '~', '..a', '...']
)
NAMES = st.lists(PIECES, min_size=1, max_size=6).flatmap(
    lambda parts: st.sampled_from(['/'.join(parts), ''.join(parts)])
)


@settings(deadline=None)
@given(name=NAMES)
def test_safe_path_agrees_with_the_operating_system(name):
    # The shell's idea of the path, on either kind of system.
    target = '/base/target'
    lands = os.path.normpath(os.path.join(target, name))
    stays = lands == target or lands.startswith(target + '/')
    climbs = '..' in name.replace('\\', '/').split('/')
    foreign = '\\' in name or ':' in name
    try:
        path = safe_path(name)
    except ValueError:
        assert not stays or climbs or foreign
    else:
        assert stays and not climbs and not foreign
        assert os.path.normpath(f'{target}/{path}') == lands


@pytest.mark.filterwarnings('ignore:Duplicate name')
@settings(deadline=None)
@given(names=st.lists(NAMES, min_size=1, max_size=4), zipped=st.booleans())
def test_nothing_ever_lands_outside(tmp_path_factory, names, zipped):
    base = tmp_path_factory.mktemp('base')
    members = [(name, b'data') for name in names]
    write = write_zip if zipped else write_tar
    path = write(base / 'archive', members)
    try:
        unpack(path, base / 'deep/er/out', suffixes=('.mat', ''))
    except ArchiveError:
        pass
    inside = {p for p in tree(base) if p.startswith('deep/er/out/')}
    assert set(tree(base)) - inside == {'archive'}


LIMITS = {
    'members': (Limits(members=2), 'more than 2 members'),
    'file': (Limits(file_bytes=999), "'b.jpg' has 1000 bytes"),
    'total': (Limits(total_bytes=1999), 'unpacks to more than 1999'),
}


@pytest.mark.parametrize('limits, message', LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize('write', [write_tar, write_zip])
def test_limits_count_unwanted_members_too(tmp_path, write, limits, message):
    members = [('a.mat', b''), ('b.jpg', b'x' * 1000), ('c.jpg', b'x' * 1000)]
    path = write(tmp_path / 'archive', members)
    with pytest.raises(ArchiveError, match=message):
        unpack(path, tmp_path / 'out', suffixes=WANTED, limits=limits)
    roomy = Limits(members=3, file_bytes=1000, total_bytes=2000)
    assert unpack(path, tmp_path / 'new', suffixes=WANTED, limits=roomy) == 1


@pytest.mark.parametrize('write, mode', [(write_tar, 'w:gz'), (write_zip, '')])
def test_bomb_is_refused_before_it_is_unpacked(tmp_path, write, mode):
    members = [('a.mat', bytes(5 << 20))]
    args = (mode,) if mode else ()
    path = write(tmp_path / 'archive', members, *args)
    assert path.stat().st_size * 200 < 5 << 20
    limits = Limits(small_bytes=1 << 20)
    with pytest.raises(ArchiveError, match='too many for its size'):
        unpack(path, tmp_path / 'out', suffixes=WANTED, limits=limits)
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('kind', [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_forged_header_does_not_fill_the_memory(tmp_path, kind):
    info = tarfile.TarInfo('a.mat')
    info.type = kind
    info.size = 1 << 25
    with gzip.open(tmp_path / 'a.tgz', 'wb', compresslevel=1) as stream:
        stream.write(info.tobuf(tarfile.GNU_FORMAT) + bytes(info.size))
    with pytest.raises(ArchiveError, match='a.tgz holds a header of 33554432'):
        unpack(tmp_path / 'a.tgz', tmp_path / 'out', suffixes=WANTED)


def pack(kind):
    buffer = io.BytesIO()
    if kind == 'zip':
        with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as opened:
            for name, data in FILES.items():
                opened.writestr(name, data)
        return buffer.getvalue()
    with tarfile.open(fileobj=buffer, mode='w') as opened:
        for name, data in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    packers = {'gz': gzip, 'bz2': bz2, 'xz': lzma}
    packer = packers.get(kind)
    return packer.compress(buffer.getvalue()) if packer else buffer.getvalue()


PACKED = {kind: pack(kind) for kind in ('tar', 'gz', 'bz2', 'xz', 'zip')}


@pytest.mark.parametrize('kind', PACKED)
@settings(deadline=None)
@given(data=st.data())
def test_truncated_archive_is_refused(tmp_path_factory, kind, data):
    packed = PACKED[kind]
    # A tar may lose zeros at its end: from 9 × 512 bytes on it is complete.
    whole = 512 * (2 * len(FILES) + 5 + 1) if kind == 'tar' else len(packed)
    length = data.draw(st.integers(0, whole - 1))
    folder = tmp_path_factory.mktemp('cut')
    (folder / 'a').write_bytes(packed[:length])
    with pytest.raises(ArchiveError, match='no intact tar or zip'):
        unpack(folder / 'a', folder / 'out', suffixes=WANTED)


@pytest.mark.parametrize('kind', PACKED)
@settings(deadline=None)
@given(data=st.data())
def test_damaged_archive_gives_files_or_one_error(
    tmp_path_factory, kind, data
):
    packed = bytearray(PACKED[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(packed) - 1))
        packed[place] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp('damaged')
    (folder / 'a').write_bytes(packed)
    try:
        unpack(folder / 'a', folder / 'out', suffixes=WANTED)
    except ArchiveError as error:
        assert str(folder / 'a') in str(error)
    assert {p.split('/')[0] for p in tree(folder)} <= {'a', 'out'}


def test_page_instead_of_an_archive(tmp_path):
    (tmp_path / 'a.tar.gz').write_text('\n<!DOCTYPE html><html>404</html>')
    with pytest.raises(ArchiveError, match='web page'):
        unpack(tmp_path / 'a.tar.gz', tmp_path / 'out', suffixes=WANTED)


def test_encrypted_zip(tmp_path):
    path = write_zip(tmp_path / 'a.zip', [('a.mat', b'x')])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b'PK\x01\x02') + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match='encrypted|password'):
        unpack(path, tmp_path / 'out', suffixes=WANTED)


def test_full_disk_is_no_damaged_archive(tmp_path, monkeypatch):
    path = write_tar(tmp_path / 'a.tar', FILES.items())

    def fail(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(archive.shutil, 'copyfileobj', fail)
    with pytest.raises(DiskFullError, match='disk is full'):
        unpack(path, tmp_path / 'out', suffixes=WANTED)
