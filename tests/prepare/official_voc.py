"""Writes small VOC 2012 and SBD data sets in the official raw layouts."""

import numpy as np
import scipy.io
from scipy.sparse import csc_matrix

from .official import write_image, write_list, write_png

VALUES = np.array([*range(21), 255], np.uint8)
VOC_TRAIN = ('2007_000032', '2011_000009', '2008_000008')
VOC_VAL = ('2007_000033', '2009_000001')
#: SBD's own split mixes images of all of VOC's lists with others.
SBD_TRAIN = ('2008_000008', '2010_000003', '2007_000033', '2009_000002')
SBD_VAL = ('2009_000001', '2008_000010', '2007_000032')
#: By the definition: what either trains on, but nothing of VOC's val.
TRAINAUG = (
    *('2007_000032', '2008_000008', '2008_000010', '2009_000002'),
    *('2010_000003', '2011_000009'),
)
SHAPE = (12, 16)


def random_label(rng, void=True):
    """Return class numbers of VOC, with void or without."""
    return rng.choice(VALUES if void else VALUES[:-1], SHAPE)


def write_voc(root, train=VOC_TRAIN, val=VOC_VAL):
    """Write the devkit of VOC 2012; return the labels by id.

    Every image of SBD is one of VOC's too.
    """
    rng = np.random.default_rng(0)
    voc, labels = root / 'VOCdevkit/VOC2012', {}
    for name in (*train, *val):
        labels[name] = random_label(rng)
        path = f'{name}.png'
        write_png(voc / 'SegmentationClass' / path, labels[name], 'P')
        write_png(voc / 'SegmentationObject' / path, labels[name] * 0, 'P')
    everything = sorted({*train, *val, *SBD_TRAIN, *SBD_VAL})
    for seed, name in enumerate(everything):
        write_image(voc / f'JPEGImages/{name}.jpg', SHAPE, seed)
    lists = voc / 'ImageSets'
    write_list(lists / 'Segmentation/train.txt', train)
    write_list(lists / 'Segmentation/val.txt', val)
    write_list(lists / 'Segmentation/trainval.txt', [*train, *val])
    write_list(lists / 'Main/train.txt', everything)
    write_list(lists / 'Main/val.txt', everything)
    return labels


def write_sbd(root, train=SBD_TRAIN, val=SBD_VAL):
    """Write SBD as benchmark.tgz has it; return the labels by id."""
    rng = np.random.default_rng(1)
    base, labels = root / 'benchmark_RELEASE/dataset', {}
    for name in (*train, *val):
        labels[name] = random_label(rng, void=False)
        for kind in ('cls', 'inst'):
            write_sbd_mat(base / kind / f'{name}.mat', labels[name], kind)
    write_list(base / 'train.txt', train)
    write_list(base / 'val.txt', val)
    return labels


def write_sbd_mat(path, label, kind='cls'):
    """Write a file of SBD: a struct of boundaries, labels and categories."""
    boundaries = np.empty((20, 1), object)
    for row in boundaries:
        row[0] = csc_matrix(np.zeros(SHAPE, bool))
    content = {
        'Boundaries': boundaries,
        'Segmentation': np.asarray(label),
        'CategoriesPresent': np.unique(label),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {f'GT{kind}': content}, do_compression=True)
