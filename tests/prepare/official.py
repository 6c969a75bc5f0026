"""Writes small data sets in the official raw layouts."""

import numpy as np
import scipy.io
from PIL import Image

PARTS = (
    'head leye reye lear rear lebrow rebrow nose mouth hair torso neck llarm '
    'luarm lhand rlarm ruarm rhand llleg luleg lfoot rlleg ruleg rfoot'
).split()
CLASS_INDEX = {'person': 15, 'car': 7, 'boat': 4, 'table': 11}
_PART = np.dtype([('part_name', object), ('mask', object)])
_OBJECT = np.dtype([(n, object) for n in 'class class_ind mask parts'.split()])
_ANNO = np.dtype([('imname', object), ('objects', object)])


def write_mat(path, objects):
    """Write an annotation as MATLAB does.

    Args:
        path: File to write.
        objects: Tuples (class, mask, [(part name, mask), …]).
    """
    structs = np.zeros((1, len(objects)), _OBJECT)
    for i, (name, mask, parts) in enumerate(objects):
        struct = np.zeros((1, len(parts)) if parts else (0, 0), _PART)
        for j, part in enumerate(parts):
            struct[0, j] = part
        index = np.uint8(CLASS_INDEX.get(name, 1))
        structs[0, i] = (name, index, mask, struct)
    anno = np.zeros((1, 1), _ANNO)
    anno[0, 0] = (path.stem, structs)
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {'anno': anno}, do_compression=True)


def write_image(path, shape=(12, 16), seed=0, **options):
    """Write a random image."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*shape, 3), 'uint8')
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def write_png(path, array, mode=None):
    """Write a label, with VOC's palette if the mode is P."""
    image = Image.fromarray(np.asarray(array))
    if mode == 'P':
        colours = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128]
        colours += [128, 0, 128, 0, 128, 128]
        image.putpalette(colours + [0] * (768 - len(colours)))
    elif mode is not None:
        image = image.convert(mode)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def write_list(path, ids):
    """Write one id a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{name}\n' for name in ids))


def random_mask(rng, shape=(12, 16)):
    """Return a random rectangle."""
    mask = np.zeros(shape, np.uint8)
    top, left = rng.integers(0, shape[0] - 2), rng.integers(0, shape[1] - 2)
    height, width = rng.integers(2, shape[0]), rng.integers(2, shape[1])
    mask[top : top + height, left : left + width] = 1
    return mask


def random_objects(rng, shape=(12, 16), people=2):
    """Return people with random parts, and a car and a boat."""
    objects = [
        (
            'person',
            random_mask(rng, shape),
            [
                (str(name), random_mask(rng, shape))
                for name in rng.choice(PARTS, rng.integers(1, 7), False)
            ],
        )
        for _ in range(people)
    ]
    car = ('car', random_mask(rng, shape), [('wheel_1', random_mask(rng))])
    return [car, *objects, ('boat', random_mask(rng, shape), [])]


TRAIN = ('2008_000001', '2008_000007', '2009_000003')
VAL = ('2010_000002', '2008_000004')


def write_part(root, train=TRAIN, val=VAL, *, people=2, lists=True):
    """Write PASCAL-Part, its images and lists; return the objects by id."""
    written = {}
    for seed, name in enumerate((*train, *val)):
        objects = random_objects(np.random.default_rng(seed), people=people)
        write_mat(root / 'Annotations_Part' / f'{name}.mat', objects)
        write_image(root / 'JPEGImages' / f'{name}.jpg', seed=seed)
        written[name] = objects
    if lists:
        write_list(root / 'train_id.txt', train)
        write_list(root / 'val_id.txt', val)
    return written


#: The merge, written out once more.
VALUES = {
    **dict.fromkeys(PARTS[:10], 1),
    'torso': 2,
    **dict.fromkeys(('luarm', 'ruarm'), 3),
    **dict.fromkeys(('llarm', 'lhand', 'rlarm', 'rhand'), 4),
    **dict.fromkeys(('luleg', 'ruleg'), 5),
    **dict.fromkeys(('llleg', 'lfoot', 'rlleg', 'rfoot'), 6),
}


def brute_force(objects, neck=1, shape=(12, 16)):
    """Ask of each pixel which part of which person was last to cover it."""
    values = {**VALUES, 'neck': neck}
    label = np.zeros(shape, np.uint8)
    for y in range(shape[0]):
        for x in range(shape[1]):
            covering = [
                values[part]
                for name, _, parts in objects
                if name == 'person'
                for part, mask in parts
                if mask[y, x]
            ]
            label[y, x] = covering[-1] if covering else 0
    return label


def tree(root):
    """Return the bytes of every file below a folder by relative path."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


def times(root):
    """Return the time of the last change of everything below a folder."""
    return {path: path.stat().st_mtime_ns for path in root.rglob('*')}
