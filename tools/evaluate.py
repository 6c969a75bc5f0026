"""Score predictions without a model.

Example::

    python tools/evaluate.py PRED_DIR LABEL_DIR --dataset pascal_person_part

``--split FILE`` scores the images that the file names, such as
``data/pascal_part/splits/val.txt`` with labels in ``data/pascal_part/labels``.

Predictions are PNGs of class ids, named like the images or the labels; those
for ``--dataset cityscapes_ids`` hold Cityscapes' label ids.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mmengine.logging import MMLogger

from segplug.datasets.manifest import prepared_classes
from segplug.engine import launch
from segplug.evaluation import BoundaryMetric, ConfusionMatrixMetric
from segplug.evaluation.averaging import ABSENT
from segplug.evaluation.offline import match, score
from segplug.evaluation.report import save_report
from segplug.evaluation.run_facts import RunFacts, versions
from segplug.evaluation.schemes import FileScheme, scheme
from segplug.evaluation.tables import category_table


def parse_args() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description='Score a folder of predictions against a folder of labels'
    )
    parser.add_argument('pred_dir', help='folder of predicted PNGs')
    parser.add_argument('label_dir', help='folder of label files')
    parser.add_argument(
        '--dataset', required=True, help='its name; a wrong one lists all'
    )
    parser.add_argument(
        '--split', help='file that names the images to score, one a line'
    )
    parser.add_argument(
        '--num-classes',
        type=int,
        help='form of a data set that has several: bdd100kfull with 19',
    )
    parser.add_argument('--images', help='folder of images, for pictures')
    parser.add_argument('--out', help='result folder (PRED_DIR_scores)')
    parser.add_argument(
        '--absent',
        choices=ABSENT,
        default='exclude',
        help='how classes without any pixel enter the means',
    )
    parser.add_argument(
        '--borders', action='store_true', help='score borders as well'
    )
    parser.add_argument(
        '--partial',
        action='store_true',
        help='score what is there when predictions are missing or misfit',
    )
    return parser.parse_args()


def build_metrics(args: argparse.Namespace, out: Path) -> list:
    """Build the metrics that the options ask for."""
    kinds = [ConfusionMatrixMetric]
    kinds += [BoundaryMetric] if args.borders else []
    return [
        kind(absent=args.absent, per_image_file=out / kind.per_image_name)
        for kind in kinds
    ]


def run_facts(args: argparse.Namespace, files: FileScheme) -> RunFacts:
    """Describe where the scores come from."""
    return RunFacts(
        dataset={
            'type': files.name,
            'data_root': args.label_dir,
            'ann_file': args.split,
        },
        predictions=args.pred_dir,
        versions=versions(),
    )


def main() -> None:
    """Score."""
    args = parse_args()
    MMLogger.get_instance('evaluate', log_level='WARNING')  # no table twice
    out = Path(args.out or f'{args.pred_dir.rstrip("/")}_scores')
    prepared = prepared_classes(Path(args.label_dir).resolve().parent)
    files = scheme(args.dataset, args.num_classes, prepared=prepared)
    matching = match(
        args.pred_dir, args.label_dir, files, args.images, args.split
    )
    metrics = build_metrics(args, out)
    bar = sys.stderr.isatty()
    score(matching, files, metrics, partial=args.partial, progress=bar)
    if matching.problems():
        print(matching.problems(), file=sys.stderr)
    if files.groups:
        print(category_table(metrics[0].result, files.groups), end='\n\n')
    save_report(out, metrics, run_facts(args, files))


if __name__ == '__main__':
    launch.run(main)
