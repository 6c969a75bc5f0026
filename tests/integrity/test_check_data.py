import json
import re
import shutil

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from segplug.integrity.inspection import Inspection, inspect
from segplug.integrity.report import DataReport
from segplug.integrity.samples import (
    Sample,
    UncheckableError,
    of_config,
    of_folder,
)
from tests.prepared_data import CLASSES, histogram, write_data
from tests.tools.runs import tool


@pytest.fixture
def data(tmp_path):
    return tmp_path / 'data', write_data(tmp_path / 'data')


def check(root):
    collection = of_folder(root)
    found = [inspect(sample) for sample in collection.samples]
    return DataReport.of(str(root), collection, found)


def config(root, **changes):
    dataset = dict(
        type='PascalPersonPartDataset',
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        **changes,
    )
    joined = dict(type='RepeatDataset', dataset=dataset, times=2)
    other = dict(dataset, ann_file='splits/val.txt')
    return Config(
        dict(
            default_scope='mmseg',
            train_dataloader=dict(dataset=joined),
            val_dataloader=dict(dataset=other),
            test_dataloader=dict(dataset=other),
        )
    )


def damage(path, how):
    if how == 'cut':
        path.write_bytes(path.read_bytes()[:60])
    elif how == 'gone':
        path.unlink()
    elif how == 'text':
        path.write_text('no picture')
    elif how == 'colour':
        Image.new('RGB', (20, 16)).save(path, format='PNG')
    elif how == 'deep':
        deep = np.full((16, 20), 26000, np.uint16)
        Image.fromarray(deep).save(path, format='PNG')
    elif how == 'small':
        Image.new('L', (10, 8)).save(path, format='PNG')
    elif how == 'ids':
        Image.new('L', (20, 16), 9).save(path, format='PNG')


def test_good_data_have_no_problems_and_the_right_counts(data):
    root, labels = data
    report = check(root)
    assert report.problems == []
    content = report.to_dict()
    for split, count in (('train', 6), ('val', 3)):
        facts = content['splits'][split]
        assert facts['images'] == count and facts['sizes'] == {'16×20': count}
        mine = [v for n, v in labels.items() if n.startswith(split)]
        total = sum(np.array(histogram(label)) for label in mine)
        names = [*CLASSES, 'ignore']
        assert facts['pixels'] == dict(zip(names, total.tolist()))
    assert json.loads(json.dumps(content)) == content


@pytest.mark.parametrize(
    ('folder', 'how', 'message'),
    [
        ('images', 'cut', 'cannot be read|is no'),
        ('images', 'gone', 'is missing'),
        ('images', 'text', 'is no'),
        ('images', 'small', 'its image 8×10'),
        ('labels', 'cut', 'cannot be read|is no'),
        ('labels', 'gone', 'cannot be read|No such file'),
        ('labels', 'colour', 'RGB colours'),
        ('labels', 'deep', '16-bit'),
        ('labels', 'small', '8×10 px'),
        ('labels', 'ids', r'320 pixels have ids outside 0…2 and 255: \[9\]'),
    ],
)
def test_each_defect_is_named_once(data, folder, how, message):
    root, _ = data
    path = next((root / folder).glob('val_1.*'))
    damage(path, how)
    report = check(root)
    assert len(report.problems) == 1
    assert 'val_1' in report.problems[0]
    assert re.search(message, report.problems[0])
    assert report.to_dict()['splits']['val']['with_problems'] == 1


def test_the_same_image_in_two_splits_is_a_problem(data):
    """Whatever its file: the pixels count."""
    root, _ = data
    first = next((root / 'images').glob('train_2.*'))
    second = next((root / 'images').glob('val_0.*'))
    with Image.open(first) as image:
        image.save(second, format='PNG', compress_level=0)
    assert first.read_bytes() != second.read_bytes()
    report = check(root)
    assert len(report.problems) == 1
    assert 'train_2' in report.problems[0] and 'val_0' in report.problems[0]


def test_images_that_look_alike_are_a_remark(data):
    pytest.importorskip('imagehash')
    root, _ = data
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 200, (4, 5, 3), np.uint8)
    picture = Image.fromarray(coarse).resize((20, 16), Image.BICUBIC)
    picture.save(root / 'images/train_2.png')
    brighter = np.asarray(picture).astype(int) + 9
    Image.fromarray(brighter.clip(0, 255).astype(np.uint8)).save(
        root / 'images/val_0.png'
    )
    report = check(root)
    assert report.problems == []
    assert [
        (a.sample.image.stem, b.sample.image.stem)
        for a, b, bits in report.similar
        if bits <= 2
    ] == [('train_2', 'val_0')]


def test_configs_are_checked_split_by_split(data):
    root, _ = data
    for path in (root / 'images').iterdir():
        with Image.open(path) as image:
            image.convert('RGB').save(path.with_suffix('.jpg'))
    collection = of_config(config(root))
    assert [s.split for s in collection.samples] == ['train'] * 6 + ['val'] * 3
    found = [inspect(sample) for sample in collection.samples]
    report = DataReport.of('config', collection, found)
    assert report.problems == []
    assert any('no pixel of upper-arms' in r for r in report.remarks)


def test_shifted_labels(tmp_path):
    """With reduce_zero_label, 0 is void and 1 the first class."""
    Image.new('RGB', (2, 2)).save(tmp_path / 'a.png')
    label = np.array([[0, 1], [2, 3]], np.uint8)
    Image.fromarray(label).save(tmp_path / 'b.png')
    facts = dict(split='train', image=tmp_path / 'a.png', shift=1)
    sample = Sample(label=tmp_path / 'b.png', classes=3, **facts)
    assert inspect(sample).pixels == (1, 1, 1, 1)
    assert inspect(sample).problems == ()
    fewer = Sample(label=tmp_path / 'b.png', classes=2, **facts)
    assert 'outside 0…2' in inspect(fewer).problems[0]


def test_near_twins_against_brute_force():
    from segplug.integrity.duplicates import similar_images

    rng = np.random.default_rng(0)
    looks = [int(v) for v in rng.integers(0, 1 << 20, 60)]
    items = [
        Inspection(
            Sample('train' if i < 40 else 'val', f'{i}', None, 2),
            digest=str(i),
            look=look,
        )
        for i, look in enumerate(looks)
    ]
    wanted = {
        (i, j)
        for i in range(40)
        for j in range(40, 60)
        if bin(looks[i] ^ looks[j]).count('1') <= 5
    }
    found = similar_images(items, most_bits=5)
    assert {(int(a.digest), int(b.digest)) for a, b, _ in found} == wanted
    assert wanted and [t.bits for t in found] == sorted(t.bits for t in found)


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"splits": 3}', '{' * 9000])
def test_folders_without_a_manifest(tmp_path, text):
    with pytest.raises(UncheckableError, match='holds no manifest'):
        of_folder(tmp_path)
    (tmp_path / 'manifest.json').write_text(text)
    with pytest.raises(UncheckableError):
        of_folder(tmp_path)


def test_the_command(data, tmp_path):
    root, _ = data
    output = tool(
        'check_data.py', root, '--out', 'report', '--workers', 2, cwd=tmp_path
    )
    assert 'train: 6 images' in output and 'no problems' in output
    damage(root / 'labels/val_1.png', 'ids')
    output = tool(
        'check_data.py', root, '--out', 'report', cwd=tmp_path, status=1
    )
    assert '1 problems:' in output
    content = json.loads((tmp_path / 'report/data_check.json').read_text())
    assert len(content['problems']) == 1
    shutil.rmtree(root)
    output = tool('check_data.py', root, cwd=tmp_path, status=2)
    assert 'no config or folder' in output and 'Traceback' not in output
