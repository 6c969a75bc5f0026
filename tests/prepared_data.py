"""A tiny data set as ``tools/prepare_data.py`` leaves it."""

import json

import numpy as np
from PIL import Image

from segplug.prepare.records import Record, manifest_files

CLASSES = ('ground', 'tree', 'car')
SIZE = (16, 20)


def write_data(root, train=6, val=3, size=SIZE, seed=0):
    """Write images, labels, lists and manifest; return labels by id.

    The class of a pixel shows in its colour, so there is something to learn;
    a border is ignored, and class 2 is missing from every second image.
    """
    generator = np.random.default_rng(seed)
    labels = {}
    for split, count in (('train', train), ('val', val)):
        for number in range(count):
            label = _label(generator, size, number % 2)
            labels[f'{split}_{number}'] = label
            _write(root, f'{split}_{number}', label, generator)
    lists = {
        split: [name for name in labels if name.startswith(split)]
        for split in ('train', 'val')
    }
    write_manifest(root, labels, lists)
    return labels


def write_manifest(root, labels, lists, classes=CLASSES):
    """Write the lists and the manifest of labels."""
    records = {
        name: Record(
            name, 'recipe', 'a', 'b', 'c', tuple(histogram(label, classes))
        )
        for name, label in labels.items()
    }
    splits = {}
    (root / 'splits').mkdir(parents=True, exist_ok=True)
    for split, names in lists.items():
        text = ''.join(f'{name}\n' for name in names)
        (root / 'splits' / f'{split}.txt').write_text(text)
        total = sum(np.array(histogram(labels[n], classes)) for n in names)
        pixels = dict(zip([*classes, 'ignore'], total.tolist()))
        splits[split] = dict(images=len(names), pixels=pixels)
    manifest = dict(format=1, splits=splits, **manifest_files(records))
    (root / 'manifest.json').write_text(json.dumps(manifest))


def histogram(label, classes=CLASSES):
    """Pixels of each class and, last, ignored ones."""
    values = [*range(len(classes)), 255]
    return [int((label == value).sum()) for value in values]


def _label(generator, size, odd):
    label = np.zeros(size, np.uint8)
    label[: int(generator.integers(4, 9))] = 1
    if not odd:
        label[-5:, : int(generator.integers(3, 9))] = 2
    label[:, -1] = 255
    return label


def _write(root, name, label, generator):
    for folder in ('images', 'labels'):
        (root / folder).mkdir(parents=True, exist_ok=True)
    colours = np.full((256, 3), 128)
    colours[:3] = (90, 90, 90), (30, 160, 30), (200, 40, 40)
    noise = generator.normal(0, 12, (*label.shape, 3))
    picture = (colours[label] + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(picture).save(root / 'images' / f'{name}.png')
    Image.fromarray(label).save(root / 'labels' / f'{name}.png')
