import zipfile

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmengine.logging import HistoryBuffer, MessageHub

from segplug.compat.safe_load import (
    TRUST_VARIABLE,
    CorruptCheckpointError,
    UnsafeCheckpointError,
    safe_load,
)
from tests.compat.hostile import KINDS, Touch, save


@pytest.mark.stack
def test_reads_what_mmengine_writes(tmp_path):
    hub = MessageHub('hub')
    for value in (3.0, 1.0):
        hub.update_scalar('train/loss', value)
    hub.update_info('best_score', np.float64(12.5))
    state = {
        'state_dict': {'weight': torch.arange(6.0).reshape(2, 3)},
        'message_hub': hub.state_dict(),
        'meta': {'iter': 7, 'palette': np.eye(2, dtype=np.uint8)},
        'optimizer': {'state': {}, 'param_groups': [{'lr': 0.1}]},
    }
    torch.save(state, tmp_path / 'a.pth')

    loaded = safe_load(str(tmp_path / 'a.pth'))

    assert torch.equal(
        loaded['state_dict']['weight'], state['state_dict']['weight']
    )
    loss = loaded['message_hub']['log_scalars']['train/loss']
    assert isinstance(loss, HistoryBuffer)
    assert loss.data[0].tolist() == [3.0, 1.0]
    assert loss.statistics('min') == 1.0
    assert loaded['message_hub']['runtime_info']['best_score'] == 12.5
    assert loaded['meta']['palette'].tolist() == [[1, 0], [0, 1]]


@pytest.mark.stack
@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('kind', KINDS)
def test_refuses_code(tmp_path, kind, zipped):
    file, mark = tmp_path / 'bad.pth', tmp_path / 'mark'
    save(kind, file, mark, zipped)
    errors = (UnsafeCheckpointError, CorruptCheckpointError)
    with pytest.raises(errors, match='bad.pth'):
        safe_load(str(file))
    assert not mark.exists()


@pytest.mark.stack
@pytest.mark.parametrize('kind', KINDS)
def test_a_pickle_in_a_plain_zip_is_not_run(tmp_path, kind):
    file, mark = tmp_path / 'bad.zip', tmp_path / 'mark'
    save(kind, tmp_path / 'data.pkl', mark, zipped=False)
    with zipfile.ZipFile(file, 'w') as archive:
        archive.write(tmp_path / 'data.pkl', 'data.pkl')
        archive.write(tmp_path / 'data.pkl', 'bad/data.pkl')
    errors = (UnsafeCheckpointError, CorruptCheckpointError)
    with pytest.raises(errors, match='bad.zip'):
        safe_load(str(file))
    assert not mark.exists()


def test_refusal_names_the_flag_and_the_flag_works(tmp_path, monkeypatch):
    file, mark = tmp_path / 'bad.pth', tmp_path / 'mark'
    save(Touch, file, mark)
    with pytest.raises(UnsafeCheckpointError, match='--trust-checkpoint'):
        safe_load(str(file))
    monkeypatch.setenv(TRUST_VARIABLE, '1')
    safe_load(str(file))
    assert mark.exists()


def test_allowing_is_confined_to_the_call(tmp_path):
    before = set(torch.serialization.get_safe_globals())
    torch.save({'a': torch.ones(1)}, tmp_path / 'a.pth')
    safe_load(str(tmp_path / 'a.pth'))
    assert set(torch.serialization.get_safe_globals()) == before


@pytest.fixture(scope='module')
def content(tmp_path_factory):
    file = tmp_path_factory.mktemp('good') / 'good.pth'
    buffer = HistoryBuffer([1.0], [1])
    torch.save({'a': torch.ones(50), 'b': buffer}, file)
    return file.read_bytes()


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 0.999))
def test_a_cut_file_is_named(content, tmp_path, cut):
    file = tmp_path / 'cut.pth'
    file.write_bytes(content[: int(len(content) * cut)])
    with pytest.raises(CorruptCheckpointError, match='cut.pth'):
        safe_load(str(file))


def test_text_that_mmengine_would_run_is_disarmed(tmp_path):
    code = f'open({str(tmp_path / "mark")!r}, "w")'
    meta = {'config': code, 'cfg': code}
    hub = {'runtime_info': {'cfg': code, 'iter': 3}}
    torch.save({'meta': meta, 'message_hub': hub}, tmp_path / 'a.pth')
    loaded = safe_load(str(tmp_path / 'a.pth'))
    assert loaded['meta'] == {'config_text': code}
    assert loaded['message_hub']['runtime_info'] == {'iter': 3}


def test_a_bare_state_dict_loads(tmp_path):
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / 'a.pth')
    assert set(safe_load(str(tmp_path / 'a.pth'))) == {'weight', 'bias'}


@pytest.mark.stack
@pytest.mark.parametrize(
    'dtype',
    [np.dtype('O'), np.dtype([('a', 'f8')]), np.dtype('V8'), np.dtype('M8')],
)
def test_arrays_of_anything_but_numbers_are_refused(tmp_path, dtype):
    """NumPy trusts the state of such types, which can corrupt memory."""
    torch.save({'a': np.zeros(2, dtype)}, tmp_path / 'a.pth')
    with pytest.raises(UnsafeCheckpointError, match='a.pth'):
        safe_load(str(tmp_path / 'a.pth'))


class Forged:
    """A number type with the state of a structure with a wild offset."""

    def __reduce__(self):
        fields = {'a': (np.dtype('f8'), 1 << 40)}
        state = (3, '|', None, ('a',), fields, 8, 1, 27)
        return np.dtype, ('f8', False, True), state


def test_a_forged_number_type_is_refused(tmp_path):
    torch.save({'a': Forged()}, tmp_path / 'a.pth')
    with pytest.raises(UnsafeCheckpointError, match='a.pth'):
        safe_load(str(tmp_path / 'a.pth'))


@pytest.mark.parametrize('code', ['<f4', '>i2', '?', 'u1', '<c16'])
@pytest.mark.parametrize('order', ['C', 'F'])
def test_arrays_of_numbers_survive(tmp_path, code, order):
    array = np.asarray(np.arange(6).reshape(2, 3) % 2, code, order=order)
    torch.save({'a': [array, (array[0, 1],)]}, tmp_path / 'a.pth')
    loaded, (scalar,) = safe_load(str(tmp_path / 'a.pth'))['a']
    assert loaded.dtype == array.dtype and (loaded == array).all()
    assert scalar == array[0, 1]


def test_files_that_a_resume_would_delete_are_forgotten(tmp_path):
    info = {'best_ckpt': '/home/me/thesis.tex', 'best_score': 1.0}
    torch.save({'message_hub': {'runtime_info': info}}, tmp_path / 'a.pth')
    hub = safe_load(str(tmp_path / 'a.pth'))['message_hub']
    assert hub['runtime_info'] == {'best_score': 1.0}


@settings(max_examples=60)
@given(place=st.floats(0, 0.999), value=st.integers(1, 255))
def test_damaged_bytes_end_in_our_errors(
    content, tmp_path_factory, place, value
):
    file = tmp_path_factory.mktemp('flip') / 'flip.pth'
    damaged = bytearray(content)
    damaged[int(len(damaged) * place)] ^= value
    file.write_bytes(damaged)
    try:
        safe_load(str(file))
    except (CorruptCheckpointError, UnsafeCheckpointError) as error:
        assert 'flip.pth' in str(error)
