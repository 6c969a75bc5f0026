"""MMSegmentation's functions for pictures without labels."""

import numpy as np
import pytest
from mmseg.apis import MMSegInferencer, inference_model, init_model
from PIL import Image

import segplug  # noqa: F401  (registers)
from tests.tools.runs import MAIN, TINY, tool

CHECKPOINT = 'work_dirs/dlv3p_r50_lovasz_pascalpart/iter_4.pth'


@pytest.fixture(scope='module')
def tested(trained):
    """Masks of the validation images by tools/test.py."""
    options = ['--cfg-options', *TINY]
    words = [MAIN, CHECKPOINT, '--out', 'masks', '--work-dir', 'of_masks']
    tool('test.py', *words, *options, cwd=trained)
    return trained


@pytest.fixture
def config(tested, monkeypatch):
    """The config that training left, with all options."""
    monkeypatch.chdir(tested)
    (path,) = tested.glob('work_dirs/dlv3p_r50_lovasz_pascalpart/*.py')
    return str(path)


def images(folder):
    names = (folder / 'data/pascal_part/splits/val.txt').read_text().split()
    return [folder / f'data/pascal_part/images/{n}.jpg' for n in names]


def mask(folder, image):
    with Image.open(folder / f'masks/{image.stem}.png') as saved:
        return np.array(saved)


def test_inference_model_predicts_what_the_test_does(tested, config):
    from mmengine.config import Config

    cfg = Config.fromfile(config)
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    model = init_model(cfg, CHECKPOINT, device='cpu')
    for image in images(tested):
        found = inference_model(model, str(image)).pred_sem_seg.data[0]
        np.testing.assert_array_equal(found, mask(tested, image))


def test_the_inferencer_predicts_what_the_test_does(tested, config):
    infer = MMSegInferencer(model=config, weights=CHECKPOINT, device='cpu')
    for image in images(tested):
        found = infer(str(image), return_datasamples=True)
        np.testing.assert_array_equal(
            found.pred_sem_seg.data[0], mask(tested, image)
        )
