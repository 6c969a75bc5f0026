"""Small valid files of every kind that segplug reads, as bytes."""

import dataclasses
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import scipy.io
import torch
from mmengine.logging import HistoryBuffer
from PIL import Image

from segplug.evaluation.border_counts import BorderOptions
from segplug.evaluation.border_result import BorderResult
from segplug.evaluation.per_image import PerImageTable
from segplug.evaluation.result import SegmentationResult
from segplug.prepare.records import Record, manifest_files
from tests.prepare.official import random_objects, write_mat
from tests.prepare.official_voc import random_label, write_sbd_mat

CLASSES = ('background', 'thing')
IDS = ('2008_000001', '2008_000002', '2009_000003')


def picture(pixels, kind, mode=None, **options):
    image = Image.fromarray(pixels)
    if mode == 'P':
        image.putpalette(list(range(256)) * 3)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def images():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 11, 3), 'uint8')
    turned = Image.Exif()
    turned[0x0112] = 6
    return {
        '.jpg': [
            picture(pixels, 'JPEG'),
            picture(pixels, 'JPEG', progressive=True, exif=turned),
            picture(pixels[..., 0], 'JPEG', optimize=True),
        ],
        '.png': [
            picture(pixels, 'PNG'),
            picture(pixels[..., 0], 'PNG', exif=turned, dpi=(72, 72)),
        ],
    }


def labels():
    ids = np.random.default_rng(1).integers(0, 2, (9, 11), 'uint8')
    return [
        picture(ids, 'PNG', 'P', transparency=3),
        picture(ids, 'PNG'),
        picture(ids.astype(np.uint16), 'PNG'),
    ]


def _written(write, *args, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / '2008_000001.mat'
        write(path, *args, **options)
        return path.read_bytes()


def uncompressed(mat):
    """Write a MATLAB file anew without zlib, so that damage goes deep."""
    content = scipy.io.loadmat(io.BytesIO(mat))
    stream = io.BytesIO()
    values = {k: v for k, v in content.items() if not k.startswith('__')}
    scipy.io.savemat(stream, values)
    return stream.getvalue()


def part_mats():
    packed = _written(write_mat, random_objects(np.random.default_rng(0)))
    return [packed, uncompressed(packed)]


def sbd_mats():
    label = random_label(np.random.default_rng(0), void=False)
    packed = _written(write_sbd_mat, label)
    return [packed, uncompressed(packed)]


def lists():
    paths = [f'/JPEGImages/{i}.jpg /labels/{i}.png' for i in IDS]
    camvid = [
        f'/SegNet/CamVid/train/{i}.png /SegNet/CamVid/trainannot/{i}.png'
        for i in ('0001TP_006690', '0016E5_00390')
    ]
    texts = ['\n'.join(lines) + '\n' for lines in (IDS, paths, camvid)]
    return [text.encode() for text in texts] + [b'\xef\xbb\xbfa_1\r\nb_2\r\n']


def _records():
    return [
        Record(name, 'r', 'a' * 64, 'b' * 64, 'c' * 64, (5, 6, 0))
        for name in IDS[:2]
    ] + [Record(IDS[2], 'r', 'a' * 64)]


def manifest():
    pixels = dict(zip((*CLASSES, 'ignore'), (10, 12, 0)))
    content = {
        'format': 1,
        'dataset': 'toy',
        'recipe': 'r',
        'splits': {'train': {'images': 2, 'pixels': pixels}},
        **manifest_files({r.id: r for r in _records()}),
    }
    return json.dumps(content).encode()


def journal():
    header = {'format': 1, 'dataset': 'toy', 'ids': list(IDS)}
    lines = [header, *map(dataclasses.asdict, _records())]
    return ''.join(json.dumps(line) + '\n' for line in lines).encode()


def metrics():
    result = SegmentationResult(np.array([[5, 1], [2, 7]]), CLASSES)
    options = BorderOptions()
    counts = np.ones((2, len(options.columns)), np.int64)
    scores = {
        'segmentation': result.to_dict(),
        'borders': BorderResult(counts, CLASSES, options).to_dict(),
    }
    content = {
        'format': 'segplug metrics 1',
        'dataset': {'classes': CLASSES, 'palette': [[0, 0, 0], [1, 2, 3]]},
        'scores': scores,
        'per_image': {'segmentation': 'per_image.npz'},
    }
    return json.dumps(content).encode()


def per_image():
    from scipy import sparse

    counts = np.random.default_rng(0).integers(0, 4, (3, 6))
    table = PerImageTable(
        *(('a.jpg', 'b.jpg', 'c.jpg'), ('a.png',) * 3, ('',) * 3),
        sparse.csr_array(counts),
        (2, 3),
        CLASSES,
        (*CLASSES, 'unassigned'),
    )
    return _written(lambda path: _save(table, path))


def _save(table, path):
    table.save(path.with_suffix('.npz'))
    path.with_suffix('.npz').rename(path)


def checkpoint():
    content = {
        'state_dict': {'conv.weight': torch.arange(6.0).reshape(2, 3)},
        'meta': {'iter': 3, 'epoch': 0, 'dataset_meta': {'classes': CLASSES}},
        'message_hub': {'log_scalars': {'loss': HistoryBuffer([1.0], [1])}},
        'optimizer': {'state': {}, 'scale': np.float64(2.0)},
    }
    packed, plain = io.BytesIO(), io.BytesIO()
    torch.save(content, packed)
    torch.save(content, plain, _use_new_zipfile_serialization=False)
    return [packed.getvalue(), plain.getvalue()]
