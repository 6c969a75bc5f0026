"""A prepared data set of one image whose label has every class."""

import numpy as np
from mmseg.registry import DATASETS
from PIL import Image

from tests.prepared_data import write_manifest

SHAPE = (6, 7)


def write(root, classes, image_suffix):
    """Write it; return the label."""
    label = np.arange(42, dtype=np.uint8).reshape(SHAPE)
    label[label >= len(classes)] = 255
    for folder in ('images', 'labels'):
        (root / folder).mkdir(parents=True)
    Image.fromarray(label).save(root / 'labels/a.png')
    image = Image.fromarray(np.stack([label] * 3, 2))
    image.save(root / f'images/a{image_suffix}')
    write_manifest(root, {'a': label}, {'train': ['a']}, classes)
    return label


def build(root, kind, **kwargs):
    """Build a dataset that loads the label."""
    config = dict(
        type=kind,
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='labels'),
        ann_file='splits/train.txt',
        pipeline=[dict(type='LoadCheckedAnnotations')],
    )
    return DATASETS.build({**config, **kwargs})
