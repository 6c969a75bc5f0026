import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from segplug.synthetic.generation import Options, generate
from segplug.synthetic.pascal_part import PascalPart
from segplug.synthetic.people.parts import PART_NAMES

SHAPE = (97, 129)  # Odd, so that swapped sides or halves would show.
MERGED = {
    'head': ('head', 'leye', 'reye', 'lear', 'rear', 'lebrow', 'rebrow',
             'nose', 'mouth', 'hair', 'neck'),
    'torso': ('torso',),
    'upper arms': ('luarm', 'ruarm'),
    'lower arms': ('llarm', 'rlarm', 'lhand', 'rhand'),
    'upper legs': ('luleg', 'ruleg'),
    'lower legs': ('llleg', 'rlleg', 'lfoot', 'rfoot'),
}  # fmt: skip


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('pascal_part')
    generate(PascalPart(), folder, Options(10, 4, *SHAPE, seed=1))
    return folder


def load(path):
    return scipy.io.loadmat(path)['anno']


def annotations(folder):
    return [load(p) for p in sorted(folder.glob('Annotations_Part/*.mat'))]


def objects(folder):
    return [o for anno in annotations(folder) for o in anno[0, 0][1][0]]


def test_layout_and_ids(folder):
    train = (folder / 'train_id.txt').read_text().splitlines()
    val = (folder / 'val_id.txt').read_text().splitlines()
    assert len(train) == 10 and len(val) == 4
    assert train[0] == '0000_000001'
    assert not set(train) & set(val)
    for place, suffix in (('Annotations_Part', 'mat'), ('JPEGImages', 'jpg')):
        found = {p.name for p in (folder / place).iterdir()}
        assert found == {f'{name}.{suffix}' for name in train + val}


def test_structure_is_that_of_the_official_files(folder):
    for path in folder.glob('Annotations_Part/*.mat'):
        anno = load(path)
        assert anno.shape == (1, 1)
        assert anno.dtype.names == ('imname', 'objects')
        assert anno[0, 0]['imname'][0] == path.stem
        found = anno[0, 0]['objects']
        assert found.shape[0] == 1 and found.shape[1] >= 1
        assert found.dtype.names == ('class', 'class_ind', 'mask', 'parts')
    for thing in objects(folder):
        assert thing['class'].shape == (1,)
        assert thing['class_ind'].shape == (1, 1)
        assert thing['class_ind'].dtype == np.uint8
        assert thing['parts'].dtype.names == ('part_name', 'mask')
        assert thing['parts'].shape == (0, 0) or thing['parts'].shape[0] == 1


def test_masks_have_the_size_of_the_picture_and_hold_only_0_and_1(folder):
    for path in folder.glob('Annotations_Part/*.mat'):
        picture = cv2.imread(str(folder / 'JPEGImages' / f'{path.stem}.jpg'))
        assert picture.shape == (*SHAPE, 3)
        for thing in load(path)[0, 0]['objects'][0]:
            parts = thing['parts'][0] if thing['parts'].size else ()
            for mask in (thing['mask'], *(p['mask'] for p in parts)):
                assert mask.shape == SHAPE and mask.dtype == np.uint8
                assert set(np.unique(mask)) == {0, 1}


def test_parts_lie_inside_their_object_and_objects_apart(folder):
    for anno in annotations(folder):
        things = anno[0, 0]['objects'][0]
        assert sum(t['mask'].astype(int) for t in things).max() <= 1
        for thing in things:
            parts = thing['parts'][0] if thing['parts'].size else ()
            for part in parts:
                assert not (part['mask'] & ~thing['mask'] & 1).any()


def test_facial_parts_overlap_the_head_and_bodies_do_not(folder):
    overlaps = 0
    for thing in objects(folder):
        parts = thing['parts'][0] if thing['parts'].size else ()
        masks = {p['part_name'][0]: p['mask'].astype(int) for p in parts}
        body = [m for n, m in masks.items()
                if n not in MERGED['head'][1:] or n == 'neck']  # fmt: skip
        assert not body or sum(body).max() == 1
        for name in set(masks) & {'hair', 'nose', 'mouth', 'leye', 'reye'}:
            overlaps += int((masks[name] * masks.get('head', 0)).sum())
    assert overlaps > 100


def test_part_names_are_known_unique_and_in_official_order(folder):
    seen = set()
    for thing in objects(folder):
        if not thing['parts'].size:
            continue
        names = [p['part_name'][0] for p in thing['parts'][0]]
        places = [PART_NAMES.index(name) for name in names]
        assert places == sorted(set(places))
        seen |= set(names)
    assert len(seen) > 18


def test_classes_agree_with_their_numbers(folder):
    numbers = {'chair': 9, 'table': 11, 'person': 15, 'sofa': 18}
    for thing in objects(folder):
        name = thing['class'][0]
        assert int(thing['class_ind'][0, 0]) == numbers[name]
        assert name == 'person' or thing['parts'].shape == (0, 0)


def test_every_merged_class_occurs(folder):
    pixels = dict.fromkeys(MERGED, 0)
    for thing in objects(folder):
        parts = thing['parts'][0] if thing['parts'].size else ()
        for part in parts:
            for merged, names in MERGED.items():
                if part['part_name'][0] in names:
                    pixels[merged] += int(part['mask'].sum())
    assert min(pixels.values()) > 0.002 * 14 * np.prod(SHAPE)


def test_every_image_shows_a_person_with_parts(folder):
    for anno in annotations(folder):
        things = anno[0, 0]['objects'][0]
        assert any(t['parts'].size for t in things)


def test_the_header_names_no_time(folder):
    heads = {p.read_bytes()[:128]
             for p in folder.glob('Annotations_Part/*.mat')}  # fmt: skip
    assert len(heads) == 1
    assert b'Created on' not in heads.pop()


@pytest.mark.skipif(
    'SEGPLUG_SAMPLES' not in os.environ, reason='SEGPLUG_SAMPLES is not set'
)
def test_official_files_have_the_same_types(folder):
    samples = Path(os.environ['SEGPLUG_SAMPLES']) / 'pascal_part_samples'
    official = objects(samples)
    ours = objects(folder)
    assert official
    for thing in official:
        assert thing.dtype == ours[0].dtype
        assert thing['mask'].dtype == ours[0]['mask'].dtype
        assert thing['mask'].flags.f_contiguous
        assert ours[0]['mask'].flags.f_contiguous
        if thing['class'][0] != 'person' or not thing['parts'].size:
            continue
        names = [p['part_name'][0] for p in thing['parts'][0]]
        assert names == sorted(names, key=PART_NAMES.index)
