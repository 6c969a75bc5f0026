"""Decode all data of a config or a prepared folder, and judge them.

Example:
    python tools/check_data.py configs/dlv3p_r50_lovasz_pascalpart.py
    python tools/check_data.py data/pascal_part --out work_dirs/check
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path

from mmengine.config import Config

from segplug.errors import SegplugError
from segplug.fileio import write_json, write_text
from segplug.integrity.inspection import inspect
from segplug.integrity.report import DataReport
from segplug.integrity.samples import Collection, of_config, of_folder
from segplug.parallel import parallel_map

_STATUS = """\
exit status:
  0  nothing is wrong
  1  something is
  2  it could not be checked
"""


def main() -> int:
    """Check and return the exit status."""
    args = _parse()
    try:
        collection = _collect(Path(args.source))
        results = parallel_map(
            inspect,
            collection.samples,
            workers=args.workers,
            description='checking',
        )
        with closing(results):
            found = {id(sample): item for sample, item in results}
    except SegplugError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print('error: interrupted.', file=sys.stderr)
        return 130
    ordered = [found[id(sample)] for sample in collection.samples]
    report = DataReport.of(args.source, collection, ordered)
    print(report.text())
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        write_json(args.out / 'data_check.json', report.to_dict())
        write_text(args.out / 'data_check.txt', report.text() + '\n')
    return 1 if report.problems else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('source', help='config, or folder of prepared data')
    parser.add_argument(
        '--out', type=Path, help='folder for data_check.json and .txt'
    )
    parser.add_argument(
        '--workers', type=int, default=os.cpu_count() or 1, metavar='N'
    )
    return parser.parse_args()


def _collect(source: Path) -> Collection:
    if source.is_dir():
        return of_folder(source)
    if not source.is_file():
        raise SegplugError(f'There is no config or folder {source}.')
    return of_config(Config.fromfile(str(source)))


if __name__ == '__main__':
    sys.exit(main())
