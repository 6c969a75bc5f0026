import json
import struct

import pytest
import torch
from mmengine.runner import CheckpointLoader

from segplug.compat import safetensors_files
from segplug.compat.pretrained import PretrainedInit
from segplug.compat.safe_load import CorruptCheckpointError
from segplug.engine.checkpoints.find import ResumeError, read_meta
from segplug.engine.export import ExportError, export_weights

pytest.importorskip('safetensors')
load = CheckpointLoader.load_checkpoint
META = {'classes': ('a', 'b'), 'palette': [[0, 0, 0], [1, 2, 3]]}


@pytest.fixture
def checkpoint(tmp_path):
    tied = torch.randn(2, 3)
    weights = {
        'conv.weight': tied,
        'head.weight': tied,  # shares memory
        'turned': torch.randn(3, 2).T,
        'half': torch.randn(5).bfloat16(),
        'norm.num_batches_tracked': torch.tensor(7),
        'nan': torch.tensor([float('nan'), -0.0]),
        'empty': torch.zeros(0, 4),
    }
    meta = {'dataset_meta': META, 'iter': 4, 'cfg': 'raise SystemExit'}
    path = tmp_path / 'a.pth'
    torch.save({'state_dict': weights, 'meta': meta}, path)
    return path, weights


def same(a, b):
    return a.dtype == b.dtype and torch.equal(
        a.contiguous().view(-1).view(torch.uint8),
        b.contiguous().view(-1).view(torch.uint8),
    )


@pytest.mark.stack
@pytest.mark.parametrize('prefix', ['', 'file://'])
def test_what_was_exported_is_loaded_bit_by_bit(tmp_path, checkpoint, prefix):
    path, weights = checkpoint
    out = tmp_path / 'out' / 'a.safetensors'
    assert export_weights(str(path), out) == len(weights)
    loaded = load(f'{prefix}{out}', 'cpu')
    assert loaded['state_dict'].keys() == weights.keys()
    for name, value in weights.items():
        assert loaded['state_dict'][name].shape == value.shape
        assert same(loaded['state_dict'][name], value)
    meta = loaded['meta']['dataset_meta']
    assert meta == {'classes': ['a', 'b'], 'palette': META['palette']}
    assert 'cfg' not in loaded['meta'] and loaded['meta']['iter'] == 4
    assert [p.name for p in out.parent.iterdir()] == ['a.safetensors']


def test_the_file_is_read_by_the_library_alone(tmp_path, checkpoint):
    """And its metadata are JSON."""
    from safetensors import safe_open

    path, weights = checkpoint
    export_weights(str(path), tmp_path / 'a.safetensors')
    with safe_open(tmp_path / 'a.safetensors', 'pt') as file:
        meta = json.loads(file.metadata()['segplug'])
        assert set(file.keys()) == set(weights)
    assert meta['dataset_meta']['classes'] == ['a', 'b']


def test_files_of_other_programs_have_no_meta(tmp_path):
    from safetensors.torch import save_file

    save_file({'a': torch.ones(2)}, tmp_path / 'a.safetensors')
    loaded = load(str(tmp_path / 'a.safetensors'))
    assert loaded['meta'] == {}
    assert loaded['state_dict']['a'].tolist() == [1, 1]


def test_a_backbone_starts_from_them(tmp_path):
    conv = torch.nn.Conv2d(1, 1, 1)
    torch.save(
        {'backbone.' + k: v for k, v in conv.state_dict().items()},
        tmp_path / 'a.pth',
    )
    out = tmp_path / 'a.safetensors'
    export_weights(str(tmp_path / 'a.pth'), out)
    other = torch.nn.Conv2d(1, 1, 1)
    PretrainedInit(checkpoint=str(out))(other)
    assert torch.equal(other.weight, conv.weight)


def test_a_file_that_is_there_stays_without_force(tmp_path, checkpoint):
    path, _ = checkpoint
    out = tmp_path / 'a.safetensors'
    out.write_text('mine')
    with pytest.raises(ExportError, match='--force'):
        export_weights(str(path), out)
    assert out.read_text() == 'mine'
    export_weights(str(path), out, force=True)
    assert 'conv.weight' in load(str(out))['state_dict']


def test_what_reads_back_otherwise_never_gets_the_name(
    tmp_path, checkpoint, monkeypatch
):
    path, weights = checkpoint
    wrong = {name: value.clone() for name, value in weights.items()}
    wrong['conv.weight'][0, 0] += 1
    monkeypatch.setattr(
        safetensors_files, 'read', lambda *_: {'state_dict': wrong}
    )
    with pytest.raises(ExportError, match='conv.weight reads back otherwise'):
        export_weights(str(path), tmp_path / 'a.safetensors')
    assert [p.name for p in tmp_path.iterdir()] == ['a.pth']


def test_the_ending_is_checked(tmp_path, checkpoint):
    with pytest.raises(ExportError, match='must end in .safetensors'):
        export_weights(str(checkpoint[0]), tmp_path / 'a.pth')


def header(content):
    return struct.pack('<Q', len(content)) + content


DAMAGED = {
    'empty': b'',
    'page': b'<html>404</html>',
    'header of many GB': struct.pack('<Q', 1 << 40) + b'{}',
    'nested': header(b'{"a":' * 5000 + b'1' + b'}' * 5000),
    'no data': header(
        b'{"a":{"dtype":"F32","shape":[9999999999],'
        b'"data_offsets":[0,39999999996]}}'
    ),
    'metadata': header(b'{"__metadata__":{"segplug":"[1]"}}'),
    'metadata nested': header(
        b'{"__metadata__":{"segplug":"' + b'[' * 9999 + b'"}}'
    ),
}


@pytest.mark.parametrize('content', DAMAGED.values(), ids=DAMAGED)
def test_damaged_files_are_one_sentence(tmp_path, content):
    (tmp_path / 'a.safetensors').write_bytes(content)
    with pytest.raises(CorruptCheckpointError, match='a.safetensors cannot'):
        load(str(tmp_path / 'a.safetensors'))


def test_every_cut_is_noticed(tmp_path, checkpoint):
    out = tmp_path / 'a.safetensors'
    export_weights(str(checkpoint[0]), out)
    whole = out.read_bytes()
    for length in range(0, len(whole), 7):
        out.write_bytes(whole[:length])
        with pytest.raises(CorruptCheckpointError):
            load(str(out))


def test_without_the_library_the_remedy_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(safetensors_files, 'safetensors', None)
    (tmp_path / 'a.safetensors').touch()
    with pytest.raises(
        safetensors_files.MissingSafetensorsError, match='pip install'
    ):
        load(str(tmp_path / 'a.safetensors'))


def test_they_cannot_be_resumed(tmp_path, checkpoint):
    out = tmp_path / 'a.safetensors'
    export_weights(str(checkpoint[0]), out)
    with pytest.raises(ResumeError, match='weights alone'):
        read_meta(out)
