import numpy as np
import scipy.io

from segplug.prepare import cli, sources

from .official import (
    TRAIN,
    VAL,
    random_mask,
    tree,
    write_image,
    write_list,
    write_mat,
    write_part,
    write_png,
)
from .results import fails, manifest, problems
from .test_pascal_part import (
    RNG,
    add,
    arguments,
    pack_tar,
    person_part,
)


def spoil(small):
    """Make every image of the list bad in another way."""
    parts = [('head', random_mask(RNG))]
    person = [('person', random_mask(RNG), parts)]
    for i in range(8):
        add(small, f'bad_{i}', person)
    scipy.io.savemat(small.mat('bad_0'), {'LabelMap': np.zeros((3, 3))})
    strange = [('person', random_mask(RNG), [('tail', random_mask(RNG))])]
    write_mat(small.mat('bad_1'), strange)
    write_image(small.image('bad_2'), (13, 16))
    small.image('bad_3').write_bytes(small.image('bad_3').read_bytes()[:300])
    small.mat('bad_4').write_bytes(small.mat('bad_4').read_bytes()[:300])
    small.mat('bad_5').write_text('<html>not found</html>')
    small.mat('bad_6').unlink()
    small.image('bad_7').unlink()
    return [
        (small.mat('bad_0'), 'PASCAL-Context'),
        (small.mat('bad_1'), "object 1 (person), part 1: unknown part 'tail'"),
        (small.mat('bad_2'), 'the label has 16×12 px, the image'),
        (small.image('bad_3'), 'cannot be read as a JPEG image'),
        (small.mat('bad_4'), 'cannot be read as a MATLAB file'),
        (small.mat('bad_5'), 'cannot be read as a MATLAB file'),
        (small.mat('bad_6'), 'there is no'),
        (small.image('bad_7'), 'there is no'),
    ]


def test_bad_items_are_named_and_the_rest_is_prepared(small, capsys):
    expected = spoil(small)
    lines = [
        *TRAIN,
        *(f'bad_{i}' for i in range(8)),
        '../x',
        'a b',
        'c/d',
        '.',
    ]
    write_list(small.raw / 'train_id.txt', lines)
    path = small.raw / 'train_id.txt'
    expected += [(f'{path}:{n}:', '') for n in range(12, 16)]
    assert small.run() == 1
    found = problems(small.out)
    assert len(found) == 12
    for file, words in expected:
        assert sum(f'{file}' in p and words in p for p in found) == 1, file
    shown = capsys.readouterr().out
    assert f'12 problems, all in {small.out}/problems.txt' in shown
    assert sum(f'  {p}' in shown.splitlines() for p in found) == 10
    assert '… and 2 more' in shown
    listed = (small.out / 'splits/train.txt').read_text().split()
    assert listed == list(TRAIN)
    assert len(tree(small.out / 'images')) == 5
    assert manifest(small.out)['dropped'] == 12
    assert small.run('--skip-bad') == 0
    assert len(problems(small.out)) == 12
    write_list(small.raw / 'train_id.txt', TRAIN)
    assert small.run() == 0
    assert not (small.out / 'problems.txt').exists()
    assert manifest(small.out)['dropped'] == 0


BAD_LABELS = {
    'colour': (np.zeros((12, 16, 3), np.uint8), None, 'RGB colours'),
    'alpha': (np.zeros((12, 16, 4), np.uint8), None, 'RGBA colours'),
    '16 bit': (np.full((12, 16), 3, np.uint16), None, '16-bit'),
    'range': (np.full((12, 16), 7, np.uint8), 'P', 'label values 7;'),
    'grey': (np.full((12, 16), 38, np.uint8), None, 'cv2.imread'),
    'size': (np.ones((12, 15), np.uint8), 'P', '15×12 px, the image'),
}


def test_bad_ready_made_labels(small, tmp_path):
    good = np.ones((12, 16), np.uint8)
    base = person_part(tmp_path / 'ready', dict.fromkeys(VAL, good))
    names = [f'bad_{i}' for i in range(len(BAD_LABELS))]
    for name, (array, mode, _) in zip(names, BAD_LABELS.values()):
        write_png(base / f'pascal_person_part_gt/{name}.png', array, mode)
        write_image(small.image(name))
    cut = base / 'pascal_person_part_gt/cut.png'
    cut.write_bytes(cut.with_name('bad_0.png').read_bytes()[:60])
    write_image(small.image('cut'))
    write_list(tmp_path / 'train', [TRAIN[0], *names, 'cut'])
    write_png(base / f'pascal_person_part_gt/{TRAIN[0]}.png', good, 'P')
    write_list(tmp_path / 'val', VAL)
    lists = '--train-list', tmp_path / 'train', '--val-list', tmp_path / 'val'
    assert cli.main(arguments(small, base, *lists)) == 1
    found = problems(small.out)
    assert len(found) == len(BAD_LABELS) + 1
    for name, problem, (_, _, words) in zip(names, found, BAD_LABELS.values()):
        assert f'{name}.png: ' in problem and words in problem
    assert str(cut) in found[-1]


def test_context_instead_of_part(small, tmp_path, capsys):
    for name in (*TRAIN, *VAL):
        scipy.io.savemat(small.mat(name), {'LabelMap': np.zeros((9, 9))})
    assert fails(capsys, small.run(), 'PASCAL-Context', 'Annotations_Part')
    tar = pack_tar(tmp_path / 'trainval.tar.gz', small.raw, 'trainval')
    status = cli.main(
        [
            *('pascal_part', '--parts', str(tar), '--images', str(small.raw)),
            *('--out', str(small.out)),
        ]
    )
    assert fails(capsys, status, f'{tar}/trainval/Annotations_Part/2008')
    assert not any(small.out.parent.iterdir())


def test_overlap_of_the_splits(small, capsys):
    write_list(small.raw / 'val_id.txt', [*VAL, TRAIN[1]])
    assert fails(capsys, small.run(), TRAIN[1], 'both in train and in val')


def test_no_lists(small, capsys):
    (small.raw / 'val_id.txt').unlink()
    assert fails(capsys, small.run(), '--train-list and --val-list')


def test_one_list(small, capsys):
    path = small.raw / 'train_id.txt'
    assert fails(capsys, small.run('--train-list', path), 'Give both')


def test_missing_list(small, capsys):
    path = small.raw / 'train_id.txt'
    options = '--train-list', path, '--val-list', small.raw / 'nowhere'
    assert fails(capsys, small.run(*options), 'nowhere')


def test_all_sources_are_looked_for_before_one_is_unpacked(
    small, tmp_path, monkeypatch, capsys
):
    tar = pack_tar(tmp_path / 'trainval.tar.gz', small.raw)
    unpacked = []
    monkeypatch.setattr(sources, 'unpack', lambda *a, **k: unpacked.append(a))
    words = ['pascal_part', '--parts', tar, '--images', tmp_path / 'nowhere']
    status = cli.main([*map(str, words), '--out', str(small.out)])
    assert fails(capsys, status, 'no file or folder', 'nowhere')
    assert unpacked == [] and not small.out.exists()


def test_only_demonstration_pictures(small, tmp_path, capsys):
    (small.raw / 'JPEGImages').rename(small.raw / 'examples')
    assert fails(capsys, small.run(), 'examples', 'VOCtrainval_03-May-2010')


def test_neck_with_ready_made_labels(small, tmp_path, capsys):
    base = person_part(tmp_path / 'ready', {})
    status = cli.main(arguments(small, base, '--neck', 'torso'))
    assert fails(capsys, status, '--neck', '--parts')


def test_a_split_without_a_usable_image(small, capsys):
    for name in VAL:
        small.mat(name).write_bytes(b'garbage')
    assert fails(capsys, small.run(), "'val'", 'problems.txt')
    assert len(problems(small.out)) == len(VAL)
    assert not (small.out / 'manifest.json').exists()
    write_part(small.raw)
    assert small.run() == 0


def test_damaged_archive(small, tmp_path, capsys):
    tar = pack_tar(tmp_path / 'a.tar.gz', small.raw)
    tar.write_bytes(tar.read_bytes()[:-100])
    status = cli.main(
        [
            *('pascal_part', '--parts', str(tar), '--images', str(small.raw)),
            *('--out', str(small.out)),
        ]
    )
    assert fails(capsys, status, 'a.tar.gz', 'Download it again')
    assert not any(small.out.parent.iterdir())
