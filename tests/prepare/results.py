"""What a preparation left behind and said."""

import json

import numpy as np
from mmseg.registry import DATASETS
from PIL import Image


def label(out, name):
    """Return a label's numbers; it must be a palette PNG."""
    with Image.open(out / f'labels/{name}.png') as image:
        assert image.mode == 'P'
        return np.array(image)


def dataset(kind, out, split='train', **options):
    """Return the samples of a list, loaded."""
    return DATASETS.build(
        dict(
            type=kind,
            data_root=str(out),
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            ann_file=f'splits/{split}.txt',
            pipeline=[
                dict(type='LoadCheckedImage'),
                dict(type='LoadCheckedAnnotations'),
            ],
            **options,
        )
    )


def manifest(out):
    """Return the content of the manifest."""
    return json.loads((out / 'manifest.json').read_text())


def listed(out):
    """Return the ids of each list."""
    return {
        path.stem: path.read_text().split()
        for path in (out / 'splits').iterdir()
    }


def problems(out):
    """Return the sentences about what was dropped."""
    return (out / 'problems.txt').read_text().splitlines()


def fails(capsys, status, *words):
    """Whether a run ended with one clear sentence."""
    assert status == 2
    shown = capsys.readouterr()
    assert shown.out == ''
    assert shown.err.startswith('error: ') and shown.err.count('\n') == 1
    for word in words:
        assert word in shown.err
    return True
