"""What is examined of a config, on faked facts."""

import copy
import os
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from torch import nn

from segplug.doctor import data, network, storage, weights
from segplug.engine.run_lock import RunLock
from tests.engine import toy

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = tuple('abcdefg')


@pytest.fixture(scope='module')
def main_config():
    return Config.fromfile(CONFIGS / 'dlv3p_r50_lovasz_pascalpart.py')


@pytest.fixture(scope='module')
def main_model(main_config):
    before = copy.deepcopy(main_config.model)
    model, finding = network.build(main_config)
    assert finding.level == 'ok' and '43.6 M' in finding.text
    assert main_config.model == before
    return model


def test_a_wrong_model_is_explained():
    model, finding = network.build(
        Config(dict(model=dict(type='Nothing', backbone=dict(type='x'))))
    )
    assert model is None and finding.level == 'problem'
    assert '"Nothing"' in finding.text


def test_classes(main_model):
    (item,) = network.examine_classes(main_model, NAMES, 'Data')
    assert item.level == 'ok'
    wrong = list(network.examine_classes(main_model, NAMES[:5], 'Data'))
    assert [item.level for item in wrong] == ['problem'] * 2
    assert 'model.decode_head.num_classes=5' in wrong[0].remedy
    assert 'auxiliary_head' in wrong[1].remedy


@pytest.mark.parametrize(
    ('batch', 'level'), [(1, 'note'), (2, 'note'), (4, 'ok')]
)
def test_batch_norm(main_model, batch, level):
    cfg = dict(train_dataloader=dict(batch_size=batch))
    (item,) = network.examine_batch_norm(main_model, cfg)
    assert item.level == level


def test_batch_norm_behind_a_pooling():
    """What PyTorch refuses, and what it does not, is what is said."""
    head = MODELS.build(
        dict(
            type='ASPPHead',
            in_channels=4,
            in_index=0,
            channels=4,
            num_classes=2,
            norm_cfg=dict(type='BN'),
        )
    ).train()
    model = nn.ModuleDict({'decode_head': head})
    for batch, level in ((1, 'problem'), (2, 'note')):
        cfg = dict(train_dataloader=dict(batch_size=batch))
        (item,) = network.examine_batch_norm(model, cfg)
        assert item.level == level
        images = [torch.rand(batch, 4, 8, 8)]
        if level == 'problem':
            assert 'model.decode_head' in item.text
            with pytest.raises(ValueError, match='more than 1 value'):
                head(images)
        else:
            head(images)


def test_no_batch_norm_is_not_judged():
    cfg = dict(train_dataloader=dict(batch_size=1))
    assert not list(network.examine_batch_norm(nn.Conv2d(1, 1, 1), cfg))


def test_data(toy_data, tmp_path):
    cfg = toy.config(toy_data, tmp_path)
    found = list(data.examine(cfg))
    assert [item.level for item in found] == ['ok', 'note', 'ok', 'note']
    assert '10 images' in found[0].text and 'manifest' in found[1].text
    assert data.classes_of(cfg) == ('ToyDataset', ('a', 'b', 'c'))


def test_data_that_are_absent(main_config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (item,) = data.examine(main_config)
    assert item.level == 'problem'
    assert 'tools/prepare_data.py' in item.text
    assert 'tools/make_synthetic.py' in item.text
    name, classes = data.classes_of(main_config)
    assert name == 'PascalPersonPartDataset' and len(classes) == 7


def test_data_of_other_classes(tiny_data, main_config):
    cfg = copy.deepcopy(main_config)
    for split in ('train', 'val', 'test'):
        cfg[f'{split}_dataloader'].dataset.data_root = str(tiny_data)
    (item,) = data.examine(cfg)
    assert item.level == 'problem' and 'prepared with 3' in item.text


def test_a_wrong_setting_of_a_dataset(main_config):
    cfg = copy.deepcopy(main_config)
    cfg.train_dataloader.dataset.colour = 1
    item, *_ = data.examine(cfg)
    assert item.level == 'problem' and 'colour' in item.text


def test_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path))
    here = tmp_path / 'checkpoints' / 'net.pth'
    cfg = dict(
        load_from=str(tmp_path / 'absent.pth'),
        model=dict(
            pretrained='https://example.org/a/net.pth',
            heads=[
                dict(init_cfg=dict(type='Pretrained', checkpoint=str(here)))
            ],
        ),
    )
    assert weights.sources(cfg) == {
        'model.pretrained': 'https://example.org/a/net.pth',
        'model.heads.0.init_cfg.checkpoint': str(here),
        'load_from': str(tmp_path / 'absent.pth'),
    }
    levels = [item.level for item in weights.examine(cfg)]
    assert levels == ['note', 'problem', 'problem']
    note, *_ = weights.examine(cfg)
    assert str(here) in note.remedy and 'https://' in note.remedy
    assert not weights.is_at_hand('https://example.org/a/net.pth')
    here.parent.mkdir()
    here.touch()
    levels = [item.level for item in weights.examine(cfg)]
    assert levels == ['ok', 'ok', 'problem']


def test_weights_that_no_zoo_has():
    cfg = dict(model=dict(pretrained='open-mmlab://resnet34_v1c'))
    (item,) = weights.examine(cfg)
    assert item.level == 'problem' and 'Similar names' in item.text
    (item,) = weights.examine(dict(model=dict(pretrained=None)))
    assert item.level == 'ok'


@pytest.mark.parametrize('optimizer', ['SGD', 'Adam', 'RMSprop'])
@pytest.mark.parametrize('kept', [1, 2])
def test_room_against_real_files(
    toy_data, tmp_path, quick_start, optimizer, kept
):
    """Files hold the weights and states that are counted, and little more."""
    cfg = toy.config(toy_data, tmp_path / 'run', iters=6)
    cfg.optim_wrapper.optimizer = dict(type=optimizer, lr=0.01)
    cfg.default_hooks.checkpoint.max_keep_ckpts = kept
    cfg.model = dict(type='ToySegmentor')
    model = MODELS.build(cfg.model)
    wanted = storage.checkpoint_bytes(cfg, model)
    runner = toy.train(cfg)
    held = 0
    for path in (tmp_path / 'run').glob('*.pth'):
        content = torch.load(path, weights_only=False)
        tensors = [*content['state_dict'].values()]
        for state in content.get('optimizer', {}).get('state', {}).values():
            tensors += [v for v in state.values() if torch.is_tensor(v)]
        held += 4 * sum(t.numel() for t in tensors if t.dim())
    full = storage.checkpoint_bytes(
        Config(dict(cfg.to_dict(), default_hooks=dict(checkpoint={}))), model
    ) / (runner.iter + 1)
    # All but the one under way; counters, which have no dimension, apart.
    assert held == pytest.approx(wanted - full, rel=0.05)


def test_room():
    gib = 2**30
    assert storage.room(gib, 2 * gib, Path('x')).level == 'ok'
    item = storage.room(2 * gib, gib, Path('x'))
    assert item.level == 'problem' and 'max_keep_ckpts' in item.remedy


def test_work_folder(toy_data, tmp_path):
    def first(folder):
        cfg = toy.config(toy_data, folder)
        return next(iter(storage.examine(cfg, None)))

    assert first(tmp_path / 'new' / 'run').level == 'ok'
    (tmp_path / 'file').touch()
    assert 'is a file' in first(tmp_path / 'file' / 'run').text
    (tmp_path / 'iter_2.pth').touch()
    assert '--resume' in first(tmp_path).remedy
    if os.getuid():
        (tmp_path / 'closed').mkdir(mode=0o500)
        assert 'cannot be written' in first(tmp_path / 'closed').text


def test_work_folder_in_use(tmp_path, monkeypatch):
    """A lock is seen from other processes only: the answer is faked."""
    with RunLock(tmp_path) as lock:
        lock.acquire()
        monkeypatch.setattr(storage, 'is_locked', lambda folder: True)
        item = storage._access(tmp_path)
    assert item.level == 'problem' and 'in use' in item.text


def test_room_for_the_best_weights_of_a_named_hook(toy_data, tmp_path):
    cfg = toy.config(toy_data, tmp_path / 'run')
    model = MODELS.build(dict(type='ToySegmentor'))
    before = storage.checkpoint_bytes(cfg, model)
    cfg.default_hooks.stop = dict(type='RestoringEarlyStoppingHook')
    cfg.default_hooks.none = None
    values = sum(value.numel() for value in model.state_dict().values())
    assert storage.checkpoint_bytes(cfg, model) - before == 4 * values
