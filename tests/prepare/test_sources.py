import tarfile
from pathlib import Path

import pytest

from segplug.fileio import sha256
from segplug.prepare.errors import ArchiveError, SourceError
from segplug.prepare.sources import Source, Workspace, find_folder, find_lists


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'')
    return path


def find(given, **options):
    options = {'names': ('JPEGImages',), 'expected': 'photos', **options}
    return find_folder(Source(given, given), '.jpg', **options)


@pytest.mark.parametrize(
    'given',
    ['', 'VOCdevkit', 'VOCdevkit/VOC2010', 'VOCdevkit/VOC2010/JPEGImages'],
)
def test_folder_is_found_at_any_sensible_depth(tmp_path, given):
    image = touch(tmp_path / 'VOCdevkit/VOC2010/JPEGImages/a.jpg')
    touch(tmp_path / 'VOCdevkit/VOC2010/thumbs/a.jpg')
    touch(tmp_path / 'VOCdevkit/.cache/JPEGImages/a.jpg')
    touch(tmp_path / 'VOCdevkit/VOC2010/Annotations/a.xml')
    assert find(tmp_path / given) == image.parent


def test_folder_with_another_name_will_do(tmp_path):
    touch(tmp_path / 'photos/a.JPG')
    touch(tmp_path / 'other/._b.jpg')
    assert find(tmp_path) == tmp_path / 'photos'


def test_linked_folder_is_followed(tmp_path):
    touch(tmp_path / 'disk/a.jpg')
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/JPEGImages').symlink_to(tmp_path / 'disk')
    (tmp_path / 'data/loop').symlink_to(tmp_path / 'data')
    found = find(tmp_path / 'data', parents=('data',))
    assert found.resolve() == tmp_path / 'disk'


def test_several_folders(tmp_path):
    for year in (2007, 2010, 2012):
        touch(tmp_path / f'VOC{year}/JPEGImages/a.jpg')
    with pytest.raises(SourceError, match='several.*VOC2007/JPEGImages, VOC2'):
        find(tmp_path)
    found = find(tmp_path, parents=('VOC2011', 'VOC2010', 'VOC2012'))
    assert found == tmp_path / 'VOC2010/JPEGImages'


def test_demonstration_pictures_are_no_data(tmp_path):
    touch(tmp_path / 'trainval/examples/a.jpg')
    for given in (tmp_path, tmp_path / 'trainval/examples'):
        with pytest.raises(
            SourceError, match='wanted: photos.*examples.*demo'
        ):
            find(given)
    touch(tmp_path / 'trainval/JPEGImages/a.jpg')
    assert find(tmp_path) == tmp_path / 'trainval/JPEGImages'


def test_nothing_found(tmp_path):
    touch(tmp_path / 'a/b/c/d/e/f.jpg')
    with pytest.raises(SourceError, match='holds no .jpg files; wanted'):
        find(tmp_path)


NAMES = (('train_id.txt', 'val_id.txt'), ('train.txt', 'val.txt'))


def lists(given, root=None):
    found = find_lists(Source(given, root or given), NAMES)
    return None if found is None else [str(path) for path in found]


def test_lists_inside_come_first(tmp_path):
    source = tmp_path / 'set'
    source.mkdir()
    assert lists(source) is None
    for name in ('train_id.txt', 'val_id.txt'):
        touch(tmp_path / name)
    assert lists(source) == [f'{tmp_path}/{n}' for n in NAMES[0]]
    for name in ('train.txt', 'val.txt'):
        touch(source / 'ImageSets/Main' / name)
        touch(source / 'lists' / name)
    assert lists(source) == [f'{source}/lists/{n}' for n in NAMES[1]]
    for name in ('train_id.txt', 'val_id.txt'):
        touch(source / 'lists' / name)
    assert lists(source) == [f'{source}/lists/{n}' for n in NAMES[0]]


def test_lists_of_an_archive(tmp_path):
    archive = touch(tmp_path / 'a.zip')
    root = tmp_path / 'elsewhere/unpacked'
    root.mkdir(parents=True)
    touch(tmp_path / 'train.txt')
    assert lists(archive, root) is None
    touch(tmp_path / 'val.txt')
    assert lists(archive, root) == [f'{tmp_path}/{n}' for n in NAMES[1]]


def test_several_lists(tmp_path):
    for name in ('train.txt', 'val.txt'):
        touch(tmp_path / 'a' / name)
        touch(tmp_path / 'b' / name)
    with pytest.raises(SourceError, match='several train.txt.*--train-list'):
        lists(tmp_path)


def make_archive(path, name='set/a.jpg'):
    path.parent.mkdir(exist_ok=True)
    member = touch(path.parent / 'member')
    with tarfile.open(path, 'w') as opened:
        opened.add(member, name)
    return path


def test_archive_is_unpacked_beside_the_output_and_removed(tmp_path):
    archive = make_archive(tmp_path / 'in/a.tar')
    out = tmp_path / 'data' / 'o[u]t'
    out.mkdir(parents=True)
    old = touch(tmp_path / 'data/.o[u]t.unpacked-old/x').parent
    other = touch(tmp_path / 'data/.other.unpacked-x/x').parent
    with Workspace(out) as workspace:
        assert not old.exists()
        source = workspace.open(archive, suffixes=('.jpg',))
        assert source.root.parent == tmp_path / 'data'
        assert [p.name for p in source.root.rglob('*.jpg')] == ['a.jpg']
        message = f'{source.root}/set/a.jpg is bad'
        assert workspace.rename(message) == f'{archive}/set/a.jpg is bad'
        assert source.facts() == {'name': 'a.tar', 'sha256': sha256(archive)}
    assert sorted((tmp_path / 'data').iterdir()) == [other, out]


def test_unpacked_files_go_and_are_not_named_after_an_error(tmp_path):
    archive = make_archive(tmp_path / 'in/a.tar')
    (tmp_path / 'out').mkdir()
    with pytest.raises(SourceError) as caught:
        with Workspace(tmp_path / 'out') as workspace:
            source = workspace.open(archive, suffixes=('.png',))
            find_folder(source, '.png', names=(), expected='labels')
            raise AssertionError
    assert str(caught.value).startswith(f'{archive} holds no .png')
    with pytest.raises(SourceError) as caught:
        with Workspace(tmp_path / 'out') as workspace:
            source = workspace.open(archive, suffixes=('.png',))
            raise SourceError(f'{source.root}/x')
    assert str(caught.value) == f'{archive}/x'
    assert {p.name for p in tmp_path.iterdir()} == {'in', 'out'}


def test_folder_is_read_where_it_is(tmp_path, monkeypatch):
    (tmp_path / 'photos').mkdir()
    (tmp_path / 'out').mkdir()
    monkeypatch.chdir(tmp_path / 'photos')
    with Workspace(tmp_path / 'out') as workspace:
        source = workspace.open(Path('.'), suffixes=())
    assert source.root == Path('.')
    assert source.facts() == {'name': 'photos'}


def test_overlap_with_the_output(tmp_path):
    (tmp_path / 'in/out').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(tmp_path / 'in')
    for given, out in [('in', 'in/out'), ('in/out', 'in'), ('link', 'in')]:
        workspace = Workspace(tmp_path / out)
        with pytest.raises(SourceError, match='one inside the other'):
            workspace.open(tmp_path / given, suffixes=())


def test_missing_and_useless_sources(tmp_path):
    (tmp_path / 'out').mkdir()
    with Workspace(tmp_path / 'out') as workspace:
        with pytest.raises(SourceError, match='no file or folder.*nowhere'):
            workspace.open(tmp_path / 'nowhere', suffixes=())
        with pytest.raises(ArchiveError, match='no intact tar or zip'):
            workspace.open(touch(tmp_path / 'empty'), suffixes=())
