"""Backbones of MMPretrain, and backbones pretrained with it."""

import subprocess
import sys

import pytest
import torch
from mmengine.config import Config
from mmseg.registry import MODELS

from segplug.engine import launch
from segplug.engine.runner import SegRunner
from tests.mmpretrain_stack import needs_mmpretrain
from tests.tools.runs import CONFIGS, environment
from tests.tools.shrunk import shrink, write_data, write_folders


def narrow(cfg):
    """Reduce ResNet-50 to a sixteenth of its width."""
    cfg.model.backbone.update(stem_channels=4, base_channels=4)
    cfg.model.backbone.norm_cfg = dict(type='BN', requires_grad=True)


def train(name, folder, change):
    cfg = Config.fromfile(CONFIGS / f'{name}.py')
    shrink(cfg, folder / 'data', folder / 'folders')
    narrow(cfg)
    change(cfg)
    cfg.work_dir, cfg.experiment_name = str(folder / name), name
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    return runner


@needs_mmpretrain
def test_a_pretrained_backbone_is_what_the_segmentor_starts_from(
    tmp_path, monkeypatch
):
    """Pretrain, then start a segmentor with --pretrained: all weights."""
    monkeypatch.chdir(tmp_path)
    write_data(tmp_path / 'data')
    write_folders(tmp_path / 'folders')

    def keep(cfg):
        cfg.model.head.in_channels = 128
        cfg.default_hooks.checkpoint.update(save_last=True, interval=2)

    def start(cfg):
        launch.set_pretrained(cfg, 'pretrain_r50/iter_2.pth')
        cfg.model.decode_head.update(in_channels=128, c1_in_channels=16)
        cfg.model.auxiliary_head.in_channels = 64
        cfg.optim_wrapper.optimizer.lr, cfg.param_scheduler = 0.0, []

    train('pretrain_r50', tmp_path, keep)
    saved = torch.load('pretrain_r50/iter_2.pth', weights_only=False)
    segmentor = train('dlv3p_r50_pascalpart', tmp_path, start).model
    weights = dict(segmentor.named_parameters())
    names = [n for n in saved['state_dict'] if n.startswith('backbone.')]
    ours = [name for name in names if name in weights]
    assert {n for n in weights if 'backbone' in n} == set(ours)
    for name in ours:
        assert torch.equal(saved['state_dict'][name], weights[name])


@needs_mmpretrain
def test_the_same_network_as_mmpretrains():
    """The classifier's backbone differs from MMPretrain's in names only."""
    options = dict(depth=50, stem_channels=8, base_channels=4)
    ours = MODELS.build(dict(type='ResNetV1c', **options)).eval()
    theirs = MODELS.build(dict(type='mmpretrain.ResNetV1c', **options)).eval()
    pairs = zip(ours.state_dict().values(), theirs.state_dict().values())
    for one, other in pairs:
        assert one.shape == other.shape
        other.copy_(one)
    x = torch.rand(1, 3, 33, 47)
    assert torch.equal(ours(x)[-1], theirs(x)[-1])


def test_without_mmpretrain_one_sentence_says_what_to_install(tmp_path):
    (tmp_path / 'mmpretrain.py').write_text('raise ImportError("gone")')
    script = (
        'import sys; sys.path.insert(0, sys.argv.pop(1)); '
        'import runpy; runpy.run_path(sys.argv.pop(1), run_name="__main__")'
    )
    train_py = CONFIGS.parent / 'tools' / 'train.py'
    sys_argv = [str(tmp_path), train_py, CONFIGS / 'pretrain_r50.py']
    # sys.argv[0] of a script given with -c is "-c".
    done = subprocess.run(
        [sys.executable, '-c', script, *map(str, sys_argv)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "pip install 'segplug[mmpretrain]'" in done.stderr
    assert 'Traceback' not in done.stderr


@needs_mmpretrain
@pytest.mark.parametrize('size', [(70, 53), (64, 64)])
def test_convnext_features_fit_the_heads(size):
    cfg = Config.fromfile(CONFIGS / 'dlv3p_convnext-tiny_pascalpart.py')
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model).eval()
    features = model.extract_feat(torch.rand(1, 3, *size))
    shapes = [f.shape[1] for f in features]
    assert shapes == [96, 192, 384, 768]
    assert model.decode_head(features).shape[2:] == features[0].shape[2:]
