import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segplug.evaluation import PerImageTable, Report
from segplug.evaluation.analysis import (
    AnalysisError,
    analyse,
    image_scores,
    load_example,
    ranking,
)

from . import scenes

TOOLS = Path(__file__).parents[2] / 'tools'
NUMBER = 5


def run(tool, *arguments):
    """Run a command-line tool in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, 'argv', [tool, *map(str, arguments)])
        runpy.run_path(str(TOOLS / tool), run_name='__main__')


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """Evaluate five images, the later the worse, with tools/evaluate.py."""
    root = tmp_path_factory.mktemp('run')
    for kind in ('pred', 'label', 'image'):
        (root / kind).mkdir()
    for i in range(NUMBER):
        pred, label = scenes.pair(i, (40, 50), 7, wrong=0.2 * i)
        Image.fromarray(pred).save(root / 'pred' / f'{i}.png')
        Image.fromarray(label).save(root / 'label' / f'{i}.png')
        Image.new('RGB', (50, 40)).save(root / 'image' / f'{i}.jpg')
    arguments = ['--dataset', 'pascal_person_part', '--borders']
    arguments += ['--images', root / 'image', '--out', root / 'scores']
    run('evaluate.py', root / 'pred', root / 'label', *arguments)
    return root


@pytest.fixture
def root(made, tmp_path):
    """Return a copy that a test may spoil."""
    return Path(shutil.copytree(made / 'scores', tmp_path / 'scores'))


def test_images_are_ranked_by_their_own_mean_iou(made):
    table = PerImageTable.load(made / 'scores' / 'per_image.npz')
    scores = image_scores(table)
    for i in range(NUMBER):
        pred, label = scenes.pair(i, (40, 50), 7, wrong=0.2 * i)
        matrix = scenes.confusion(pred, label, 7)
        union = matrix.sum(0) + matrix.sum(1) - np.diag(matrix)
        iou = np.diag(matrix)[union > 0] / union[union > 0]
        assert scores[i] == pytest.approx(iou.mean() * 100)
    assert ranking(table).tolist() == [4, 3, 2, 1, 0]


def test_the_tool_draws_everything(made, capsys):
    run('analyze.py', made / 'scores', '--examples', 2)
    drawn = capsys.readouterr().out.split()
    names = {Path(path).name for path in drawn}
    assert names == {
        'confusion.png',
        'iou.png',
        'precision_recall.png',
        'worst.png',
        'best.png',
    }
    for path in drawn:
        with Image.open(path) as image:
            image.load()
            assert min(image.size) > 100


def test_draws_what_it_can_without_masks(root, tmp_path):
    made = analyse(root, tmp_path / 'out', masks=tmp_path / 'none')
    assert [path.stem for path in made] == [
        'confusion',
        'iou',
        'precision_recall',
    ]


def test_finds_masks_that_were_moved(made, root, tmp_path):
    shutil.copytree(made / 'pred', tmp_path / 'moved')
    drawn = analyse(root, tmp_path / 'out', masks=tmp_path / 'moved')
    assert (tmp_path / 'out' / 'worst.png') in drawn


def test_notices_masks_that_have_changed(made, root, tmp_path):
    shutil.copytree(made / 'pred', tmp_path / 'moved')
    for path in (tmp_path / 'moved').iterdir():
        Image.new('L', (50, 40), 3).save(path)
    with pytest.raises(AnalysisError, match='has changed'):
        analyse(root, tmp_path / 'out', masks=tmp_path / 'moved')


def test_equal_names_in_subfolders_are_told_apart(tmp_path):
    for i, city in enumerate(('ulm', 'bonn')):
        pred, label = scenes.pair(i, (40, 50), 7, wrong=0.5 - 0.5 * i)
        for kind in ('pred', 'label', 'image'):
            (tmp_path / kind / city).mkdir(parents=True)
        Image.fromarray(pred).save(tmp_path / 'pred' / city / '1.png')
        Image.fromarray(label).save(tmp_path / 'label' / city / '1.png')
        image = Image.new('RGB', (50, 40), (9, 9, 200 * i))
        image.save(tmp_path / 'image' / city / '1.jpg')
    arguments = ['--dataset', 'pascal_person_part', '--out', tmp_path / 'out']
    arguments += ['--images', tmp_path / 'image']
    run('evaluate.py', tmp_path / 'pred', tmp_path / 'label', *arguments)
    shutil.move(tmp_path / 'pred', tmp_path / 'moved')
    table = PerImageTable.load(tmp_path / 'out' / 'per_image.npz')
    found = [
        load_example(table, i, tmp_path / 'moved') for i in ranking(table)
    ]
    assert [example.name for example in found] == ['ulm/1', 'bonn/1']
    assert [int(e.image[0, 0, 2]) > 100 for e in found] == [False, True]
    np.testing.assert_array_equal(
        found[1].label, scenes.pair(1, (40, 50), 7, wrong=0)[1]
    )


def test_a_split_is_scored_alone(made, tmp_path):
    (tmp_path / 'val.txt').write_text('1\n3\n')
    arguments = ['--dataset', 'pascal_person_part', '--out', tmp_path]
    arguments += ['--split', tmp_path / 'val.txt']
    run('evaluate.py', made / 'pred', made / 'label', *arguments)
    table = PerImageTable.load(tmp_path / 'per_image.npz')
    assert [Path(name).name for name in table.labels] == ['1.png', '3.png']
    content = Report.load(tmp_path).content
    assert content['dataset']['ann_file'] == str(tmp_path / 'val.txt')


def test_the_tool_tells_why_no_image_is_shown(root, tmp_path, capsys):
    run('analyze.py', root, '--masks', tmp_path / 'none')
    assert 'tools/test.py --out' in capsys.readouterr().err
    run('analyze.py', root, '--masks', tmp_path / 'none', '--examples', 0)
    assert capsys.readouterr().err == ''
    with pytest.raises(SystemExit):
        run('analyze.py', root, '--examples', -1)
    assert 'must not be negative' in capsys.readouterr().err


def test_the_tools_end_in_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match='error: .*holds no metrics'):
        run('analyze.py', tmp_path)
    with pytest.raises(SystemExit, match='error: There is no data set "x"'):
        run('evaluate.py', tmp_path, tmp_path, '--dataset', 'x')
