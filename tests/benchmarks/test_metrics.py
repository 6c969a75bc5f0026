import argparse
import json

import pytest
import torch

from segplug.benchmarks import metrics

SMALL = ('--height', '40', '--width', '64', '--classes', '5', '--repeats', '3')


def run(*arguments):
    parser = argparse.ArgumentParser()
    metrics.add_arguments(parser)
    return metrics.run(
        parser.parse_args([*SMALL, '--device', 'cpu', *arguments])
    )


def test_both_metrics_score_what_is_timed_alike(capsys):
    run('--json')
    rows = json.loads(capsys.readouterr().out)
    kinds = {row['metric']: [] for row in rows}
    for row in rows:
        kinds[row['metric']].append(row)
        assert row['speedup'] == pytest.approx(
            row['mmseg_ms'] / row['ours_ms']
        )
        assert row['median_speedup'] > 0
        assert row['threads'] == torch.get_num_threads()
    assert [row['same_miou'] for row in kinds['ConfusionMatrixMetric']] == (
        [True] * 6
    )
    assert len(kinds['BoundaryMetric']) == 2


def test_prints_a_table(capsys):
    run()
    text = capsys.readouterr().out
    assert '40x64, 5 classes, 8-bit, random pixels' in text
    assert '40x40, 5 classes, 64-bit, regions with noise' in text


def test_the_images_are_what_their_names_say():
    label, pred = {}, {}
    for kind in ('regions', 'regions with noise', 'random pixels'):
        sample = metrics.make_sample((200, 300), 7, kind, 'cpu')
        label[kind] = sample['gt_sem_seg']['data'][0]
        pred[kind] = sample['pred_sem_seg']['data'][0]
        assert (label[kind][:10] == 255).all()
        assert label[kind][10:].max() < 7 and pred[kind].max() < 7
    changed = pred['regions with noise'] != pred['regions']
    assert 0.03 < changed.float().mean() < 0.06
    right = pred['random pixels'] == label['random pixels']
    assert right.float().mean() == pytest.approx(1 / 7, abs=0.02)
