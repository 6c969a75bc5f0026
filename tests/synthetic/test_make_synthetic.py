import importlib.util
from pathlib import Path

import pytest

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
