"""What each of several processes does in the tests of distribution."""

import os

import numpy as np
import torch
import torch.distributed as dist
from mmengine.dataset import DefaultSampler
from torch.utils.data import DataLoader

from segplug.evaluation import BoundaryMetric, ConfusionMatrixMetric

from . import scenes

CLASSES = 6
CASES = [
    (size, batch, shuffle)
    for size in (1, 2, 5, 7)
    for batch in (1, 2, 3)
    for shuffle in (False, True)
]


def evaluate(size, batch, shuffle, folder):
    """Score the images that a sampler deals to this process."""
    metrics = [
        kind(per_image_file=folder / kind.per_image_name)
        for kind in (ConfusionMatrixMetric, BoundaryMetric)
    ]
    for metric in metrics:
        metric.dataset_meta = {'classes': scenes.class_names(CLASSES)}
    images = range(size)
    sampler = DefaultSampler(images, shuffle=shuffle, seed=3)
    for indices in DataLoader(images, batch, sampler=sampler):
        samples = [
            scenes.sample(*scenes.pair(i, classes=CLASSES), name=f'{i}.png')
            for i in indices.tolist()
        ]
        for metric in metrics:
            metric.process(None, samples)
    return [(m.evaluate(size), m.result, m.per_image) for m in metrics]


def work(rank, world, folder):
    """Join a group of gloo processes and save what each case gives."""
    torch.set_num_threads(1)
    store = f'file://{folder}/store{world}'
    os.environ['GLOO_SOCKET_IFNAME'] = 'lo'
    dist.init_process_group('gloo', store, rank=rank, world_size=world)
    found = {}
    for i, case in enumerate(CASES):
        confusion, borders = evaluate(*case, folder)
        found[f'{i}_matrix'] = confusion[1].matrix
        found[f'{i}_void'] = confusion[1].void
        found[f'{i}_borders'] = borders[1].counts
        for kind, table in (('c', confusion[2]), ('b', borders[2])):
            order = np.argsort(table.names if case[2] else range(case[0]))
            found[f'{i}_rows_{kind}'] = table.rows[order].toarray()
            found[f'{i}_names_{kind}'] = np.array(table.names)[order]
        found[f'{i}_scores'] = [*confusion[0].values(), *borders[0].values()]
    np.savez(folder / f'{world}_{rank}.npz', **found)
    dist.destroy_process_group()
