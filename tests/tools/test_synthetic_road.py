"""From synthetic raw data to a score, for each data set."""

import json
import math

import pytest
from mmengine.config import Config

from segplug.engine.runner import SegRunner
from segplug.prepare import cli
from segplug.synthetic.bdd100k import BDD100K
from segplug.synthetic.camvid import CamVid
from segplug.synthetic.cityscapes import Cityscapes
from segplug.synthetic.generation import Options, generate
from segplug.synthetic.voc12 import VOC12
from tests.tools.runs import CONFIGS
from tests.tools.shrunk import shrink

BOTH = '--images raw --labels raw'
#: Generator, options of the preparation, and a config.
ROADS = {
    'bdd100k': (BDD100K(), f'{BOTH} --split-by image', 'ulite_bdd100k'),
    'camvid': (CamVid(), '--source raw', 'ulite_camvid'),
    'cityscapes': (
        Cityscapes(),
        f'{BOTH} --size 40x52',
        'fcn_r18_cityscapes256',
    ),
    'voc12': (VOC12(), '--devkit raw', 'dlv3_r50_rates8-12-16_voc12'),
}
#: Lists other than those drawn.
LISTS = {
    'bdd100k': {'train': 3, 'val': 1, 'test': 1},
    'cityscapes': {
        **{'train': 3, 'val': 2, 'r1_train': 3, 'r1_val': 1, 'r1_test': 1}
    },
}


@pytest.mark.parametrize('name', ROADS)
def test_raw_data_are_prepared_trained_on_and_tested(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    generator, options, leaf = ROADS[name]
    counts = {'train': 3, 'val': 2, 'test': 2}
    drawn = {split: counts[split] for split in generator.counts}
    generate(
        generator, tmp_path / 'raw', Options(**drawn, height=40, width=52)
    )
    data = tmp_path / 'data'
    words = [name, *options.split(), '--out', str(data), '--workers', '1']
    assert cli.main(words) == 0
    splits = json.loads((data / 'manifest.json').read_text())['splits']
    assert {n: split['images'] for n, split in splits.items()} == (
        LISTS.get(name, drawn)
    )
    assert sum(n > 0 for n in splits['train']['pixels'].values()) > 3
    cfg = Config.fromfile(CONFIGS / f'{leaf}.py')
    shrink(cfg, data, None)
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'run'), name
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    losses = runner.message_hub.log_scalars['train/loss'].data[0]
    assert len(losses) == 2 and all(map(math.isfinite, losses))
    assert 0 <= runner.test()['mIoU'] <= 100
