"""Any config at a size that trains in a second."""

import shutil

import numpy as np
from mmseg.registry import DATASETS
from PIL import Image

from segplug.labels import camvid
from tests.prepared_data import write_manifest

SIZE = (37, 53)  # of the images: odd, so that nothing divides it
LISTS = ('train', 'val', 'test', 'r1_train', 'r1_val', 'r1_test')
CLASSES = 7  # as many as the data set with the fewest has
REDUCED = {
    'Resize': dict(scale=(45, 35)),
    'RandomCrop': dict(crop_size=(33, 33)),
    'ScoreAtSize': dict(size=(35, 45)),
    'mmpretrain.RandomResizedCrop': dict(scale=32),
    'mmpretrain.ResizeEdge': dict(scale=36),
    'mmpretrain.CenterCrop': dict(crop_size=32),
}


def write_data(root, images=4):
    """Write what every prepared data set has, with labels all can take."""
    generator = np.random.default_rng(0)
    labels = {f'image{i}': _label(generator) for i in range(images)}
    for folder in ('images', 'labels'):
        (root / folder).mkdir(parents=True)
    for name, label in labels.items():
        Image.fromarray(label).save(root / 'labels' / f'{name}.png')
        picture = generator.integers(0, 256, (*SIZE, 3)).astype(np.uint8)
        for suffix in ('jpg', 'png'):
            Image.fromarray(picture).save(root / f'images/{name}.{suffix}')
    names = list(labels)
    lists = {name: names if 'train' in name else names[:2] for name in LISTS}
    write_manifest(root, labels, lists, camvid.CLASSES)


def _prepared_for(dataset, data):
    """Return the same data with a manifest of a dataset's classes."""
    root = data.with_name(f'{data.name}_{dataset.type}')
    if not root.exists():
        shutil.copytree(data, root)
        paths = (root / 'labels').iterdir()
        labels = {path.stem: np.array(Image.open(path)) for path in paths}
        lists = {
            path.stem: path.read_text().split()
            for path in (root / 'splits').iterdir()
        }
        classes = DATASETS.get(dataset.type).METAINFO['classes']
        write_manifest(root, labels, lists, classes)
    return root


def _label(generator):
    coarse = generator.integers(0, CLASSES, (5, 7)).astype(np.uint8)
    label = np.kron(coarse, np.ones((8, 8), np.uint8))[: SIZE[0], : SIZE[1]]
    label[:3] = 255
    return label


def write_folders(root, classes=3, images=2):
    """Write images to classify, a folder per class."""
    generator = np.random.default_rng(0)
    for split in ('train', 'val'):
        for i in range(classes):
            folder = root / split / f'class{i}'
            folder.mkdir(parents=True)
            for j in range(images):
                picture = generator.integers(0, 256, (*SIZE, 3))
                image = Image.fromarray(picture.astype(np.uint8))
                image.save(folder / f'{j}.png')


def shrink(cfg, data, folders):
    """Reduce a config in place: sizes, steps, data, what is kept."""
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        if split != 'train':
            loader.batch_size = 1
        is_folder = loader.dataset.type == 'ImageFolderDataset'
        root = folders if is_folder else _prepared_for(loader.dataset, data)
        loader.dataset.data_root = str(root)
        for step in loader.dataset.pipeline:
            step.update(REDUCED.get(step.type, {}))
    if 'size' in cfg.model.data_preprocessor:
        cfg.model.data_preprocessor.size = (40, 56)
    cfg.model.pretrained = None
    cfg.model.backbone.pop('init_cfg', None)
    cfg.train_cfg.update(max_iters=2, val_interval=2)
    cfg.default_hooks.logger.interval = 1
    keep = dict(interval=1000, save_last=False, save_optimizer=False)
    if cfg.model.backbone.type not in ('SegNet', 'ULite'):
        keep['save_best'] = None  # half a GB a ResNet-101
    cfg.default_hooks.checkpoint.update(keep)
