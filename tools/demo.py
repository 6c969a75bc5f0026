"""From nothing to a trained and tested model: ``make demo``.

Draws synthetic people, prepares them as the official data are prepared,
trains ``configs/dlv3p_r50_lovasz_pascalpart.py`` from scratch at a size that
a laptop's CPU bears (larger with CUDA), tests it and draws a picture. All of
it through the command-line tools, and all of it under ``work_dirs/demo``.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from segplug.evaluation.pictures import panel, save
from segplug.labels.pascal_person_part import CLASSES, PALETTE

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / 'tools'
CONFIG = ROOT / 'configs' / 'dlv3p_r50_lovasz_pascalpart.py'
OUT = Path('work_dirs') / 'demo'
RAW, DATA, RUN = OUT / 'raw', OUT / 'pascal_part', OUT / 'run'


@dataclass(frozen=True)
class Scale:
    """How large the demonstration is."""

    train: int  # images
    val: int  # images
    image: tuple[int, int]  # H, W in px
    crop: tuple[int, int]  # H, W in px
    batch: int  # images
    iterations: int
    workers: int


CPU = Scale(300, 40, (96, 64), (96, 64), 8, 180, 0)
CUDA = Scale(800, 100, (384, 256), (384, 256), 8, 600, 4)


def main() -> None:
    """Run the five steps and sum up."""
    start = time.monotonic()
    scale = CUDA if torch.cuda.is_available() else CPU
    make_data(scale)
    train(scale)
    test(scale)
    summarise(scale, time.monotonic() - start)


def make_data(scale: Scale) -> None:
    """Draw people in the official raw layout and prepare them."""
    size = '{}x{}'.format(*scale.image)
    counts = f'--train {scale.train} --val {scale.val} --size {size}'
    options = f'--out {RAW} {counts} --difficulty easy --force'
    tool('make_synthetic.py', 'pascal_part', options)
    source = f'--parts {RAW} --images {RAW} --out {DATA}'
    tool('prepare_data.py', 'pascal_part', source)


def train(scale: Scale) -> None:
    """Train the main config from scratch, reduced."""
    options = [
        *loader_options('train', scale),
        *loader_options('val', scale),
        f'train_dataloader.batch_size={scale.batch}',
        f'train_dataloader.dataset.pipeline.2.scale={resize(scale)}',
        f'train_dataloader.dataset.pipeline.3.crop_size={crop(scale)}',
        f'val_dataloader.dataset.pipeline.1.scale={resize(scale)}',
        f'model.data_preprocessor.size={crop(scale)}',
        f'train_cfg.max_iters={scale.iterations}',
        f'train_cfg.val_interval={scale.iterations}',
        f'default_hooks.checkpoint.interval={scale.iterations}',
        'default_hooks.logger.interval=10',
        'randomness.seed=0',
    ]
    words = f'{CONFIG} --work-dir {RUN} --pretrained none --cfg-options'
    tool('train.py', words, *options)


def test(scale: Scale) -> None:
    """Test the checkpoint; keep masks for the picture."""
    checkpoint = RUN / f'iter_{scale.iterations}.pth'
    options = [
        *loader_options('test', scale),
        f'test_dataloader.dataset.pipeline.1.scale={resize(scale)}',
    ]
    words = f'{CONFIG} {checkpoint} --work-dir {RUN} --out {RUN}/masks'
    tool('test.py', words, '--cfg-options', *options)


def loader_options(split: str, scale: Scale) -> list[str]:
    """Return the options that point a loader to the demo's data."""
    loader = f'{split}_dataloader'
    return [
        f'{loader}.dataset.data_root={DATA}',
        f'{loader}.num_workers={scale.workers}',
        f'{loader}.persistent_workers={scale.workers > 0}',
    ]


def resize(scale: Scale) -> str:
    """Return the limits of the resize, long edge and short edge in px."""
    return f'({4 * max(scale.crop)},{min(scale.crop)})'


def crop(scale: Scale) -> str:
    """Return the crop size (H, W) in px."""
    return '({},{})'.format(*scale.crop)


def tool(name: str, *words: str) -> None:
    """Show a command and run it; end the demo when it fails."""
    arguments: list[str] = []
    for word in words:
        arguments += [word] if '(' in word else shlex.split(word)
    print(f'\n$ python tools/{name} {shlex.join(arguments)}', flush=True)
    command = [sys.executable, str(TOOLS / name), *arguments]
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(f'error: tools/{name} ended with status {done.returncode}')


def summarise(scale: Scale, seconds: float) -> None:
    """Draw the picture, and say whether the model learned.

    Exits with status 1 unless the loss fell and the mean IoU is at least
    twice that of calling every pixel background.
    """
    results = RUN / 'test' / f'iter_{scale.iterations}'
    metrics = json.loads((results / 'metrics.json').read_text())
    score = metrics['scores']['segmentation']['mean']['mIoU']
    manifest = json.loads((DATA / 'manifest.json').read_text())
    pixels = manifest['splits']['val']['pixels']
    share = pixels['background'] / sum(pixels.values())
    baseline = 100 * share / len(CLASSES)
    first, last = losses()
    draw_panel(OUT / 'panel.png')
    print(
        f'\nThe loss fell from {first:.2f} to {last:.2f}.'
        f'\nmIoU is {score:.1f}; calling every pixel background gives '
        f'{baseline:.1f}.'
        f'\nThe picture (image | truth | prediction) is {OUT}/panel.png.'
        f'\nThis took {seconds / 60:.1f} minutes.'
    )
    if last >= first or score < 2 * baseline:
        sys.exit('error: the model did not learn what it should have')


def losses() -> tuple[float, float]:
    """Return the mean loss of the first and last fifth of the log."""
    log = max(RUN.glob('*/vis_data/scalars.json'), key=_modified)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    values = [line['loss'] for line in lines if 'loss' in line]
    part = max(1, len(values) // 5)
    return sum(values[:part]) / part, sum(values[-part:]) / part


def _modified(path: Path) -> float:
    return path.stat().st_mtime


def draw_panel(path: Path, rows: int = 6) -> None:
    """Draw images, true labels and predictions of the validation split."""
    names = (DATA / 'splits' / 'val.txt').read_text().split()[:rows]
    figure = panel(
        [read(DATA / 'images' / f'{name}.jpg') for name in names],
        [read(DATA / 'labels' / f'{name}.png') for name in names],
        {'prediction': [read(RUN / 'masks' / f'{n}.png') for n in names]},
        classes=CLASSES,
        palette=PALETTE,
    )
    save(figure, path)


def read(path: Path) -> np.ndarray:
    """Read an RGB image (H, W, 3) or a label map (H, W), uint8."""
    with Image.open(path) as image:
        return np.array(image)


if __name__ == '__main__':
    main()
