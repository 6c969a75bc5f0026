"""From synthetic raw data to a score, for each data set."""

import json
import math

import pytest
from mmengine.config import Config

from segplug.engine.runner import SegRunner
from segplug.prepare import cli
from segplug.synthetic.camvid import CamVid
from segplug.synthetic.generation import Options, generate
from segplug.synthetic.voc12 import VOC12
from tests.tools.runs import CONFIGS
from tests.tools.shrunk import shrink

#: Generator, options that name its folder, and a config.
ROADS = {
    'camvid': (CamVid(), ['--source'], 'ulite_camvid'),
    'voc12': (VOC12(), ['--devkit'], 'dlv3_r50_rates8-12-16_voc12'),
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
    words = [word for option in options for word in (option, 'raw')]
    data = tmp_path / 'data'
    assert cli.main([name, *words, '--out', str(data), '--workers', '1']) == 0
    splits = json.loads((data / 'manifest.json').read_text())['splits']
    assert {n: split['images'] for n, split in splits.items()} == drawn
    assert sum(n > 0 for n in splits['train']['pixels'].values()) > 3
    cfg = Config.fromfile(CONFIGS / f'{leaf}.py')
    shrink(cfg, data, None)
    cfg.work_dir, cfg.experiment_name = str(tmp_path / 'run'), name
    runner = SegRunner.from_cfg(cfg)
    runner.train()
    losses = runner.message_hub.log_scalars['train/loss'].data[0]
    assert len(losses) == 2 and all(map(math.isfinite, losses))
    assert 0 <= runner.test()['mIoU'] <= 100
