import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segplug.prepare.errors import SplitListError
from segplug.prepare.splits import (
    check_disjoint,
    parse_line,
    read_list,
    read_splits,
)


def test_both_formats(tmp_path):
    (tmp_path / 'ids').write_bytes(b'\xef\xbb\xbf2008_1\r\n\r\n  2008_2 \r\n')
    (tmp_path / 'paths').write_text(
        '/JPEGImages/2008_1.jpg /gt/2008_1.png\n'
        'JPEGImages/2008_2.jpg\tgt/deep/2008_2.png\n'
    )
    for name in ('ids', 'paths'):
        split = read_list(tmp_path / name)
        assert split.ids == ['2008_1', '2008_2']
        assert (split.problems, split.repeated) == ([], 0)


MALFORMED = [
    '../2008_1',
    'a/b',
    'a\\b',
    'a..b',
    '.hidden',
    'ä',
    'a:b',
    'a\x00',
    '2008_1 -1',
    'a b c',
    '/JPEGImages/a.jpg /gt/b.png',
    '/JPEGImages/a.jpg /gt/../../a.png',
    '/gt/a.png /JPEGImages/a.jpg',
    '/x/.jpg /x/.png',
    'x' * 10_000 + '/',
]


@pytest.mark.parametrize('line', MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_lines_are_named_and_passed_over(tmp_path, line):
    path = tmp_path / 'train.txt'
    path.write_text(f'good_1\n{line}\ngood_2\n', encoding='utf-8')
    split = read_list(path)
    assert split.ids == ['good_1', 'good_2']
    (problem,) = split.problems
    assert problem.startswith(f'{path}:2: ')
    assert len(problem) < 400


@settings(deadline=None)
@given(line=st.text(max_size=30))
def test_an_id_is_one_harmless_name(line):
    try:
        name = parse_line(line)
    except ValueError:
        return
    assert name in line
    assert not set(name) & set('/\\:\0\n ') and '..' not in name
    assert name[0] != '.'


def test_repeated_ids_count_once(tmp_path):
    (tmp_path / 'train').write_text('b\na\nb\nb\n')
    (tmp_path / 'val').write_text('c\n')
    splits = read_splits({n: tmp_path / n for n in ('train', 'val')})
    assert splits.ids == {'train': ['b', 'a'], 'val': ['c']}
    assert splits.notes == [
        f'{tmp_path}/train repeats 2 ids; each counts once.'
    ]


@pytest.mark.parametrize('content', [b'', b'\n \n', b'\xff\xfe\x00', b'../a'])
def test_useless_list(tmp_path, content):
    (tmp_path / 'train.txt').write_bytes(content)
    with pytest.raises(SplitListError, match=r'train\.txt'):
        read_list(tmp_path / 'train.txt')


def test_missing_list(tmp_path):
    with pytest.raises(SplitListError, match='cannot be read'):
        read_list(tmp_path / 'train.txt')


def test_overlap_names_the_first_ids():
    shared = [f'id_{i}' for i in range(7)]
    with pytest.raises(
        SplitListError, match='7 images.*train.*val.*id_0'
    ) as e:
        check_disjoint({'train': ['x', *shared], 'val': shared[::-1]})
    assert 'id_4, …' in str(e.value)
    with pytest.raises(SplitListError, match='1 images'):
        check_disjoint({'train': ['a_b'], 'val': ['A_B']})
    check_disjoint({'train': ['a'], 'val': ['b'], 'test': ['c']})
