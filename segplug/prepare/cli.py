"""The command line that prepares data sets."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from segplug.arguments import positive
from segplug.errors import SegplugError

from . import bdd100k, camvid, cityscapes, pascal_part, voc12
from .errors import explain_os_error
from .runner import Report, prepare
from .spec import DatasetSpec

#: Data sets that can be prepared, by subcommand.
DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec
    for spec in (
        bdd100k.SPEC,
        camvid.SPEC,
        cityscapes.SPEC,
        pascal_part.SPEC,
        voc12.SPEC,
    )
}

_SHOWN = 10
_STATUS = """\
exit status:
  0  the data set is complete (or --skip-bad was given)
  1  it was prepared, but something had to be dropped
  2  it could not be prepared
"""


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Prepare a data set as the command line says.

    Args:
        argv: Arguments; those of the process by default.

    Returns:
        The exit status.
    """
    args = build_parser().parse_args(argv)
    spec = DATASETS[args.dataset]
    try:
        report = prepare(spec, args, out=args.out, workers=args.workers)
    except SegplugError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(str(explain_os_error(error, error.filename or args.out)))
    except KeyboardInterrupt:
        _fail('interrupted. Run the same command again to go on.')
        return 130
    print(summarise(report, args.out))
    return 1 if report.problems and not args.skip_bad else 0


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with a subcommand for each data set."""
    parser = argparse.ArgumentParser(
        description='Turn the official archives of a data set into images, '
        'labels and lists to train on.'
    )
    commands = parser.add_subparsers(dest='dataset', required=True)
    for spec in DATASETS.values():
        command = commands.add_parser(
            spec.name,
            help=spec.summary,
            description=spec.summary,
            epilog=_STATUS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        spec.add_arguments(command)
        _add_shared_arguments(command)
    return parser


def summarise(report: Report, out: Path) -> str:
    """Return what a run did in a few lines.

    Args:
        report: What it did.
        out: The output folder.
    """
    counts = ', '.join(f'{n} {name}' for name, n in report.images.items())
    lines = [
        f'{out}: {counts} images ({report.made} new or changed, '
        f'{report.unchanged} unchanged, {report.removed} removed)'
    ]
    if report.left_out:
        lines.append(
            f'{report.left_out} listed images are left out: they show no '
            'part of a class.'
        )
    lines += [f'note: {note}' for note in report.notes]
    problems = report.problems
    if problems:
        lines.append(f'{len(problems)} problems, all in {out}/problems.txt:')
        lines += [f'  {problem}' for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f'  … and {len(problems) - _SHOWN} more')
    return '\n'.join(lines)


def _add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--out',
        type=Path,
        metavar='FOLDER',
        required=True,
        help='folder for the prepared data, such as data/<name>',
    )
    parser.add_argument(
        '--workers',
        type=positive('workers'),
        metavar='N',
        default=min(8, os.cpu_count() or 1),
        help='number of processes (default: %(default)s)',
    )
    parser.add_argument(
        '--skip-bad',
        action='store_true',
        help='exit with status 0 even if images had to be dropped',
    )


def _fail(message: str) -> int:
    print(f'error: {message}', file=sys.stderr)
    return 2
