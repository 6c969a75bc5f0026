"""Writes small street data sets in the official raw layouts."""

import zipfile

import numpy as np
from PIL import Image

from segplug.prepare import cli

from .official import write_image, write_png

SHAPE = (16, 32)
#: Names without the ends, by split; two cities and another one.
CITIES = {
    'train': tuple(
        f'{city}_{i:06d}_000019'
        for city in ('aachen', 'bochum')
        for i in range(5)
    ),
    'val': tuple(f'lindau_{i:06d}_000019' for i in range(3)),
}
CITY_NAMES = [*CITIES['train'], *CITIES['val']]
#: Written out once more: label ids of the 19 classes by train id.
EVALUATED = [
    *(7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31),
    *(32, 33),
]
#: Two images of most clips.
CLIPS = {
    'train': tuple(
        f'{clip:08x}-{i:08x}' for clip in range(9) for i in range(1 + clip % 2)
    ),
    'val': tuple(f'{clip:08x}-000000ff' for clip in range(7, 12)),
}


def coherent(rng, count, shape=SHAPE):
    """Return numbers below ``count`` in patches, all of them possible."""
    patches = rng.integers(0, count, (shape[0] // 2, shape[1] // 4))
    numbers = np.kron(patches, np.ones((2, 4), int)).astype(np.uint8)
    noise = rng.random(shape) < 0.2
    return np.where(noise, rng.integers(0, count, shape), numbers).astype(
        np.uint8
    )


def city_image(root, split, name):
    """Return the path of an image of Cityscapes."""
    city = name.partition('_')[0]
    return root / f'leftImg8bit/{split}/{city}/{name}_leftImg8bit.png'


def city_label(root, split, name, kind='labelIds'):
    """Return the path of a label of Cityscapes."""
    city = name.partition('_')[0]
    return root / f'gtFine/{split}/{city}/{name}_gtFine_{kind}.png'


def write_cityscapes(root, cities=CITIES, shape=SHAPE, test=True):
    """Write images, label ids and what lies beside them; return the ids."""
    written = {}
    for split, names in cities.items():
        for name in names:
            rng = np.random.default_rng(len(written))
            written[name] = coherent(rng, 34, shape)
            write_image(
                city_image(root, split, name), shape, seed=len(written)
            )
            write_png(city_label(root, split, name), written[name])
            colours = np.zeros((*shape, 3), np.uint8)
            write_png(city_label(root, split, name, 'color'), colours)
            write_png(city_label(root, split, name, 'instanceIds'), colours)
    if test:
        write_image(city_image(root, 'test', 'berlin_0_0'), shape)
        dummy = np.ones(shape, np.uint8)
        write_png(city_label(root, 'test', 'berlin_0_0'), dummy)
    return written


def bdd_image(root, split, name):
    """Return the path of an image of BDD100K."""
    return root / f'images/10k/{split}/{name}.jpg'


def bdd_label(root, split, name, folder='pan_seg/bitmasks'):
    """Return the path of a label of BDD100K."""
    return root / f'labels/{folder}/{split}/{name}.png'


def bitmask(ids, rng):
    """Return RGBA pixels with ids in red and instances in blue and alpha."""
    flags, high, low = rng.integers(0, 16, (3, *ids.shape), 'uint8')
    return np.stack([ids, flags, high, low], 2)


def write_bdd(root, clips=CLIPS, shape=SHAPE):
    """Write images, bitmasks, masks and colour maps; return ids and masks.

    The masks are of their own: the official ones do not follow from the
    bitmasks.
    """
    full, masks = {}, {}
    for split, names in clips.items():
        for name in names:
            rng = np.random.default_rng(len(full))
            full[name] = coherent(rng, 41, shape)
            masks[name] = coherent(rng, 20, shape)
            masks[name][masks[name] == 19] = 255
            write_image(bdd_image(root, split, name), shape, seed=len(full))
            pixels = bitmask(full[name], rng)
            write_png(bdd_label(root, split, name), pixels)
            write_png(bdd_label(root, split, name, 'ins_seg/bitmasks'), pixels)
            write_png(
                bdd_label(root, split, name, 'sem_seg/masks'), masks[name]
            )
            for kind in ('sem_seg', 'pan_seg'):
                path = bdd_label(root, split, name, f'{kind}/colormaps')
                write_png(path, pixels[..., :3])
    write_image(bdd_image(root, 'test', 'ffffffff-00000000'), shape)
    return full, masks


def read(path):
    """Return the pixels of an image and its mode."""
    with Image.open(path) as image:
        return np.array(image), image.mode


class Raw:
    """A small data set and the command line that prepares it."""

    dataset: str

    def __init__(self, folder):
        self.root = folder / 'raw'
        self.out = folder / 'data/out'

    def run(self, *more, images=None, masks=None, out=None):
        """Prepare, with more arguments; return the exit status."""
        sources = [
            *('--images', str(images or self.root)),
            *('--labels', str(masks or self.root)),
        ]
        target = ['--out', str(out or self.out), '--workers', '1']
        words = [self.dataset, *sources, *target, *map(str, more)]
        return cli.main(words)


class RawCityscapes(Raw):
    """Cityscapes with two cities in train, one in val, one in test."""

    dataset = 'cityscapes'

    def __init__(self, folder, cities=CITIES):
        super().__init__(folder)
        self.ids = write_cityscapes(self.root, cities)

    def image(self, name):
        """Return the path of a raw image."""
        split = 'train' if name in CITIES['train'] else 'val'
        return city_image(self.root, split, name)

    def label(self, name):
        """Return the path of a raw label."""
        split = 'train' if name in CITIES['train'] else 'val'
        return city_label(self.root, split, name)


def expected_city_label(ids, classes=19):
    """Map label ids one pixel value after the other."""
    result = np.full(ids.shape, 255, np.uint8)
    values = EVALUATED if classes == 19 else range(4, 34)
    for number, value in enumerate(values):
        result[ids == value] = number
    return result


def pack_zip(path, folder):
    """Pack the PNGs of a folder, with its name, and return the archive."""
    with zipfile.ZipFile(path, 'w') as archive:
        for file in sorted(folder.rglob('*.png')):
            archive.write(file, file.relative_to(folder.parent))
    return path
