import importlib.util
import os
import signal
import sys
from pathlib import Path

import pytest

from segplug.synthetic.bdd100k import BDD100K
from segplug.synthetic.camvid import CamVid
from segplug.synthetic.cityscapes import Cityscapes
from segplug.synthetic.pascal_part import PascalPart
from segplug.synthetic.voc12 import VOC12

KINDS = (BDD100K, CamVid, Cityscapes, PascalPart, VOC12)
GENERATORS = {kind.name: kind for kind in KINDS}
TOOL = Path(__file__).parents[2] / 'tools' / 'make_synthetic.py'


@pytest.fixture(scope='module')
def main():
    spec = importlib.util.spec_from_file_location('make_synthetic', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def refused(main, capsys, *arguments):
    try:
        status = main([str(a) for a in arguments])
    except SystemExit as stop:
        status = stop.code
    message = capsys.readouterr().err
    assert status == 2
    assert message.count('\n') == 1
    return message


def test_it_writes_the_layout(main, tmp_path, capsys):
    out = tmp_path / 'out'
    arguments = ['pascal_part', '--out', str(out), '--train', '2', '--val',
                 '1', '--size', '40x56', '--workers', '1']  # fmt: skip
    assert main(arguments) == 0
    assert '3 of 3 images' in capsys.readouterr().out
    assert len(list(out.glob('JPEGImages/*.jpg'))) == 3
    assert main(arguments) == 0
    assert '0 of 3 images' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('dataset', 'images'),
    [('cityscapes', 2), ('bdd100k', 2), ('camvid', 3), ('voc12', 2)],
)
def test_every_dataset_can_be_asked_for(
    main, tmp_path, capsys, dataset, images
):
    out = tmp_path / 'out'
    arguments = [dataset, '--out', str(out), '--train', '1', '--val', '1',
                 '--size', '40x56', '--workers', '1', '--difficulty',
                 'easy']  # fmt: skip
    if dataset == 'camvid':
        arguments += ['--test', '1']
    assert main(arguments) == 0
    assert f'{images} of {images} images' in capsys.readouterr().out


def test_the_help_tells_what_comes_without_options(main, capsys):
    with pytest.raises(SystemExit):
        main(['--help'])
    shown = capsys.readouterr().out.split('without options:')[1]
    rows = {
        row[0]: row[1:] for row in map(str.split, shown.splitlines()) if row
    }
    assert rows.pop('data') == ['set', 'train', 'val', 'test', 'size']
    assert set(rows) == set(GENERATORS)
    for name, (*counts, size) in rows.items():
        usual = GENERATORS[name].counts
        wanted = [usual.get(split) for split in ('train', 'val', 'test')]
        assert counts == ['-' if n is None else str(n) for n in wanted]
        assert size == '{}x{}'.format(*GENERATORS[name].size)


@pytest.mark.parametrize(
    'arguments',
    [
        ('--test', '2'),
        ('--size', '40'),
        ('--size', '-40x56'),
        ('--size', '16x16'),
        ('--size', 'axb'),
        ('--train', '-1'),
        ('--train', 'many'),
        ('--train', '0', '--val', '0'),
        ('--seed', '-1'),
        ('--workers', '0'),
    ],
)
def test_bad_values_are_refused_in_one_sentence(
    main, tmp_path, capsys, arguments
):
    out = tmp_path / 'out'
    refused(main, capsys, 'pascal_part', '--out', out, *arguments)
    assert not out.exists()


def test_an_unknown_dataset_is_refused(main, tmp_path, capsys):
    assert 'pascal_part' in refused(main, capsys, 'mnist', '--out', tmp_path)


def test_a_foreign_folder_is_refused(main, tmp_path, capsys):
    (tmp_path / 'note').write_text('mine')
    message = refused(main, capsys, 'pascal_part', '--out', tmp_path)
    assert 'not empty' in message
    assert [p.name for p in tmp_path.iterdir()] == ['note']


@pytest.mark.skipif(sys.platform != 'linux', reason='needs forked workers')
def test_a_dead_worker_is_an_error_that_says_so(
    main, tmp_path, capsys, monkeypatch
):
    write = PascalPart.write_sample

    def die(self, folder, options, split, index):
        if (split, index) == ('train', 3):
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, folder, options, split, index)

    out = tmp_path / 'out'
    arguments = ['pascal_part', '--out', str(out), '--train', '5', '--val',
                 '0', '--size', '40x56', '--workers', '2']  # fmt: skip
    monkeypatch.setattr(PascalPart, 'write_sample', die)
    message = refused(main, capsys, *arguments)
    assert 'worker process died' in message and '--workers' in message
    monkeypatch.undo()
    # The other worker may have been ended between an image and its label.
    images = {path.stem for path in out.glob('JPEGImages/*.jpg')}
    kept = len(images & {path.stem for path in out.rglob('*.mat')})
    assert kept < 5
    assert main(arguments) == 0
    assert f'{5 - kept} of 5 images' in capsys.readouterr().out
