import hashlib
import json
import os
import stat

import pytest

from segplug import fileio


def test_atomic_path_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / 'deep' / 'a.txt'
    with fileio.atomic_path(target) as temporary:
        temporary.write_text('new')
        assert not target.exists()
        assert temporary.suffix == '.txt'
    assert target.read_text() == 'new'
    with pytest.raises(KeyError), fileio.atomic_path(target) as temporary:
        temporary.write_text('half')
        raise KeyError
    assert target.read_text() == 'new'
    assert os.listdir(target.parent) == ['a.txt']


def test_permissions_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        fileio.write_text(tmp_path / 'a', 'text')
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == 0o640


def test_json_is_strict(tmp_path):
    fileio.write_json(tmp_path / 'a.json', {'ü': [1, None]})
    assert json.loads((tmp_path / 'a.json').read_text()) == {'ü': [1, None]}
    with pytest.raises(ValueError):
        fileio.write_json(tmp_path / 'a.json', float('nan'))
    assert json.loads((tmp_path / 'a.json').read_text()) == {'ü': [1, None]}


def test_sha256(tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / 'a').write_bytes(content)
    assert fileio.sha256(tmp_path / 'a') == hashlib.sha256(content).hexdigest()
