"""Removals that wait, in the main process and in the others."""

import pytest
from mmengine.fileio import LocalBackend

from segplug.engine.checkpoints import removals
from segplug.engine.checkpoints.removals import DeferredRemovals


@pytest.mark.parametrize('main', [True, False])
def test_one_process_removes(tmp_path, monkeypatch, main):
    """Two would do so between a look at the file and its removal."""
    monkeypatch.setattr(removals, 'is_main_process', lambda: main)
    old, new, folder = (tmp_path / name for name in ('old', 'new', 'folder'))
    old.touch()
    new.touch()
    folder.mkdir()
    backend = DeferredRemovals(LocalBackend())
    backend.remove(str(old))
    backend.remove(str(new))
    backend.rmtree(str(folder))
    assert old.exists() and folder.exists()
    backend.execute(but=[new])
    assert new.exists()
    assert [old.exists(), folder.exists()] == [not main, not main]

    old.touch()
    backend.execute()
    assert old.exists()  # is noted no longer, in no process
