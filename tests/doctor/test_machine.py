import pytest

from segplug.doctor.machine import (
    Machine,
    cores,
    examine,
    gather,
    has_nvidia,
)

GIB = 2**30


def config(workers=4, batch=4):
    crop = dict(type='RandomCrop', crop_size=(512, 512))
    loader = dict(batch_size=batch, num_workers=workers)
    return dict(train_dataloader={**loader, 'dataset': dict(pipeline=[crop])})


def levels(machine, cfg=None):
    found = {item.topic: item for item in examine(machine, cfg)}
    return {k: v.level for k, v in found.items()}, found


def test_gpus():
    level, found = levels(Machine(8, (('H', 80 * GIB),), '12.8', GIB))
    assert level['GPU'] == 'ok' and 'H (80 GiB)' in found['GPU'].text
    unseen = Machine(8, (), '12.8', GIB, has_nvidia=True)
    level, found = levels(unseen)
    assert level['GPU'] == 'problem' and 'driver' in found['GPU'].remedy
    level, _ = levels(Machine(8, (), '12.8', GIB))
    assert level['GPU'] == 'note'
    level, _ = levels(Machine(8, (), None, GIB))
    assert level['GPU'] == 'note'


@pytest.mark.parametrize(
    ('vendor', 'kind', 'expected'),
    [
        ('0x10de', '0x030200', True),  # a 3D controller
        ('0x10de', '0x040300', False),  # its sound
        ('0x8086', '0x030000', False),
    ],
)
def test_gpus_on_the_bus(tmp_path, vendor, kind, expected):
    device = tmp_path / '0000:00:01.0'
    device.mkdir()
    (tmp_path / 'empty').mkdir()
    (device / 'vendor').write_text(f'{vendor}\n')
    (device / 'class').write_text(f'{kind}\n')
    assert has_nvidia(tmp_path) is expected
    assert not has_nvidia(tmp_path / 'gone')


@pytest.mark.parametrize(
    ('free', 'cfg', 'level'),
    [
        (None, None, 'ok'),
        (64 * 2**20, None, 'note'),
        (8 * GIB, None, 'ok'),
        (64 * 2**20, config(), 'problem'),  # needs 88 MiB
        (89 * 2**20, config(), 'ok'),
    ],
)
def test_shared_memory(free, cfg, level):
    levels_, found = levels(Machine(8, (), None, free), cfg)
    assert levels_['shared memory'] == level
    if level == 'problem':
        assert '--shm-size' in found['shared memory'].text


def test_workers():
    level, found = levels(Machine(2, (), None, GIB), config(workers=4))
    assert level['workers'] == 'note'
    assert 'num_workers=2' in found['workers'].remedy
    level, _ = levels(Machine(4, (), None, GIB), config(workers=4))
    assert level['workers'] == 'ok'


def test_this_machine():
    machine = gather()
    assert machine.cores == cores() >= 1
