import argparse
import json
import sys
import time

import pytest
import torch

from segplug.benchmarks import lovasz, lovasz_training, metrics
from segplug.benchmarks.timing import ClockError, peak_memory, time_in_turn
from segplug.models import CrossEntropyLovaszLoss, LovaszSoftmaxLoss
from segplug.models.losses.lovasz import blocks, torch_backend


def options(module, *arguments):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args(arguments)


def test_a_run_writes_ratios_errors_and_versions(tmp_path, capsys):
    out = tmp_path / 'lovasz.json'
    shape = '2x3x80x90'
    args = ('--shapes', shape, '--rounds', '2', '--device', 'cpu')
    lovasz.run(options(lovasz, *args, '--out', str(out)))
    report = json.loads(out.read_text())
    assert report['rounds'] == 2
    assert report['machine']['torch'] == torch.__version__
    rows = {row['loss']: row for row in report['results']}
    host, ours = rows[lovasz.HOST], rows[lovasz.OURS]
    assert ours['shape'] == shape and host['of_mmseg'] == 1
    ratio = ours['median_ms'] / host['median_ms']
    assert ours['of_mmseg'] == pytest.approx(ratio)
    assert ours['loss_error'] <= 1e-7 and ours['gradient_error'] <= 1e-3
    assert lovasz.OURS in capsys.readouterr().out


def test_a_package_that_breaks_is_left_out(monkeypatch, tmp_path, capsys):
    package = tmp_path / 'kornia'
    package.mkdir()
    package.joinpath('__init__.py').touch()
    broken = "raise RuntimeError('operator nms does not exist\\nand more')"
    package.joinpath('losses.py').write_text(broken)
    peer = tmp_path / 'segmentation_models_pytorch'
    peer.mkdir()
    source = 'def LovaszLoss(mode):\n    return mode.upper'
    peer.joinpath('losses.py').write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    for name in list(sys.modules):
        if name.partition('.')[0] in lovasz._PEERS:
            monkeypatch.delitem(sys.modules, name)
    losses = lovasz.losses('cpu')
    for name in list(sys.modules):
        if name.partition('.')[0] in lovasz._PEERS:
            monkeypatch.delitem(sys.modules, name)
    assert losses['segmentation_models_pytorch']() == 'MULTICLASS'
    assert 'kornia' not in losses and lovasz.OURS in losses
    said = 'kornia is left out: operator nms does not exist\n'
    assert capsys.readouterr().out == said


@pytest.mark.parametrize('text', ['4x7', '4x7x0x5', '4x7x5x-5', 'axbxcxd'])
def test_wrong_shapes(text, capsys):
    with pytest.raises(SystemExit):
        options(lovasz, '--shapes', text)
    assert f"'{text}' is no shape" in capsys.readouterr().err


@pytest.mark.parametrize('text', ['0', '-1', 'many'])
def test_wrong_rounds(text, capsys):
    with pytest.raises(SystemExit):
        options(lovasz, '--rounds', text)
    assert f"'{text}' is no number of rounds" in capsys.readouterr().err


@pytest.mark.parametrize('module', [lovasz, metrics])
@pytest.mark.parametrize('name', ['cuda:77', 'meta', 'abacus'])
def test_no_such_device(module, name, capsys):
    with pytest.raises(SystemExit):
        options(module, '--device', name)
    said = capsys.readouterr().err
    assert f"no device '{name}' can be used here" in said


def test_peak_memory_counts_what_is_held_at_once():
    def function():
        first = torch.ones(1000)
        del first
        second = torch.ones(2000)
        return torch.cat([second, second]).sum()

    assert peak_memory(function, 'cpu') == pytest.approx(24000, abs=300)


def extra_memory(loss, shape=(2, 19, 256, 512)):
    """Return the loss's peak as a multiple of the probabilities' size."""
    logits, labels = lovasz.make_scene(shape, 'cpu')

    def step():
        torch.autograd.grad(loss(logits, labels), logits)

    step()
    return peak_memory(step, 'cpu') / (4 * logits.numel())


@pytest.mark.parametrize('backend', ['auto', 'torch'])
def test_the_loss_holds_twice_the_probabilities(backend):
    assert extra_memory(LovaszSoftmaxLoss(backend=backend)) <= 2.001


@pytest.mark.parametrize('shape', [(4, 7, 512, 512), (2, 19, 256, 512)])
def test_the_loss_does_so_with_the_blocks_of_a_gpu(shape, monkeypatch):
    def size(values):
        return blocks._gpu_block(values.numel())

    monkeypatch.setattr(blocks, 'block_size', size)
    monkeypatch.setattr(torch_backend, 'block_size', size)
    loss = LovaszSoftmaxLoss(backend='torch')
    assert extra_memory(loss, shape) <= 2.001


def test_with_cross_entropy_it_holds_not_much_more():
    assert extra_memory(CrossEntropyLovaszLoss()) <= 2.06


def test_functions_are_timed_in_turn():
    calls = []
    functions = {name: lambda name=name: calls.append(name) for name in 'ab'}
    times = time_in_turn(functions, 9, 'cpu')
    calls = ''.join(calls)
    assert calls.startswith('aabb')
    rounds = [calls[i : i + 2] for i in range(4, len(calls), 2)]
    assert len(rounds) == 9 and set(rounds) == {'ab', 'ba'}
    assert len(times['a']) == len(times['b']) == 9


def test_the_processor_does_not_see_a_gpu():
    with pytest.raises(ClockError, match="'cuda:1': use 'wall'"):
        time_in_turn({}, 3, 'cuda:1', 'processor')


def test_processor_time_leaves_out_waiting():
    functions = {
        'wait': lambda: time.sleep(0.05),
        'work': lambda: torch.rand(300, 300).sort(),
    }
    times = time_in_turn(functions, 3, 'cpu', 'processor')
    assert min(times['wait']) < 0.05 and min(times['work']) > 0


def test_curves_are_set_side_by_side():
    exact = torch.tensor([[[1.0, 0.5]], [[3.0, 0.7]]])
    binned = exact + torch.tensor([0.3, -0.1])
    loss, iou = lovasz_training.compare([8], exact, binned)
    assert loss['between seeds'] == pytest.approx(1)
    assert loss['between methods'] == pytest.approx(0.3)
    assert iou['exact'] == pytest.approx(0.6)
    assert iou['between methods'] == pytest.approx(0.1)


def test_training_with_either_method(tmp_path):
    out = tmp_path / 'training.json'
    args = ('--seeds', '2', '--steps', '4', '--looks', '2', '--size', '48')
    rows = lovasz_training.run(
        options(lovasz_training, *args, '--out', str(out))
    )
    assert [row['steps'] for row in rows] == [2, 4, 2, 4]
    for row in rows:
        assert row['between methods'] <= 1e-3 * row['between seeds'] + 1e-4
    curves = json.loads(out.read_text())['curves']
    assert torch.tensor(curves['binned']).shape == (2, 2, 2)
