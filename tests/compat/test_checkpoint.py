import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from mmengine.runner import CheckpointLoader
from mmengine.runner import checkpoint as host

from segplug.compat import checkpoint
from segplug.compat.safe_load import UnsafeCheckpointError
from tests.compat.hostile import Touch, save

load = CheckpointLoader.load_checkpoint


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder and the address that serves it on this machine."""
    folder = tmp_path / 'www'
    folder.mkdir()
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(torch.hub, '_hub_dir', None)
    handler = partial(QuietHandler, directory=str(folder))
    server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    server.server_close()


@pytest.mark.stack
@pytest.mark.parametrize('prefix', ['', 'file://'])
def test_local_files(tmp_path, prefix):
    torch.save({'a': torch.ones(2)}, tmp_path / 'a.pth')
    assert load(f'{prefix}{tmp_path}/a.pth')['a'].tolist() == [1, 1]
    save(Touch, tmp_path / 'bad.pth', tmp_path / 'mark')
    with pytest.raises(UnsafeCheckpointError, match='bad.pth'):
        load(f'{prefix}{tmp_path}/bad.pth')
    assert not (tmp_path / 'mark').exists()
    with pytest.raises(FileNotFoundError, match='no checkpoint .*gone.pth'):
        load(f'{prefix}{tmp_path}/gone.pth')


@pytest.mark.stack
def test_http(served, tmp_path):
    folder, address = served
    torch.save({'a': torch.ones(2)}, folder / 'a.pth')
    assert load(f'{address}/a.pth')['a'].tolist() == [1, 1]
    save(Touch, folder / 'bad.pth', tmp_path / 'mark')
    with pytest.raises(UnsafeCheckpointError, match='bad.pth'):
        load(f'{address}/bad.pth')
    assert not (tmp_path / 'mark').exists()


@pytest.mark.stack
@pytest.mark.parametrize(
    'scheme', ['torchvision', 'modelzoo', 'open-mmlab', 'openmmlab', 'mmcls']
)
def test_zoo_names_lead_to_the_same_safe_loader(
    served, tmp_path, monkeypatch, scheme
):
    folder, address = served
    models = {'net': f'{address}/net.pth'}
    monkeypatch.setitem(checkpoint._ZOOS, f'{scheme}://', lambda: models)
    torch.save({'state_dict': {'backbone.a': 1}}, folder / 'net.pth')
    state = load(f'{scheme}://net')['state_dict']
    assert state == {'a' if scheme == 'mmcls' else 'backbone.a': 1}
    checkpoint.cached_path(models['net']).unlink()
    save(Touch, folder / 'net.pth', tmp_path / 'mark')
    with pytest.raises(UnsafeCheckpointError, match='net.pth'):
        load(f'{scheme}://net')
    assert not (tmp_path / 'mark').exists()


def test_object_stores_are_unpickled_safely(tmp_path, monkeypatch):
    save(Touch, tmp_path / 'bad.pth', tmp_path / 'mark')
    content = (tmp_path / 'bad.pth').read_bytes()
    monkeypatch.setattr(checkpoint.fileio, 'get', lambda *a, **k: content)
    for address in ('s3://bucket/bad.pth', 'a:petrel://bucket/bad.pth'):
        with pytest.raises(UnsafeCheckpointError, match='bucket/bad.pth'):
            load(address)
    with pytest.raises(ValueError, match='pavi'):
        load('pavi://bad.pth')
    assert not (tmp_path / 'mark').exists()


def test_no_loader_of_mmengine_is_left():
    loaders = set(CheckpointLoader._schemes.values())
    assert {loader.__module__ for loader in loaders} == {
        'segplug.compat.checkpoint'
    }


def test_a_download_that_fails_tells_where_to_put_the_file(served):
    _, address = served
    with pytest.raises(checkpoint.CheckpointDownloadError) as caught:
        load(f'{address}/gone.pth')
    message = str(caught.value)
    assert str(checkpoint.cached_path('x/gone.pth')) in message
    assert '--pretrained' in message
    assert not checkpoint.cached_path('x/gone.pth').exists()


def test_a_file_in_the_cache_is_used_without_a_network(served):
    path = checkpoint.cached_path('http://nowhere.invalid/a.pth')
    path.parent.mkdir(parents=True)
    torch.save({'a': 5}, path)
    assert load('http://nowhere.invalid/a.pth') == {'a': 5}


def test_an_unknown_zoo_name_shows_similar_ones():
    with pytest.raises(
        checkpoint.CheckpointDownloadError, match='resnet50_v1c'
    ):
        load('open-mmlab://resnet34_v1c')


def test_zoo_address_follows_renamed_models():
    old, new = next(iter(host.get_deprecated_model_names().items()))
    address = host.get_external_models()[new]
    assert checkpoint.zoo_address(f'open-mmlab://{old}') == address
