"""Examine the installation, the machine and a config before a run.

Example:
    python tools/doctor.py
    python tools/doctor.py configs/dlv3p_r50_lovasz_pascalpart.py --smoke
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

_STATUS = """\
exit status:
  0  nothing has to be mended
  1  something has
  2  the config cannot be examined
"""
_PACKAGE = 'segplug'


def main() -> int:
    """Examine, report, and return the exit status."""
    args = _parse()
    warnings.simplefilter('ignore')
    finding, stack = _without_stack()
    found = []
    for item in _examine(args, finding, stack):
        print(finding.as_text(item), flush=True)
        found.append(item)
    print(finding.summary(found))
    if args.json is not None:
        from segplug.fileio import write_json

        write_json(args.json, finding.as_json(args.config, found))
    if any(item.topic == 'config' for item in found):
        return 2
    return 1 if finding.has_problems(found) else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', nargs='?', help='config of the run')
    parser.add_argument(
        '--smoke',
        action='store_true',
        help='run two iterations, a validation, a save and a resume of the '
        'config in a temporary folder, at its real size',
    )
    parser.add_argument('--json', type=Path, help='file for the report')
    parser.add_argument('--work-dir', help='folder that the run will use')
    parser.add_argument(
        '--cfg-options', nargs='+', help='as for tools/train.py'
    )
    args = parser.parse_args()
    if args.smoke and args.config is None:
        parser.error('--smoke needs a CONFIG.')
    return args


def _without_stack() -> tuple[Any, Any]:
    """Import what needs no stack, without segplug's own start.

    That would fail on a broken stack, before it could be examined.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None:
        sys.exit('error: segplug is not installed: pip install -e .')
    sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)
    try:
        from segplug.doctor import finding, stack
    finally:
        for name in [n for n in sys.modules if n.startswith(_PACKAGE)]:
            if name.partition('.')[0] == _PACKAGE:
                del sys.modules[name]
    return finding, stack


def _examine(
    args: argparse.Namespace, finding: Any, stack: Any
) -> Iterator[Any]:
    yield from stack.examine(stack.gather())
    try:
        with redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
            import segplug  # noqa: F401
    except Exception as error:  # whatever a broken stack raises
        yield finding.problem(
            'stack',
            f'segplug cannot be imported: {type(error).__name__}: {error}.',
            'Mend what is said above, or install the tested versions: pip '
            "install -c tools/constraints.txt -e '.[lite]'",
        )
        return
    logging.disable(logging.WARNING)
    yield from _examine_config(args, finding)


def _examine_config(args: argparse.Namespace, finding: Any) -> Iterator[Any]:
    from segplug.doctor import examination, smoke

    cfg = None
    if args.config is not None:
        try:
            cfg = _load(args)
        except Exception as error:  # configs are programs
            yield finding.problem('config', f'{error}' or repr(error))
            return
    yield from examination.examine(cfg)
    if args.smoke:
        yield from smoke.examine(cfg)


def _load(args: argparse.Namespace) -> Any:
    from segplug.engine import launch

    parser = argparse.ArgumentParser()
    launch.add_arguments(parser)
    words = [args.config]
    if args.work_dir:
        words += ['--work-dir', args.work_dir]
    if args.cfg_options:
        words += ['--cfg-options', *args.cfg_options]
    return launch.load_config(parser.parse_args(words))


if __name__ == '__main__':
    sys.exit(main())
